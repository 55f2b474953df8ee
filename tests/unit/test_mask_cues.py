"""Rules are tried where their cues stand: that must be wherever they can match."""

import re
from random import Random

import pytest

from agents.understanding.personal import addresses_zh, documents, names_en, names_zh, network, runs, secrets
from agents.understanding.personal.context import before
from agents.understanding.personal.readable import lowered, readable
from agents.understanding.personal.spans import Recogniser, standing
from tests.personal_data import messages
from tests.unit.test_mask import _PIECES, FOUND, LEFT_ALONE

ANNOUNCED = [
    (secrets.SECRETS, secrets._CUE, secrets._WORD, True),
    (secrets.SECRETS, secrets._ISSUED, secrets._PREFIX, False),
    (documents.DOCUMENTS, documents._PASSPORT, documents._PASSPORT_WORD, True),
    (documents.DOCUMENTS, documents._PERMIT, documents._PERMIT_WORD, True),
    (documents.DOCUMENTS, documents._CARD, documents._CARD_WORD, True),
    (documents.DOCUMENTS, documents._SOCIAL, documents._SOCIAL_WORD, True),
    (documents.PLATES, documents._PLATE, 0, False),
    (names_en.ENGLISH_NAMES, names_en._CALL_ME, names_en._CALL, True),
    (names_zh.CHINESE_NAMES, names_zh._CALLED, 0, False),
    (addresses_zh.CHINESE_ADDRESSES, addresses_zh._CUE, addresses_zh._ANNOUNCING_WORD, False),
    (addresses_zh.CHINESE_ADDRESSES, addresses_zh._POSTCODE, addresses_zh._CODE_WORD, False),
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    chance = Random(3)
    generated = [message.text for message in messages(1_500, seed=21)]
    written = [*(text for text, _ in FOUND), *LEFT_ALONE, *_PIECES.split("|")]
    mixed = ["".join(chance.choices([*written, *generated], k=3)) for _ in range(1_500)]
    return [readable(text) for text in (*generated, *written, *mixed)]


@pytest.mark.parametrize(("recogniser", "rule", "kind", "in_small"), ANNOUNCED)
def test_a_rule_matches_at_its_cues_only(
    texts: list[str], recogniser: Recogniser, rule: re.Pattern[str], kind: int, in_small: bool
) -> None:
    cues = [cue for cue, of in {**recogniser.cues, **recogniser.cues_by_digit}.items() if of == kind]
    any_cue = re.compile(f"(?=({'|'.join(map(re.escape, sorted(cues, key=len, reverse=True)))}))")
    matched = 0
    for text in texts:
        low = lowered(text)
        read = low if in_small else text
        hits = [(found.start(), kind) for found in any_cue.finditer(low)]
        spans = [found.span() for found in rule.finditer(read)]
        assert [found.span() for found in standing(rule, read, hits, kind)] == spans
        matched += len(spans)
    assert matched


def test_an_introduction_is_found_from_the_words_that_are_cues(texts: list[str]) -> None:
    words = re.compile("name|called|go by|behalf")
    matched = 0
    for text in texts:
        low, end = lowered(text), 0
        found = []
        for word in words.finditer(low):
            if cue := names_en._introduction(low, max(word.start() - names_en._LONGEST_LEAD, end), word.start()):
                end = cue.end()
                found.append(cue.span())
        assert found == [cue.span() for cue in names_en._INTRODUCED.finditer(low)]
        matched += len(found)
    assert matched


def test_every_run_of_digits_passes_the_sieve(texts: list[str]) -> None:
    matched = 0
    for text in texts:
        sieved, done, found = runs._runs(text), 0, []
        for start, end in sieved:
            if start >= done and (run := runs._RUN.match(text, start - runs._signs(text, start))):
                assert end in (0, run.end())
                done = run.end()
                found.append(run.span())
        assert found == [run.span() for run in runs._RUN.finditer(text)]
        matched += len(found)
    assert matched


def test_ip_addresses_are_found_from_their_dots_and_colons(texts: list[str]) -> None:
    matched = 0
    for text in texts:
        low = lowered(text)
        dots = [at for at, kind in network._dots_and_colons(low) if kind == network._DOT]
        four = network._versions_4(low, dots)
        whole = [found.span() for found in network._V4.finditer(low)]
        assert four == [span for span in whole if not network._is_version(before(low, span[0]))]
        matched += len(four)
    assert matched

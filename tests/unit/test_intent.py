"""The intent model is right on texts that it has not seen, says unknown where it should, and survives a file."""

from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import catalog
from agents.understanding import intent as training
from agents.understanding.concepts import Concepts
from agents.understanding.evaluation import Report, evaluate
from agents.understanding.intent import Example, IntentModel, train, unseen
from agents.understanding.intent_model import UNKNOWN, from_bytes
from agents.understanding.rules import Rule, Rules
from schemas.errors import Misconfigured
from schemas.messages import Intent

HOLDOUT = Path(__file__).parent / "data" / "intent_holdout.jsonl"

SMALL = [
    *(Example(text, "refund") for text in ("我要退款", "怎么退钱", "refund please", "give me my money back")),
    *(Example(text, "hours") for text in ("几点上班", "营业时间", "when do you open", "opening hours")),
]


class Held(msgspec.Struct):
    """A line of the held-out file."""

    text: str
    intent: str
    language: str


def held_out(language: str) -> list[Example]:
    lines = [msgspec.json.decode(line, type=Held) for line in HOLDOUT.read_bytes().splitlines() if line.strip()]
    return [Example(line.text, line.intent) for line in lines if line.language == language]


@pytest.fixture(scope="module")
def examples() -> tuple[list[Example], tuple[str, ...]]:
    known = catalog.load()
    return [Example(text, name) for text, name in known.examples], known.outside.all


@pytest.fixture(scope="module")
def model(examples: tuple[list[Example], tuple[str, ...]]) -> IntentModel:
    return train(examples[0], outside=examples[1])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_held_out_texts(model: IntentModel, language: str) -> None:
    """Measured when written: 85 % (zh) and 91 % (en) in scope, 87 % and 91 % if nothing is rejected, 77 % and 73 %
    out of scope, error of calibration 4 % and 3 %."""
    report: Report = evaluate(model, held_out(language))
    assert report.accuracy is not None and abs(report.accuracy - model.expected.accuracy) < 0.15
    assert report.in_scope >= 150
    assert report.accuracy is not None and report.accuracy >= 0.8, report.confusions
    assert report.accuracy_unrejected is not None and report.accuracy_unrejected >= 0.85
    assert report.out_of_scope_recall is not None and report.out_of_scope_recall >= 0.6
    assert report.calibration_error is not None and report.calibration_error <= 0.1


def test_confidences_are_probabilities_best_first(model: IntentModel) -> None:
    for intents in model.classify([example.text for example in held_out("zh")]):
        confidences = [intent.confidence for intent in intents]
        assert 1 <= len(intents) <= 3
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= confidence <= 1 for confidence in confidences)


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "٣٤٥", "zzzz qqqq", "啊" * 20_000])
def test_nothing_known_is_unknown(model: IntentModel, text: str) -> None:
    (intents,) = model.classify([text])
    assert [intent.name for intent in intents] == [UNKNOWN]


def test_alone_or_in_a_batch_is_the_same(model: IntentModel) -> None:
    texts = [example.text for example in held_out("en")]
    assert model.classify(texts) == [answer for text in texts for answer in model.classify([text])]
    assert model.classify([]) == []


def test_a_file_keeps_the_model(model: IntentModel) -> None:
    texts = [example.text for example in held_out("zh")]
    assert from_bytes(model.to_bytes()).classify(texts) == model.classify(texts)


def test_the_same_examples_give_the_same_model() -> None:
    assert train(SMALL).to_bytes() == train(SMALL).to_bytes()


def test_examples_called_unknown_are_out_of_scope() -> None:
    outside = ("今天天气怎么样", "讲个笑话")
    marked = [*SMALL, *(Example(text, UNKNOWN) for text in outside)]
    assert train(marked).to_bytes() == train(SMALL, outside=outside).to_bytes()


def test_the_words_of_a_name_are_an_example_of_it() -> None:
    shown = [Example(f"{word} zork", "fetch_lawnmower") for word in ("alpha", "beta", "gamma", "delta")]
    shown += [Example(f"{word} blip", "paint_ceiling") for word in ("alpha", "beta", "gamma", "delta")]
    found = train(shown, concepts=Concepts()).with_threshold(0.0).classify(["a lawnmower", "the ceiling"])
    assert [intents[0].name for intents in found] == ["fetch_lawnmower", "paint_ceiling"]
    intents, tested, _ = unseen(shown)
    assert len(tested.right) == len(shown)
    assert intents == ("fetch_lawnmower", "paint_ceiling")


def test_large_sets_are_calibrated_on_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    known = catalog.load()
    shown = [Example(text, name) for text, name in known.examples[:300]]
    whole = train(shown)
    monkeypatch.setattr(training, "_LARGE", 0)
    quarter = train(shown)
    assert quarter.intents == whole.intents and quarter.calibration != whole.calibration
    report = evaluate(quarter.with_threshold(0.0), shown)
    assert report.accuracy is not None and report.accuracy >= 0.95


def test_without_examples_out_of_scope_a_share_is_rejected() -> None:
    shown = [Example(text, name) for text, name in catalog.load().examples[:400]]
    few, many = train(shown), train(shown, rejected=0.2)
    assert 0 < few.threshold < many.threshold < 1
    assert few.with_threshold(0.0).classify(["xyz zyx 你"])[0][0].name != UNKNOWN


def test_a_contradicted_example_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("refund_request", "opening_hours")
    shown = [Example(text, name) for text, name in catalog.load().examples if name in names]
    misplaced = "I want a refund, please refund me the money"
    chances = []
    for limit in (training.CONTRADICTED, 9.0):
        monkeypatch.setattr(training, "CONTRADICTED", limit)
        model = train([*shown, Example(misplaced, "opening_hours")])
        chances.append(model.chances([misplaced])[0, model.intents.index("refund_request")])
    assert chances[0] > chances[1]


def test_the_wishes_of_a_message_are_all_named(model: IntentModel) -> None:
    for text, wanted in (
        ("cancel it and send me the invoice", {"cancel_order", "invoice_request"}),
        ("我要退款，顺便改一下收货地址", {"refund_request", "change_address"}),
        ("where is my parcel? also can I change the address", {"order_status", "change_address"}),
    ):
        (intents,) = model.classify([text])
        assert {intent.name for intent in intents} >= wanted
    (one,) = model.classify(["I want to return my black and white shoes"])
    assert one[0].name == "return_request"


def test_a_rule_wins_where_only_one_matches() -> None:
    rules = Rules([Rule("refund", patterns=("money.{0,9}back",)), Rule("hours", keywords=("open",))])
    model = train(SMALL, rules=rules)
    assert model.classify(["opening of an account with Open desks"])[0][0] == Intent(name="hours", confidence=0.99)
    assert model.classify(["opened"])[0][0].confidence < 0.99
    both = model.classify(["OPEN up and give me my money back"])[0]
    assert both == train(SMALL).classify(["OPEN up and give me my money back"])[0]
    assert from_bytes(model.to_bytes()).classify(["openly open"])[0][0].name == "hours"


def test_the_wishes_beside_a_rule_are_named_too(examples: tuple[list[Example], tuple[str, ...]]) -> None:
    ruled = train(examples[0], outside=examples[1], rules=Rules([Rule("human_agent", keywords=("转人工",))]))
    (intents,) = ruled.classify(["请转人工，另外发票怎么开"])
    assert [intent.name for intent in intents] == ["human_agent", "invoice_request"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=4))
def test_any_text_will_do(texts: list[str]) -> None:
    answers = small().classify(texts)
    assert len(answers) == len(texts)
    assert all(0 <= intent.confidence <= 1 for intents in answers for intent in intents)


@cache
def small() -> IntentModel:
    return train(SMALL, rules=Rules([Rule("refund", patterns=("(a+)+$",), keywords=("退",))]))


@pytest.mark.parametrize("shown", [[], SMALL[:4], [Example("hi", UNKNOWN)]])
def test_fewer_than_two_intents_cannot_be_trained(shown: list[Example]) -> None:
    with pytest.raises(Misconfigured, match="fewer than two intents"):
        train(shown)


@pytest.mark.parametrize("broken", [b"", b"{}", b"\x80\x04N.", b"\x98" + b"\xa1x" * 8])
def test_something_else_is_no_model(broken: bytes) -> None:
    with pytest.raises(Misconfigured, match="kefu intents train"):
        from_bytes(broken)


def test_a_model_with_a_part_cut_off_is_no_model() -> None:
    parts = msgspec.msgpack.decode(train(SMALL).to_bytes())
    parts[4][1] = parts[4][1][:-4]
    with pytest.raises(Misconfigured, match="do not fit"):
        from_bytes(msgspec.msgpack.encode(parts))

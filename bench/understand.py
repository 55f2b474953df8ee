"""Understanding: the whole of a message in batches, and its parts alone, in CPU time of one core."""

import statistics
import time
from collections.abc import Callable, Sequence
from random import Random

from agents.catalog import load
from agents.understanding import Understander, entities, language, sentiment, trained
from agents.understanding.mask import mask
from agents.understanding.sensitive import Action, Rule, SensitiveWords
from tests.personal_data import messages
from tests.unit.test_sentiment import DATA

BATCH = 100
RULES = 23_000
WRITTEN = "2026-03-02T09:15:30.250Z"
ACTIONS: tuple[Action, ...] = ("block", "mask", "hand_over")


def run(*, quick: bool) -> str:
    """The table, as Markdown: µs a message of a mix of zh and en, medians with minimum and maximum."""
    texts = mixed(800 if quick else 4_000)
    rounds = 3 if quick else 7
    model, words = trained(load()), SensitiveWords(_rules(Random(5)))
    known = Understander(model)
    works: dict[str, Callable[[], object]] = {
        f"understand, batches of {BATCH}, texts not read before": lambda: _read(Understander(model), texts),
        "understand, the same texts once more": lambda: _read(known, texts),
        "personal data": lambda: [mask(text) for text in texts],
        "language": lambda: [language.recognise(text) for text in texts],
        f"sensitive words, {RULES} rules": lambda: [words.find(text) for text in texts],
        "sentiment": lambda: [sentiment.score(text, language.detect(text)) for text in texts],
        "entities": lambda: [entities.find(text, language.detect(text), WRITTEN) for text in texts],
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_seconds(work) / len(texts) * 1e6)
    length = sum(map(len, texts)) / len(texts)
    title = (
        f"## Understanding: {len(texts)} messages of {length:.0f} characters, zh and en, {rounds} interleaved rounds"
    )
    return f"{title}\n\n{_table(times)}"


def mixed(count: int) -> list[str]:
    """A third each: what the catalogue's customers say, messages full of personal data, reviews."""
    chance = Random(23)
    said = [text for text, _ in load().examples]
    reviews = [line[2:] for line in (DATA / "reviews_zh_fresh.txt").read_text(encoding="utf-8").splitlines()[2:]]
    full = [message.text for message in messages(count // 3, seed=31)]
    texts = [*full, *chance.choices(said, k=count // 3), *chance.choices(reviews, k=count // 3)]
    chance.shuffle(texts)
    return texts


def _read(reader: Understander, texts: Sequence[str]) -> None:
    for batch in _in_batches(texts):
        reader.understand(batch, [WRITTEN] * len(batch))


def _rules(chance: Random) -> list[Rule]:
    """Words of two to six characters, a third of them with gaps; one in twenty in Latin letters."""
    han, latin = [chr(code) for code in range(0x4E00, 0x9FA5)], "abcdefghijklmnopqrstuvwxyz"
    made = dict[str, Rule]()
    while len(made) < RULES:
        letters = chance.random() < 0.05
        size = chance.randrange(5, 12) if letters else chance.randrange(2, 7)
        word = "".join(chance.choices(latin if letters else han, k=size))
        made[word] = Rule(word, f"c{len(made) % 9}", chance.choice(ACTIONS), gaps=not letters and len(made) % 3 == 0)
    return list(made.values())


def _in_batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _table(times: dict[str, list[float]]) -> str:
    lines = ["| what | CPU µs a message: median (min – max) |", "| --- | --- |"]
    for name, runs in times.items():
        lines.append(f"| {name} | {statistics.median(runs):.1f} ({min(runs):.1f} – {max(runs):.1f}) |")
    return "\n".join(lines) + "\n"

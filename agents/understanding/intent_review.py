"""What is wrong with a set of examples: which intents are weak, which examples contradict each other."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from agents.understanding.intent import UNKNOWN, Example, unseen
from agents.understanding.width import plain
from schemas.messages import Event

FEW = 15
"""An intent with fewer examples is weak whatever it scores; 20 in each language is a good start."""

WEAK = 0.8
"""An intent is weak when unseen a smaller share of its examples is recognised."""

CONFIDENT = 0.85
"""An unseen example is doubtful when it is given to another intent with at least this confidence."""

_SAMPLES = 3
_PAIRS = 20


class Weak(Event, frozen=True):
    """An intent of ``examples`` examples of which unseen a share ``recognised`` is; mostly taken for ``taken_for``."""

    intent: str
    examples: int
    recognised: float
    taken_for: str | None
    missed: tuple[str, ...]
    advice: str


class Contradiction(Event, frozen=True):
    """Texts that are the same but for case, width and punctuation, under different intents."""

    texts: tuple[str, ...]
    intents: tuple[str, ...]


class Doubt(Event, frozen=True):
    """An example that models which had not seen it give confidently to another intent."""

    text: str
    intent: str
    rather: str
    confidence: float


class Review(Event, frozen=True, kw_only=True):
    """Worst first. ``accuracy`` is the share of examples in scope recognised by models that had not seen them."""

    examples: int
    intents: int
    out_of_scope: int
    accuracy: float
    weak: tuple[Weak, ...]
    contradictions: tuple[Contradiction, ...]
    doubtful: tuple[Doubt, ...]
    confused: tuple[tuple[str, str, int], ...]


def review(examples: Sequence[Example]) -> Review:
    """Cross-validate ``examples`` and say what to write and what to mend. Raises Misconfigured without two intents."""
    ordered = [example for example in examples if example.intent != UNKNOWN]
    ordered += [example for example in examples if example.intent == UNKNOWN]
    intents, tested, chances = unseen(ordered)
    names = (*intents, UNKNOWN)
    said = [names[place] for place in tested.scores.argmax(axis=1).tolist()]
    seen = [ordered[place] for place in tested.places.tolist()]
    inside = [example.intent == name for example, name in zip(seen, said, strict=True) if example.intent != UNKNOWN]
    sure = chances.max(axis=1).tolist()
    wrong = Counter((e.intent, name) for e, name in zip(seen, said, strict=True) if e.intent != name)
    return Review(
        examples=len(ordered),
        intents=len(intents),
        out_of_scope=sum(example.intent == UNKNOWN for example in ordered),
        accuracy=round(float(np.mean(inside)), 4),
        weak=_weak(seen, said),
        contradictions=_contradictions(ordered),
        doubtful=_doubtful(seen, said, sure),
        confused=tuple((*pair, count) for pair, count in sorted(wrong.items(), key=_often)[:_PAIRS]),
    )


def _often(item: tuple[tuple[str, str], int]) -> tuple[int, tuple[str, str]]:
    return -item[1], item[0]


def _weak(seen: Sequence[Example], said: Sequence[str]) -> tuple[Weak, ...]:
    answers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for example, name in zip(seen, said, strict=True):
        answers[example.intent].append((name, example.text))
    judged = [_judged(intent, given) for intent, given in answers.items() if intent != UNKNOWN]
    weak = [one for one in judged if one.examples < FEW or one.recognised < WEAK]
    return tuple(sorted(weak, key=lambda one: (one.recognised, one.intent)))


def _judged(intent: str, given: Sequence[tuple[str, str]]) -> Weak:
    missed = [(name, text) for name, text in given if name != intent]
    other = Counter(name for name, _ in missed).most_common(1)[0][0] if missed else None
    recognised = round(1 - len(missed) / len(given), 4)
    texts = tuple(text for _, text in missed[:_SAMPLES])
    return Weak(intent, len(given), recognised, other, texts, _advice(len(given), other))


def _advice(count: int, other: str | None) -> str:
    if count < FEW:
        return f"write {FEW - count} more examples or further, in other words than those it has"
    if other == UNKNOWN:
        return "write more examples like those missed; they look out of scope"
    return f"write more examples like those missed, and say in both intents what sets it apart from {other}"


def _contradictions(examples: Sequence[Example]) -> tuple[Contradiction, ...]:
    groups: dict[tuple[str, ...], list[Example]] = defaultdict(list)
    for example in examples:
        groups[_key(example.text)].append(example)
    found = []
    for group in groups.values():
        names = tuple(dict.fromkeys(example.intent for example in group))
        if len(names) > 1:
            found.append(Contradiction(tuple(dict.fromkeys(example.text for example in group)), names))
    return tuple(found)


def _key(text: str) -> tuple[str, ...]:
    """What makes two texts near the same: their words without punctuation, or, of Chinese, their characters."""
    letters = "".join(letter if letter.isalnum() else " " for letter in plain(text))
    return tuple(letters.split()) if letters.isascii() else tuple("".join(letters.split()))


def _doubtful(seen: Sequence[Example], said: Sequence[str], sure: Sequence[float]) -> tuple[Doubt, ...]:
    found = [
        Doubt(example.text, example.intent, name, round(confidence, 4))
        for example, name, confidence in zip(seen, said, sure, strict=True)
        if name not in (example.intent, UNKNOWN) and confidence >= CONFIDENT
    ]
    return tuple(sorted(found, key=lambda doubt: (-doubt.confidence, doubt.text)))

"""Labelled texts for the intent benchmark: the catalogue, two lists written by hand, a made-up bank; randomly split."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agents import catalog

HELD_OUT = Path(__file__).parent.parent / "tests" / "unit" / "data" / "intent_holdout.jsonl"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Split:
    """Texts with their intents to train on and to test with, and texts of none of these intents."""

    train: Sequence[Pair]
    test: Sequence[Pair]
    outside: Sequence[str]


class _Held(msgspec.Struct):
    text: str
    intent: str
    language: str


def shop(language: str, seed: int) -> Split:
    """The catalogue's 30 intents in one language, a third held out; it is what the lexicon of the desk was made for."""
    known = catalog.load()
    pairs = [(text, intent.name) for intent in known.intents for text in getattr(intent.examples, language)]
    held = [msgspec.json.decode(line, type=_Held) for line in HELD_OUT.read_bytes().splitlines() if line.strip()]
    pairs += [(one.text, one.intent) for one in held if one.language == language and one.intent != "unknown"]
    random.Random(seed).shuffle(pairs)
    cut = len(pairs) * 2 // 3
    return Split(pairs[:cut], pairs[cut:], getattr(known.outside, language))


def written(name: str, seed: int) -> Split:
    """The texts of intents_``name``.txt, a dozen an intent, a quarter held out; every eighth intent is what is outside.

    Few examples in many different words: here it shows what a model knows beside them.
    """
    chance = random.Random(seed)
    _, intents = _grammar(name)
    away = set(chance.sample(sorted(intents), len(intents) // 8))
    shown: list[Pair] = []
    asked: list[Pair] = []
    for intent in sorted(intents.keys() - away):
        texts = chance.sample(intents[intent], len(intents[intent]))
        cut = len(texts) * 3 // 4
        shown += [(text, intent) for text in texts[:cut]]
        asked += [(text, intent) for text in texts[cut:]]
    return Split(shown, asked, [text for intent in sorted(away) for text in intents[intent]])


def bank(language: str, seed: int, *, train: int = 60, test: int = 30) -> Split:
    """Texts of 83 (en) or 60 (zh) narrow intents of a bank; every eighth intent is left out, as what is outside.

    Ways to say a thing are rare and frequent in training, less so in testing; 3 % of the training labels are wrong.
    """
    chance = random.Random(seed)
    words, intents = _grammar(language)
    names = sorted(intents)
    away = set(chance.sample(names, len(names) // 8))
    shown: list[Pair] = []
    asked: list[Pair] = []
    outside: list[str] = []
    for name in names:
        weights = [chance.lognormvariate(0, 1.3) for _ in intents[name]]
        write = _Writer(language, words, intents[name], weights, chance)
        if name in away:
            outside += write.texts(test, even=0.35)
            continue
        label = [other for other in names if other not in away]
        shown += [(text, chance.choice(label) if chance.random() < 0.03 else name) for text in write.texts(train)]
        asked += [(text, name) for text in write.texts(test, even=0.35)]
    return Split(shown, asked, outside)


@dataclass(frozen=True, slots=True)
class _Writer:
    language: str
    words: dict[str, list[str]]
    ways: list[str]
    weights: list[float]
    chance: random.Random

    def texts(self, count: int, even: float = 0.0) -> list[str]:
        """At most ``count`` different texts; a share ``even`` takes all ways alike."""
        found: set[str] = set()
        for _ in range(count * 8):
            if len(found) == count:
                break
            alike = self.chance.random() < even
            found.add(self._text(self.chance.choices(self.ways, None if alike else self.weights)[0]))
        return sorted(found)

    def _text(self, way: str) -> str:
        joint = " " if self.language == "en" else ""
        pieces = [self._filled("<open>"), self._slips(self._filled(way)), self._filled("<close>")]
        text = " ".join(joint.join(pieces).split())
        return text + self.chance.choice(["", "", "?", ".", "!"]) if self.language == "en" else text

    def _filled(self, text: str) -> str:
        while found := re.search(r"\[([^\[\]]*)\]|<\w+>", text):
            choices = self.words.get(found[0]) or found[1].split("|")
            weights = [1 / (place + 1) ** 0.8 for place in range(len(choices))]
            text = text[: found.start()] + self.chance.choices(choices, weights)[0] + text[found.end() :]
        return text

    def _slips(self, text: str) -> str:
        if self.language != "en":
            return "".join(letter for letter in text if self.chance.random() > 0.03)
        return " ".join(self._slip(word) for word in text.split() if self.chance.random() > 0.05)

    def _slip(self, word: str) -> str:
        if len(word) < 4 or self.chance.random() > 0.03:
            return word
        place = self.chance.randrange(len(word) - 1)
        return self.chance.choice(
            [word[:place] + word[place + 1 :], word[:place] + word[place + 1] + word[place] + word[place + 2 :]]
        )


def _grammar(name: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    words: dict[str, list[str]] = {}
    intents: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / f"intents_{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, _, rest = line.partition(" ")
        if head.startswith("<"):
            words[head] = rest.split("|")
        else:
            intents[head] = [way.strip() for way in re.split("[;；]", rest) if way.strip()]
    return words, intents

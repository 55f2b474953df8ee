"""Answer cache: hits on paraphrases, wrong hits on look-alikes, beside a threshold of likeness; time of each level."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import msgspec

from agents.cache import AnswerCache, Remembered, Terms
from agents.cache.alike import exact, likeness
from agents.cache.signature import signature
from agents.catalog import load
from agents.dialogue.conversation import Question
from agents.understanding import understander
from schemas.messages import Intent, Sentiment
from streams.cache.disk import Disk
from streams.cache.memory import Memory
from streams.cache.redis import RedisLevel
from tests.cache_pairs import Pair, framed, heldout
from tests.servers.redis import redis_server

ALLOWED = 0.005
"""Share of look-alikes that may hit."""
DAY_S = 86_400.0
ANSWER = Remembered("An answer.", (), "model", "v")
VALUE = os.urandom(400)


class Nothing:
    """No knowledge: this is about questions only."""

    knowledge_version = "v"

    def shown(self, question: Question) -> tuple[tuple[str, str], ...]:
        return ()

    def best(self, question: Question) -> str | None:
        return None

    def fingerprint(self, article_id: str, at: float) -> str | None:
        return None


class Level(Protocol):
    def put(self, key: bytes, value: bytes) -> None: ...


def run(*, quick: bool) -> str:
    """The tables, as Markdown."""
    sets = {"made from frames": framed(), "held out": heldout()}
    rows = [row for name, pairs in sets.items() for row in _rows(name, pairs)]
    head = ("| way | pairs | language | hits on paraphrases | wrong hits on look-alikes |", "| --- " * 5 + "|")
    return (
        "## Answer cache\n\n"
        + "\n".join((*head, *rows))
        + f"\n\n{_times(1_000 if quick else 10_000)}"
        + f"\n{_cost([pair.a for pair in framed()], 3 if quick else 20)}\n"
    )


def _rows(name: str, pairs: Sequence[Pair]) -> list[str]:
    intents = _intents(pairs)
    found = []
    for language in ("zh", "en"):
        own = [pair for pair in pairs if pair.language == language]
        hits = [_hits(pair, intents) for pair in own]
        alike = [likeness(exact(pair.a), exact(pair.b)) for pair in own]
        safe = _threshold(own, alike)
        found += [
            _row("kefu, whole", name, language, own, [_hits(pair, intents) for pair in own]),
            _row("kefu, meaning alone", name, language, own, [_same(pair) for pair in own]),
            _row(f"likeness ≥ {safe:.2f}", name, language, own, [at >= safe for at in alike]),
        ]
        rival = _as_many(own, alike, sum(hit for pair, hit in zip(own, hits, strict=True) if pair.same))
        found.append(_row(f"likeness ≥ {rival:.2f}", name, language, own, [at >= rival for at in alike]))
    return found


def _same(pair: Pair) -> bool:
    one, other = signature(pair.a, pair.language), signature(pair.b, pair.language)
    return one is not None and one == other


def _intents(pairs: Sequence[Pair]) -> dict[str, Intent]:
    texts = list({text: None for pair in pairs for text in (pair.a, pair.b)})
    read = understander(load()).understand(texts)
    return {text: understood.intent for text, understood in zip(texts, read, strict=True)}


def _hits(pair: Pair, intents: dict[str, Intent]) -> bool:
    """Whether the cache answers the second question with the answer to the first."""
    cache = AnswerCache(Nothing(), [Memory()], None, Terms("1"))
    cache.remember(_asked(pair.a, pair.language, intents[pair.a]), ANSWER)
    return cache.recall(_asked(pair.b, pair.language, intents[pair.b])) is not None


def _asked(text: str, language: str, intent: Intent) -> Question:
    return msgspec.structs.replace(EMPTY, text=text, language=language, intent=intent)


EMPTY = Question("m", "", "default", "web", "u", "en", Intent(), (), Sentiment(), (), "", 0.0, "")


def _threshold(pairs: Sequence[Pair], alike: Sequence[float]) -> float:
    """The lowest threshold of likeness with no more wrong hits than ALLOWED, chosen on these very pairs."""
    wrong = sorted((at for pair, at in zip(pairs, alike, strict=True) if not pair.same), reverse=True)
    return wrong[int(len(wrong) * ALLOWED)] + 0.0001


def _as_many(pairs: Sequence[Pair], alike: Sequence[float], hits: int) -> float:
    """The threshold that hits as many paraphrases as kefu does."""
    right = sorted((at for pair, at in zip(pairs, alike, strict=True) if pair.same), reverse=True)
    return right[max(hits - 1, 0)]


def _row(way: str, name: str, language: str, pairs: Sequence[Pair], hits: Sequence[bool]) -> str:
    right = [hit for pair, hit in zip(pairs, hits, strict=True) if pair.same]
    wrong = [hit for pair, hit in zip(pairs, hits, strict=True) if not pair.same]
    return (
        f"| {way} | {name} | {language} | {sum(right) / len(right):.1%} of {len(right)}"
        f" | {sum(wrong) / len(wrong):.2%} of {len(wrong)} |"
    )


def _times(count: int) -> str:
    """Microseconds of a look-up by level; Redis is asked for 100 keys at once, as for a batch of messages."""
    keys = [os.urandom(16) for _ in range(count)]
    folder = Path(tempfile.mkdtemp())
    rows = []
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        memory, disk = Memory(count), Disk(folder / "disk", keep_s=DAY_S)
        rows += [_filled("process", memory, memory.get, keys), _filled("disk", disk, disk.get, keys)]
        disk.close()
        if shutil.which("redis-server"):
            url = stack.enter_context(redis_server(folder))
            rows.append(_far(RedisLevel(url, keep_s=DAY_S, wait_s=5.0), keys[:900]))
    return "\n".join(("| level | µs a look-up |", "| --- | --- |", *rows)) + "\n"


def _filled(name: str, level: Level, get: Callable[[bytes], object], keys: list[bytes]) -> str:
    for key in keys:
        level.put(key, VALUE)
    begun = time.perf_counter()
    for key in keys:
        get(key)
    return f"| {name}, {len(keys)} entries | {(time.perf_counter() - begun) / len(keys) * 1e6:.1f} |"


def _far(level: RedisLevel, keys: list[bytes]) -> str:
    for key in keys:
        level.put(key, VALUE)
    level.settle()
    batches = [keys[place : place + 100] for place in range(0, len(keys), 100)]
    begun = time.perf_counter()
    for batch in batches:
        level.fetch(batch)
    took = (time.perf_counter() - begun) / len(keys) * 1e6
    level.close()
    return f"| redis, 100 keys at once | {took:.1f} |"


def _cost(texts: list[str], rounds: int) -> str:
    cache = AnswerCache(Nothing(), [Memory()], None, Terms("1"))
    questions = [_asked(text, "en" if text.isascii() else "zh", Intent()) for text in texts]
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for question in questions:
            cache.recall(question)
        times.append(time.process_time() - begun)
    return f"A whole look-up that finds nothing: {min(times) / len(questions) * 1e6:.0f} µs of CPU."

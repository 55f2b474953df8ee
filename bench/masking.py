"""Masking: personal data found, and at what cost, beside Presidio's recognisers that need no model."""

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agents.understanding.mask import mask, mask_all
from tests.personal_data import STRUCTURED, Labelled, Span, messages, score
from tests.personal_phrases import SMALL_TALK

PEERS = Path(".venv-bench/bin/python")
SHARED = ("phone", "bank_card", "email", "ip_address")
"""Types that both know; Presidio has none of the Chinese ones."""
KINDS = {
    "engine": "Presidio's AnalyzerEngine, pattern recognisers",
    "patterns": "the same recognisers, called directly",
    "all": "the same directly, telephone recogniser too",
    "shared": "directly, only those of phone, bank card, e-mail, IP address",
}
OURS = "kefu, one by one"
BATCH = 100

Runs = dict[str, list[float]]


def run(*, quick: bool) -> str:
    """The tables, as Markdown: CPU time and quality on labelled messages; the rounds are interleaved."""
    count, rounds = (400, 3) if quick else (3_000, 5)
    corpus = list(messages(count, seed=7))
    texts = [message.text for message in corpus]
    talk = [message.text for message in messages(count * 9, seed=8) if message.text in SMALL_TALK]
    traffic = (talk * 9)[: count * 9 // 10] + texts[: count // 10]
    personal = [message.text for message in messages(count * 3, seed=9) if message.spans][:count]
    found: dict[str, dict[str, list[Span]]] = {}
    dense = _measured(texts, rounds, found)
    tables = [
        _costs("half of them with personal data, a third traps", dense),
        _costs("all of them with personal data", _measured(personal, rounds, {})),
        _costs("traffic: nine of ten small talk", _measured(traffic, rounds, {})),
    ]
    missing = "" if PEERS.exists() else "\nPresidio is not installed: `make bench` sets it up.\n"
    title = f"## Masking: {count} labelled messages (zh, en, mixed), {rounds} interleaved rounds\n\n"
    return title + "\n".join([*tables, _quality(corpus, found)]) + missing


def _measured(texts: list[str], rounds: int, found: dict[str, dict[str, list[Span]]]) -> Runs:
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    figures: Runs = {OURS: [], f"kefu, batches of {BATCH}": []}
    for _ in range(rounds):
        figures[OURS].append(_ours(mask, texts) / len(texts))
        figures[f"kefu, batches of {BATCH}"].append(_ours(mask_all, batches) / len(texts))
        for kind, name in KINDS.items() if PEERS.exists() else ():
            seconds, found[name] = _theirs(kind, texts)
            figures.setdefault(name, []).append(seconds)
    return figures


def _ours(work: Callable[[Any], object], parts: Sequence[object]) -> float:
    """Seconds for all of ``parts``, after a few of them, as the peers are measured."""
    for part in parts[:50]:
        work(part)
    begun = time.process_time()
    for part in parts:
        work(part)
    return time.process_time() - begun


def _theirs(kind: str, texts: list[str]) -> tuple[float, dict[str, list[Span]]]:
    command = [str(PEERS), "-m", "bench.cases.presidio", kind]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"presidio ended with {done.returncode}:\n{done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    spans = {text: [Span(*span) for span in found] for text, found in zip(texts, told["spans"], strict=True)}
    return told["cpu_seconds"] / len(texts), spans


def _costs(what: str, figures: Runs) -> str:
    ours, batched = (statistics.median(runs) for runs in list(figures.values())[:2])
    heads = f"| {what} | CPU µs a message: median (min – max) | kefu is | in batches |"
    lines = [heads, "| --- | --- | --- | --- |"]
    for name, runs in figures.items():
        middle = statistics.median(runs)
        low, high = min(runs) * 1e6, max(runs) * 1e6
        times = f"{middle / ours:.1f} × | {middle / batched:.1f} ×"
        lines.append(f"| {name} | {middle * 1e6:.1f} ({low:.1f} – {high:.1f}) | {times} |")
    return "\n".join(lines) + "\n"


def _quality(corpus: list[Labelled], found: dict[str, dict[str, list[Span]]]) -> str:
    lines = ["| found, wrongly found | types | recall | precision |", "| --- | --- | --- | --- |"]
    lines.append(_row("kefu", corpus, _told, STRUCTURED))
    lines.append(_row("kefu", corpus, _told, ("name", "address")))
    lines.append(_row("kefu", corpus, _told, SHARED))
    lines += [_row(name, corpus, spans.__getitem__, SHARED) for name, spans in found.items()]
    return "\n".join(lines) + "\n"


def _told(text: str) -> list[Span]:
    return [Span(data.type, data.start, data.end) for data in mask(text).found]


def _row(name: str, corpus: list[Labelled], find: Callable[[str], list[Span]], types: tuple[str, ...]) -> str:
    recall, precision = score(corpus, find, types)
    listed = "all structured" if types == STRUCTURED else ", ".join(types)
    return f"| {name} | {listed} | {recall:.2%} | {precision:.2%} |"

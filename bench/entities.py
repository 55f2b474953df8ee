"""Entities: recall, precision and time on labelled messages; Recognizers-Text and dateparser beside."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.catalog import load
from agents.understanding.entities import packaged
from tests.entities import Labelled, messages

PEERS = Path(".venv-bench/bin/python")
SEED, ROUNDS = 11, 5
NO_PEER = "{} is not installed: `make bench` sets it up.\n"
_READS = """
import json, sys, time, warnings
from datetime import datetime
warnings.simplefilter("ignore")
"""
_RECOGNIZERS = """
from datetime import date, timedelta
from recognizers_date_time import recognize_datetime
from recognizers_number_with_unit import recognize_currency
from recognizers_text import Culture
ISO = {"Dollar": "USD", "Pound": "GBP", "Euro": "EUR"}
def day(value):
    if value["type"] == "daterange" and {"start", "end"} <= set(value):
        last = date.fromisoformat(value["end"]) - timedelta(1)
        return f"{value['start']}/{last}"
    return value.get("value", "")
def read(text, now):
    culture = Culture.English if text.isascii() else Culture.Chinese
    for found in recognize_datetime(text, culture, reference=now):
        said = (found.resolution or {}).get("values", [])
        if any(value["type"] in ("date", "daterange") for value in said):
            yield "date", found.start, found.end + 1, [day(value) for value in said]
    for found in recognize_currency(text, culture):
        said = found.resolution or {}
        iso, value = said.get("isoCurrency") or ISO.get(said.get("unit")), said.get("value") or "0"
        yield "amount", found.start, found.end + 1, [f"{value} {iso}", f"{float(value):.2f} {iso}"]
"""
_DATEPARSER = """
from dateparser.search import search_dates
def read(text, now):
    languages, end = ["en"] if text.isascii() else ["zh", "en"], 0
    for said, day in search_dates(text, languages=languages, settings={"RELATIVE_BASE": now}) or ():
        start = text.find(said, end)
        end = start + len(said)
        yield "date", start, end, [day.strftime("%Y-%m-%d")]
"""
_ASKED = """
asked = json.load(sys.stdin)
list(read("yesterday", datetime(2026, 1, 31))), list(read("昨天", datetime(2026, 1, 31)))
begun = time.process_time()
answers = [list(read(text, datetime.fromisoformat(now).replace(tzinfo=None))) for text, now in asked]
print(json.dumps({"answers": answers, "seconds": time.process_time() - begun}))
"""


class Span(NamedTuple):
    """A finding: its type, its place, and the values that it may have."""

    type: str
    start: int
    end: int
    values: Sequence[str]


def run(*, quick: bool) -> str:
    """The tables, as Markdown: all types on generated messages, and the peers on a part of them."""
    labelled = list(messages(SEED, 1_000 if quick else 10_000))
    texts = [text for text, _ in load().examples]
    rows = [_row(*row) for row in _scores(labelled, _ours(labelled))]
    crowded = _microseconds([(one.text, one.now) for one in labelled])
    plain = _microseconds([(text, labelled[0].now) for text in texts])
    return (
        f"## Entities\n\n{crowded:.1f} µs of CPU a message with labels, {plain:.1f} a message of the catalogue\n\n"
        + "\n".join(("| type | labels | recall | precision |", "| --- | --- | --- | --- |", *rows))
        + f"\n\n{_peers(labelled[: 50 if quick else 400])}"
    )


def _microseconds(asked: Sequence[tuple[str, str]]) -> float:
    reader = packaged()
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for text, now in asked:
            reader.read(text, now)
        times.append(time.process_time() - begun)
    return min(times) / len(asked) * 1e6


def _ours(labelled: Iterable[Labelled]) -> list[list[Span]]:
    reader = packaged()
    read = (reader.read(one.text, one.now) for one in labelled)
    return [[Span(found.type, found.start, found.end, (found.value,)) for found in message] for message in read]


def _scores(labelled: Iterable[Labelled], answers: Iterable[list[Span]]) -> list[tuple[str, int, float, float]]:
    """Labels, recall and precision by type; a label is found where place and value agree."""
    labels, found, right = Counter[str](), Counter[str](), Counter[str]()
    for message, spans in zip(labelled, answers, strict=True):
        found.update(span.type for span in spans)
        for label in message.labels:
            labels[label.type] += 1
            right[label.type] += any(
                span.type == label.type
                and span.start < label.end
                and label.start < span.end
                and label.value in span.values
                for span in spans
            )
    return [
        (kind, labels[kind], right[kind] / labels[kind], right[kind] / max(found[kind], 1)) for kind in sorted(labels)
    ]


def _row(kind: str, labels: int, recall: float, precision: float) -> str:
    return f"| {kind} | {labels} | {recall:.1%} | {precision:.1%} |"


def _peers(labelled: list[Labelled]) -> str:
    """Single days and single amounts: what the peers can say too."""
    asked = [(one.text, one.now) for one in labelled]
    rows = [_peer_row("kefu", _microseconds(asked), labelled, _ours(labelled))]
    missing = ""
    for name, program in (("Recognizers-Text", _RECOGNIZERS), ("dateparser", _DATEPARSER)):
        answer = _asked(program, asked)
        if answer is None:
            missing += "\n" + NO_PEER.format(name)
            continue
        spans = [[Span(*span) for span in message] for message in answer["answers"]]
        rows.append(_peer_row(name, answer["seconds"] / len(asked) * 1e6, labelled, spans))
    head = (
        "| reader | µs of CPU a message | date recall | date precision | amount recall | amount precision |",
        "| --- " * 6 + "|",
    )
    return "\n".join((*head, *rows)) + f"\n{missing}"


def _peer_row(name: str, microseconds: float, labelled: list[Labelled], spans: list[list[Span]]) -> str:
    scores = {kind: f"{recall:.0%} | {precision:.0%}" for kind, _, recall, precision in _scores(labelled, spans)}
    amounts = scores["amount"] if name != "dateparser" else "- | -"
    return f"| {name} | {microseconds:.0f} | {scores['date']} | {amounts} |"


def _asked(program: str, asked: list[tuple[str, str]]) -> Any:
    """What a peer answers, or nothing where it is not installed."""
    if not PEERS.exists():
        return None
    whole = _READS + program + _ASKED
    done = subprocess.run(
        [str(PEERS), "-c", whole], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)

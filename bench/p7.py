"""P7: the log into the embedded ClickHouse: one client inserts batches, alone and while four others query."""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import psutil

from schemas.migrations import migrations
from schemas.rows import INSERT_SETTINGS
from tests.servers.clickhouse import start, stop

BATCH = 50_000
CONVERSATIONS = 2_000
READERS = 4
PAUSE_S = 0.1
"""Seconds between an answer and the reader's next question: a dashboard that is in a hurry."""
MARK = b"@@@@@"
"""Stands in the rows where each batch has its own number, so that all ids and offsets differ."""

Batch = Callable[[int], bytes]
"""The body of the insert of that number."""
Insert = Callable[[httpx.Client, int], None]
"""Does the insert of that number."""

QUESTIONS = (
    "SELECT question, answer, source FROM turns WHERE conversation_id = 'c0-00007' LIMIT 20",
    "SELECT kind, actor, text FROM conversation_log WHERE conversation_id = 'c0-00009' ORDER BY occurred_at LIMIT 50",
    "SELECT source, count(), avg(latency_ms) FROM conversation_log WHERE kind = 'replied' GROUP BY source "
    "SETTINGS final = 0",
    "SELECT count(), max(kafka_offset) FROM stored_offsets SETTINGS final = 0",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One run: rows a second, the server's CPU microseconds a row, and the readers' answers in milliseconds."""

    rate: float
    cpu_us: float
    answers_ms: list[float]
    seconds: float


def run(*, quick: bool) -> str:
    """The table, as Markdown."""
    batches, rounds = (4, 1) if quick else (12, 3)
    lines = b"".join(map(_line, range(BATCH)))
    numbered: Batch = lambda number: lines.replace(MARK, b"%05d" % number)  # noqa: E731 - it holds the lines
    native = _native(numbered, batches + 1)
    inserts = {
        "JSONEachRow": partial(_insert, "JSONEachRow", numbered),
        "Native": partial(_insert, "Native", native.__getitem__),
    }
    figures: dict[tuple[str, int], list[Figure]] = {(form, many): [] for form in inserts for many in (0, READERS)}
    for _ in range(rounds):
        for (form, readers), runs in figures.items():
            with _server() as (process, http):
                runs.append(_measured(http, psutil.Process(process), inserts[form], batches, readers))
    return (
        f"## P7: log into the embedded ClickHouse, {batches * BATCH} rows in batches of {BATCH}, "
        f"{rounds} interleaved rounds\n\n{_table(figures)}\n"
        f"One client inserts rows of `conversation_log` (with its materialized view); each reader asks "
        f"{PAUSE_S * 1000:.0f} ms after its last answer.\n"
    )


def _table(figures: dict[tuple[str, int], list[Figure]]) -> str:
    lines = [
        "| format | readers | rows/s: median (min – max) | CPU µs a row | of it alone | queries/s | p50 ms | p99 ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (form, readers), runs in figures.items():
        rates = sorted(figure.rate for figure in runs)
        middle = statistics.median(rates)
        alone = statistics.median(figure.rate for figure in figures[form, 0])
        cpu = statistics.median(figure.cpu_us for figure in runs)
        answers = sorted(answer for figure in runs for answer in figure.answers_ms)
        asked = len(answers) / sum(figure.seconds for figure in runs)
        reads = f"{asked:.1f} | {_share(answers, 0.5)} | {_share(answers, 0.99)}" if answers else "– | – | –"
        lines.append(
            f"| {form} | {readers} | {middle:,.0f} ({rates[0]:,.0f} – {rates[-1]:,.0f}) | {cpu:.1f} "
            f"| {middle / alone:.2f} × | {reads} |"
        )
    return "\n".join(lines) + "\n"


def _share(answers: list[float], share: float) -> str:
    return f"{answers[int(len(answers) * share)]:.1f}"


@contextmanager
def _server() -> Iterator[tuple[int, httpx.Client]]:
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, ExitStack() as stack:
        process, url = start(Path(folder) / "clickhouse")
        stack.callback(stop, process)
        httpx.post(url, content="CREATE DATABASE kefu").raise_for_status()
        http = stack.enter_context(httpx.Client(base_url=url, params={"database": "kefu"}, timeout=120))
        for sql in (sql for step in migrations() for sql in step.statements):
            http.post("/", content=sql).raise_for_status()
        yield process.pid, http


def _measured(http: httpx.Client, process: psutil.Process, insert: Insert, batches: int, readers: int) -> Figure:
    insert(http, batches)
    end, answers = threading.Event(), list[float]()
    asking = [threading.Thread(target=_ask, args=(str(http.base_url), end, answers)) for _ in range(readers)]
    for thread in asking:
        thread.start()
    began, spent = time.perf_counter(), sum(process.cpu_times()[:2])
    for number in range(batches):
        insert(http, number)
    seconds, spent = time.perf_counter() - began, sum(process.cpu_times()[:2]) - spent
    end.set()
    for thread in asking:
        thread.join()
    _check(http, (batches + 1) * BATCH)
    rows = batches * BATCH
    return Figure(rows / seconds, spent / rows * 1e6, answers, seconds)


def _insert(form: str, body: Batch, http: httpx.Client, number: int) -> None:
    answer = _post_rows(http, f"INSERT INTO conversation_log FORMAT {form}", body(number))
    if not answer.is_success:
        raise SystemExit(f"insert {number} as {form}: {answer.text}")


def _post_rows(http: httpx.Client, sql: str, rows: bytes) -> httpx.Response:
    settings = {name: str(value) for name, value in INSERT_SETTINGS.items()}
    return http.post("/", params={"query": sql, **settings}, content=rows)


def _ask(url: str, end: threading.Event, answers: list[float]) -> None:
    with httpx.Client(base_url=url, params={"database": "kefu"}, timeout=120) as http:
        number = threading.get_ident()
        while not end.wait(PAUSE_S):
            number += 1
            began = time.perf_counter()
            http.post("/", content=QUESTIONS[number % len(QUESTIONS)]).raise_for_status()
            answers.append((time.perf_counter() - began) * 1000)


def _check(http: httpx.Client, count: int) -> None:
    """Every row once, and each with its offset."""
    for table, column in (("conversation_log", "event_id"), ("stored_offsets", "(kafka_partition, kafka_offset)")):
        found = int(http.post("/", content=f"SELECT uniqExact({column}) FROM {table} SETTINGS final = 0").text)
        if found != count:
            raise SystemExit(f"{found} rows of {table} where {count} were inserted")


def _line(number: int) -> bytes:
    turn, replied = divmod(number, 2)
    conversation = f"c{turn % 4}-{turn % CONVERSATIONS:05d}"
    row = {
        "event_id": f"{conversation}:{MARK.decode()}:{number}",
        "kind": "replied" if replied else "received",
        "conversation_id": conversation,
        "message_id": f"{conversation}:{MARK.decode()}:{turn}",
        "tenant": "default",
        "channel": "web",
        "occurred_at": "2026-01-31T08:05:09.120Z",
        "actor": "kefu" if replied else "customer",
        "language": "zh",
        "intent": "return_policy",
        "intent_confidence": 0.93,
        "sentiment": -0.2,
        "source": "knowledge" if replied else "",
        "latency_ms": turn % 50 / 2,
        "text": f"自签收之日起七天内可以无理由退货,订单 {turn} 的运费由买家承担。"
        if replied
        else f"订单 {turn} 怎么退货?",
        "detail": json.dumps({"reply_id": f"r{turn}", "citations": []} if replied else {"user_id": f"u{turn % 500}"}),
        "kafka_topic": "conversation.log.v1",
        "kafka_partition": number % 4,
        "kafka_offset": f"1{MARK.decode()}{number:06d}",
        "kafka_previous": -1,
    }
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _native(lines: Batch, count: int) -> list[bytes]:
    """The same batches as ClickHouse writes them in its own format."""
    bodies = []
    with _server() as (_, http):
        http.post("/", content="CREATE TABLE staging AS conversation_log ENGINE = Memory").raise_for_status()
        for number in range(count):
            _post_rows(http, "INSERT INTO staging FORMAT JSONEachRow", lines(number)).raise_for_status()
            answer = http.post("/", content="SELECT * FROM staging FORMAT Native")
            bodies.append(answer.raise_for_status().content)
            http.post("/", content="TRUNCATE TABLE staging").raise_for_status()
    return bodies

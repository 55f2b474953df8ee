"""The monitor on a real broker: what alarms, what does not, what a kill changes (nothing), how long an alert takes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas import codec, times
from schemas.ids import derived
from schemas.operations import Alert, LogEvent, LogKind
from schemas.topics import ALERTS, LOG
from tests.servers.kafka import broker
from tests.servers.ports import free_port

JARS = Path(sys.prefix, "share", "kefu", "jars", "flink")
WINDOW = 2.0
BAD = [
    b"not json", b"", b"null", b"[]", b'"text"', b"5", b"{}", b"\xff\xfe", b'{"kind": "replied"', b"[" * 5000,
    b'{"kind": "replied", "channel": "web", "latency_ms": 9000, "occurred_at": "yesterday"}',
    b'{"kind": "replied", "channel": "web", "latency_ms": "NaN", "occurred_at": "2026-01-01T00:00:00.000Z"}',
    b'{"kind": "replied", "channel": "web", "latency_ms": 1e999, "occurred_at": "2099-01-01T00:00:00.000Z"}',
    b'{"kind": {}, "channel": [], "sentiment": "sad", "occurred_at": "2099-01-01T00:00:00.000Z"}',
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turns:
    """Messages of one window, all alike but for the first ``negative`` and the first ``fallback`` of them."""

    channel: str
    intent: str
    start: float
    count: int
    latency_ms: float = 20.0
    negative: int = 0
    fallback: int = 0

    def events(self) -> Iterator[LogEvent]:
        for number in range(self.count):
            yield self._event("received", number)
            yield self._event("understood", number, sentiment=-0.6 if number < self.negative else 0.3)
            source = "fallback" if number < self.fallback else "script"
            yield self._event("replied", number, source=source, latency_ms=self.latency_ms)

    def _event(
        self, kind: LogKind, number: int, *, sentiment: float = 0.0, source: str = "", latency_ms: float = 0.0
    ) -> LogEvent:
        at = times.rfc3339(self.start + number * WINDOW / (self.count + 1))
        conversation = f"{self.channel}-{number}"
        message = derived("msg", conversation, at)
        intent = "" if kind == "received" else self.intent
        return LogEvent(
            event_id=derived("log", kind, conversation, message), kind=kind, conversation_id=conversation,
            message_id=message, channel=self.channel, intent=intent, sentiment=sentiment, source=source,
            latency_ms=latency_ms, occurred_at=at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert with the moment in which the job sent it, seconds since the epoch."""

    alert: Alert
    key: bytes
    sent: float


@dataclass(slots=True)
class Alerts:
    """Reads the alerts' topic from its beginning and remembers all of it."""

    consumer: Consumer
    seen: list[Seen] = field(default_factory=list)

    def until(self, wanted: set[tuple[str, str, str]], process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + 90
        while wanted - self.names() and process.poll() is None and time.monotonic() < deadline:
            self._poll(0.5)
        self.quiet()

    def quiet(self, seconds: float = 1.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._poll(0.2)

    def names(self) -> set[tuple[str, str, str]]:
        return {(seen.alert.rule, seen.alert.subject, seen.alert.window_start) for seen in self.seen}

    def of(self, rule: str, subject: str, start: float) -> Seen:
        found = (rule, subject, times.rfc3339(start))
        return next(s for s in self.seen if (s.alert.rule, s.alert.subject, s.alert.window_start) == found)

    def _poll(self, seconds: float) -> None:
        record = self.consumer.poll(seconds)
        if record is not None and record.error() is None:
            alert = codec.decode(ALERTS, record.value())
            self.seen.append(Seen(alert, record.key() or b"", record.timestamp()[1] / 1000))


@dataclass(frozen=True, slots=True)
class Job:
    """The monitor as the supervisor starts it."""

    kafka: str
    state: Path

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        command = [sys.executable, "-m", "flink_jobs", "--kafka", self.kafka, "--state", str(self.state)]
        options = ["--jars", str(JARS), "--window", str(WINDOW)]
        with self.log.open("ab") as log:
            process = subprocess.Popen([*command, *options], stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    @property
    def log(self) -> Path:
        return self.state.with_suffix(".log")

    def java(self) -> psutil.Process:
        return psutil.Process(int((self.state / "java.pid").read_text()))

    def await_checkpoint(self) -> None:
        """Until a checkpoint is complete that began after this call: the second that ends from now on."""
        ended: set[int] = set()
        before = self._ends()
        deadline = time.monotonic() + 40
        while len(ended) < 2:
            assert time.monotonic() < deadline, "no checkpoint in 40 s"
            ended |= self._ends() - before
            time.sleep(0.1)

    def _ends(self) -> set[int]:
        return {path.stat().st_mtime_ns for path in self.state.glob("checkpoints/*/*/chk-*/_metadata") if path.exists()}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with broker(tmp_path_factory.mktemp("broker")) as address:
        admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        for created in admin.create_topics([NewTopic(topic.name, 12, 1) for topic in (LOG, ALERTS)]).values():
            created.result()
        yield address


@pytest.fixture
def job(kafka: str, tmp_path: Path) -> Job:
    return Job(kafka, tmp_path / "quality")


@pytest.fixture
def alerts(kafka: str) -> Iterator[Alerts]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([ALERTS.name])
    yield Alerts(consumer)
    consumer.close()


def send(kafka: str, turns: Iterable[Turns]) -> None:
    """Send in the order of time; a record's own time is its event's where that lies ahead."""
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 5})
    events = sorted((event for turn in turns for event in turn.events()), key=lambda event: event.occurred_at)
    for event in events:
        written = max(time.time(), times.seconds(event.occurred_at))
        producer.produce(LOG.name, codec.encode(event), event.conversation_id, timestamp=round(written * 1000))
    assert producer.flush(20) == 0


def send_malformed(kafka: str) -> None:
    producer = Producer({"bootstrap.servers": kafka})
    for number, value in enumerate(BAD * 3):
        producer.produce(LOG.name, value, partition=number % 12)
    producer.produce(LOG.name, None, "a tombstone")
    assert producer.flush(20) == 0


def both(rules: Iterable[str], start: float) -> set[tuple[str, str, str]]:
    """The rules' alerts for the app and for what people ask there."""
    return {
        (rule, subject, times.rfc3339(start)) for rule in rules for subject in ("channel:app", "intent:refund_status")
    }


def healthy(channel: str, intent: str, starts: Iterable[float]) -> list[Turns]:
    """Windows of 25 messages whose latencies go 20, 21, 22, 23, 24 ms and again from 20."""
    return [Turns(channel, intent, start, 25, latency_ms=20.0 + number % 5) for number, start in enumerate(starts)]


SHARES = ("negative_share_limit", "negative_share_departure", "unanswered_share_limit", "unanswered_share_departure")
LATENCIES = ("latency_p95_limit", "latency_p95_departure", "latency_p50_departure")


@pytest.mark.kafka
@pytest.mark.flink
@pytest.mark.timeout(300)
def test_a_bad_stretch_alarms_and_a_kill_changes_nothing(kafka: str, job: Job, alerts: Alerts) -> None:
    measured: dict[str, object] = {}
    now = time.time() // WINDOW * WINDOW
    at = {number: now + number * WINDOW for number in range(-40, 0)}
    bad = at[-6]
    calm = [at[number] for number in range(-26, -6)]
    send_malformed(kafka)
    send(kafka, [
        *healthy("web", "greeting", [at[number] for number in range(-26, -4)]),
        *healthy("app", "refund_status", calm),
        *(Turns("slow", "", at[number], 25, latency_ms=700.0) for number in range(-36, -5)),
        Turns("kiosk", "rare", at[-7], 5, latency_ms=5000.0, negative=5, fallback=5),
        Turns("app", "refund_status", bad, 40, latency_ms=900.0, negative=25, fallback=16),
    ])  # fmt: skip
    slow = {("latency_p95_limit", "channel:slow", times.rfc3339(at[number])) for number in range(-36, -5)}
    lasting = {("latency_p95_lasting", "channel:slow", times.rfc3339(at[number])) for number in (-7, -6)}
    expected = slow | lasting | both((*SHARES, *LATENCIES), bad)

    with job.running() as process:
        started = time.monotonic()
        alerts.until(expected, process)
        measured["seconds_from_start_to_alert"] = round(time.monotonic() - started, 1)
        assert alerts.names() == expected, job.log.read_text()
        check_the_bad_window(alerts, bad)

        ahead = (time.time() + 14) // WINDOW * WINDOW
        send(kafka, [Turns("app", "refund_status", ahead, 20, latency_ms=100.0, negative=20)])
        job.await_checkpoint()
        java = job.java()
        process.kill()
        java.wait(10)
    later = ahead + WINDOW / 50
    send(kafka, [
        Turns("app", "refund_status", later, 20, latency_ms=2000.0, negative=10),
        *healthy("web", "greeting", [later]),
    ])  # fmt: skip
    expected |= both((*LATENCIES, "negative_share_limit", "negative_share_departure"), ahead)

    with job.running() as process:
        alerts.until(expected, process)
        assert alerts.names() == expected, job.log.read_text()
        check_the_window_with_the_kill_in_it(alerts, ahead)

        live = (time.time() + WINDOW) // WINDOW * WINDOW
        send(kafka, [Turns("app", "refund_status", live, 40, latency_ms=3000.0)])
        alerts.until(both(["latency_p95_limit"], live), process)
        seen = alerts.of("latency_p95_limit", "channel:app", live)
        measured["seconds_from_close_to_alert"] = round(seen.sent - live - WINDOW, 3)

        measured["mib"] = [round(part.memory_info().rss / 2**20) for part in (psutil.Process(process.pid), job.java())]
        java = job.java()
        stopping = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        java.wait(10)
        measured["seconds_to_stop"] = round(time.monotonic() - stopping, 1)
    print(measured)
    assert "from the group's offsets" in job.log.read_text()
    assert "/chk-" in job.log.read_text(), "the second start resumed from nothing"
    check_ids(alerts)
    assert "Traceback" not in job.log.read_text()


def check_the_bad_window(alerts: Alerts, bad: float) -> None:
    for subject in ("channel:app", "intent:refund_status"):
        share = alerts.of("negative_share_limit", subject, bad)
        assert (share.alert.value, share.alert.limit, share.alert.baseline) == (0.625, 0.4, 0.0)
        assert share.key == subject.encode()
        assert share.alert.window_end == share.alert.occurred_at == times.rfc3339(bad + WINDOW)
        assert alerts.of("unanswered_share_limit", subject, bad).alert.value == 0.4
        late = alerts.of("latency_p95_departure", subject, bad).alert
        assert (late.value, late.limit, late.baseline) == pytest.approx((900.0, 22.0 + 4 * 25.0, 22.0))
        assert late.message == (
            f"95th percentile of the reply latency in ms for {subject} was 900.0, against 22.0 in recent windows; "
            "alarms above 122.0 (40 samples)"
        )
    assert {seen.alert.severity for seen in alerts.seen if seen.alert.rule == "latency_p95_lasting"} == {"critical"}


def check_the_window_with_the_kill_in_it(alerts: Alerts, ahead: float) -> None:
    """The share counts both halves once, and the baseline reaches back over the kill: 20 calm windows and a bad one."""
    mean = (20 * 22.0 + 900.0) / 21
    square = (4 * sum(latency**2 for latency in (20, 21, 22, 23, 24)) + 900.0**2) / 21
    for subject in ("channel:app", "intent:refund_status"):
        share = alerts.of("negative_share_limit", subject, ahead).alert
        assert (share.value, share.baseline) == pytest.approx((0.75, 0.625 / 21))
        assert "(40 samples)" in share.message
        half = alerts.of("latency_p50_departure", subject, ahead).alert
        assert (half.value, half.baseline) == pytest.approx((1050.0, mean))
        assert half.limit == pytest.approx(mean + 4 * (square - mean**2) ** 0.5)


def check_ids(alerts: Alerts) -> None:
    """An alert told twice is told in the same words, so that keeping one for each id loses nothing."""
    by_id: dict[str, set[str]] = {}
    for seen in alerts.seen:
        by_id.setdefault(seen.alert.alert_id, set()).add(json.dumps(codec.encode(seen.alert).decode()))
    assert all(len(words) == 1 for words in by_id.values())
    assert len(by_id) == len(alerts.names())


@pytest.mark.flink
def test_without_a_broker_it_waits_in_words_and_stops_when_told(tmp_path: Path) -> None:
    absent = Job(f"127.0.0.1:{free_port()}", tmp_path / "quality")
    with absent.running() as process:
        deadline = time.monotonic() + 30
        while "waiting for" not in absent.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert absent.log.read_text() == f"quality: waiting for Kafka at {absent.kafka}\n"
        process.terminate()
        assert process.wait(10) == 0

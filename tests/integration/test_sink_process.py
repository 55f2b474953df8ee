"""The sinks as a process: dead letters, metrics, ClickHouse killed and away, the end on a signal."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from schemas import codec, topics
from schemas.operations import LogEvent
from streams import store
from streams.settings import Settings
from tests.servers.clickhouse import start, stop
from tests.sinking import ask, environment, missing, put, step, stored
from tests.topics import PACKED, fresh, produce, read, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

KEFU = Path(sys.executable).with_name("kefu")


@contextmanager
def process(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """``kefu worker sinks``; killed at the end where it still runs."""
    log = (settings.home / "sinks.log").open("a")
    sinks = subprocess.Popen([KEFU, "worker", "sinks"], env=environment(settings), stderr=log, text=True)
    log.close()
    try:
        yield sinks
    finally:
        if sinks.poll() is None:
            sinks.kill()
        sinks.wait()


def said(settings: Settings) -> str:
    return (settings.home / "sinks.log").read_text()


def crowd(name: str, count: int, first: int = 0) -> list[LogEvent]:
    numbers = range(first, first + count)
    return [step(number, f"{name}-{number % 17}", event_id=f"{name}-{number}") for number in numbers]


def test_the_process_puts_aside_what_it_cannot_read_and_stores_the_neighbours(settings: Settings) -> None:
    name = fresh("bad")
    dead = topics.LOG.dead_letter
    good = [(event.conversation_id, codec.encode(event)) for event in crowd(name, 20)]
    bad = [(name, b"{no"), (name, b""), (name, codec.encode(step(1, name, occurred_at="soon")))]
    with process(settings) as sinks:
        produce(settings.kafka, topics.LOG.name, good[:10] + bad + good[10:])
        mine = f"event_id LIKE '{name}-%'"
        wait_until(lambda: stored(settings, mine) == 20)
        letters = [letter for letter in read(settings.kafka, dead) if letter.key() == name.encode()]
        assert sorted(letter.value() for letter in letters) == sorted(value for _, value in bad)
        for letter in letters:
            headers = {key: value.decode() for key, value in letter.headers()}
            assert headers["__dlq.errors.topic"] == topics.LOG.name
            assert headers["__dlq.errors.class"] == "Rejected"
            assert int(headers["__dlq.errors.offset"]) >= 0
            assert len(headers["__dlq.errors.message"]) > 10
        assert missing(settings) == 0
        produce(settings.kafka, topics.LOG.name, [(name, b"x" * 5_000_000)], **PACKED)
        produce(settings.kafka, topics.LOG.name, [(name, codec.encode(step(99, name, event_id=f"{name}-99")))])
        wait_until(lambda: stored(settings, mine) == 21)
        page = httpx.get((settings.home / "run" / "sinks.metrics").read_text().strip(), trust_env=False).text
        assert 'kefu_rows_inserted_total{table="conversation_log"}' in page
        assert f'kefu_dead_letters_total{{reason="Rejected",topic="{topics.LOG.name}"}} 4.0' in page
        sinks.terminate()
        assert sinks.wait(10) == 0


def test_clickhouse_killed_in_mid_stream_and_away_is_waited_for_and_lacks_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    name = fresh("kill")
    mine = f"event_id LIKE '{name}-%'"
    server, url = start(tmp_path / "own")
    own = settings.model_copy(update={"clickhouse_url": url})
    store.migrate(own)
    try:
        with process(own) as sinks:
            put(own, topics.LOG, crowd(name, 5000))
            wait_until(lambda: stored(own, mine) > 0)
            server.kill()
            put(own, topics.LOG, crowd(name, 2000, first=5000))
            wait_until(lambda: "waiting for ClickHouse" in said(own))
            stop(server)
            server, _ = start(tmp_path / "own", "--port", url.rpartition(":")[2])
            wait_until(lambda: stored(own, mine) == 7000)
            sinks.terminate()
            assert sinks.wait(10) == 0
        assert ask(own, f"SELECT count() FROM conversation_log WHERE {mine}") == [(7000,)]
        assert missing(own) == 0
    finally:
        stop(server)


def test_a_sink_that_waits_for_clickhouse_ends_at_once_when_it_is_told_to(spine: Settings, tmp_path: Path) -> None:
    nobody = spine.model_copy(update={"home": tmp_path})
    with process(nobody) as sinks:
        wait_until(lambda: "waiting for ClickHouse" in said(nobody))
        sinks.terminate()
        assert sinks.wait(10) == 0
    assert "Traceback" not in said(nobody)

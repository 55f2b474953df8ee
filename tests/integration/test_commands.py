"""The commands as a user types them: on real parts, and with everything down; never a traceback."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas import topics
from streams import cli, store
from streams.settings import Settings
from tests.sinking import Pipe, environment, put, step, stored
from tests.topics import create, fresh, produce

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

KEFU = Path(sys.executable).with_name("kefu")
NOBODY = "127.0.0.1:9"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: object
    out: str
    err: str


Kefu = Callable[..., Said]


@pytest.fixture
def kefu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Kefu:
    """Runs ``kefu …`` in this process, with these settings."""

    def run(settings: Settings, *arguments: str) -> Said:
        monkeypatch.chdir(tmp_path)
        for name, value in environment(settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["kefu", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(ended.value.code or 0, said.out, said.err)

    return run


def test_topics_and_dead_letters_are_listed(spine: Settings, kefu: Kefu) -> None:
    origin = fresh("list")
    create(spine.kafka, origin, f"dlq.{origin}")
    produce(spine.kafka, f"dlq.{origin}", [("k", b"{no"), ("k", b"{yes")])
    listed = kefu(spine, "topics")
    assert listed.code == 0
    assert "chat.inbound.v1" in listed.out
    assert kefu(spine, "dlq", "list").out.count(f"dlq.{origin}/") == 2
    assert "{yes" in kefu(spine, "dlq", "show", origin).out
    newest = kefu(spine, "dlq", "list", "--limit", "1")
    assert [line.partition("/")[0] for line in newest.out.splitlines()] == [f"dlq.{origin}"]
    place = newest.out.split()[0]
    assert kefu(spine, "dlq", "replay", place) == Said(0, "sent 1 record back\n", "")
    assert kefu(spine, "dlq", "replay", origin) == Said(0, "sent 2 records back\n", "")
    assert kefu(spine, "tail", origin, "--since", "600", "-n", "3").out.count("{yes") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tail", "nowhere"], "no topic begins with 'nowhere'; `kefu topics` lists them"),
        (["dlq", "show", "nowhere"], "no topic begins with 'dlq.nowhere'"),
        (["dlq", "show", "chat.inbound.v1/0/99999"], "no dead letter at chat.inbound.v1/0/99999; `kefu dlq list`"),
        (["dlq", "replay", "chat.inbound.v1/0/99999"], "no dead letter at chat.inbound.v1/0/99999; `kefu dlq list`"),
    ],
)
def test_what_is_not_there_is_said_so(spine: Settings, kefu: Kefu, arguments: list[str], words: str) -> None:
    said = kefu(spine, *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"kefu: {words}")


def test_a_message_is_sent_without_waiting(spine: Settings, kefu: Kefu) -> None:
    said = kefu(spine, "send", "你好", "--wait", "0")
    assert said.code == 0
    assert re.fullmatch(r"msg-[0-9a-f]{24}\n", said.out)


def test_without_kafka_a_command_says_so_in_a_line(spine: Settings, kefu: Kefu) -> None:
    said = kefu(spine.model_copy(update={"kafka": NOBODY}), "send", "hello")
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1].startswith("kefu: ")
    assert "Broker transport failure" in said.err


def test_another_partition_count_is_refused(spine: Settings) -> None:
    said = process(spine.model_copy(update={"partitions": 7}), "migrate")
    assert said.returncode == 1
    assert re.search(r"^kefu: KEFU_PARTITIONS=7, but topic \S+ has 4 partitions", said.stderr, re.MULTILINE)
    assert "Traceback" not in said.stderr


def test_a_wrong_setting_and_an_unknown_worker_stop_the_start(spine: Settings) -> None:
    said = process(spine, "worker", "nobody")
    assert said.returncode == 1
    assert said.stderr.startswith("kefu: no worker is called 'nobody'; there are dialogue, inference, tools, sinks")


def process(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [KEFU, *arguments], env=environment(settings), capture_output=True, text=True, timeout=60, check=False
    )


def test_migrate_creates_what_is_missing_and_the_doctor_is_content_with_it(settings: Settings, kefu: Kefu) -> None:
    with store.connect(settings, database=False) as client:
        client.command(f"DROP DATABASE {settings.clickhouse_database} SYNC")
    assert "✗ ClickHouse: " in kefu(settings, "doctor").out
    first, second = process(settings, "migrate"), process(settings, "migrate")
    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
    assert "applied 0001_tables" in first.stdout
    said = kefu(settings, "doctor")
    assert f"✓ Kafka: {settings.kafka}, all " in said.out
    assert "0 log rows, none missing" in said.out
    assert said.code == 1, "no gateway answers"


def test_the_doctor_sees_rows_that_are_missing(settings: Settings, kefu: Kefu) -> None:
    pipe = Pipe(settings)
    put(settings, pipe.log, map(step, range(50)))
    pipe.move(lambda: stored(settings) == 50)
    assert "✓ ClickHouse" in kefu(settings, "doctor").out
    with store.connect(settings) as client:
        client.command("DELETE FROM stored_offsets WHERE kafka_offset IN (1, 2)")
    assert re.search(
        r"✗ ClickHouse: \d log records are missing: the view `reconciliation`", kefu(settings, "doctor").out
    )


def test_the_doctor_sees_topics_that_are_missing(spine: Settings, kefu: Kefu, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = topics.created()
    monkeypatch.setattr("streams.topology.wanted", lambda: wanted | {"gone.v1": {}})
    assert "✗ Kafka: 1 topics are missing, such as gone.v1; run `kefu migrate`" in kefu(spine, "doctor").out


def test_a_reader_that_goes_away_ends_tail_quietly(spine: Settings) -> None:
    topic = fresh("pipe")
    create(spine.kafka, topic)
    produce(spine.kafka, topic, [("k", json.dumps({"n": number}).encode() * 50) for number in range(5000)])
    tail = subprocess.Popen(
        [KEFU, "tail", topic, "--since", "600"], env=environment(spine), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert tail.stdout is not None
    assert tail.stderr is not None
    tail.stdout.readline()
    tail.stdout.close()
    assert tail.wait(30) != 0
    assert tail.stderr.read() == b""
    tail.stderr.close()


def heeding_ctrl_c() -> None:
    """A shell starts background jobs deaf to Ctrl-C, and they hand that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_a_chat_at_its_prompt(spine: Settings) -> None:
    chat = subprocess.Popen(
        [KEFU, "chat"],
        env=environment(spine),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,  # noqa: PLW1509 - no threads here
    )
    assert chat.stdout is not None
    said = b""
    while not said.endswith(b"you: "):
        piece = os.read(chat.stdout.fileno(), 4096)
        assert piece, "the chat ended by itself"
        said += piece
    chat.send_signal(signal.SIGINT)
    try:
        _, err = chat.communicate(timeout=30)
    finally:
        chat.kill()
    assert (chat.returncode, err) == (130, b"")

"""Everything of ``make run`` together, as a user has it: many messages, bad ones, restarts, a second copy."""

import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from schemas import times
from tests.servers.system import System, running
from tests.topics import PACKED, produce, read, values, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

TEXTS = (
    "你好",
    "怎么退货?",
    "how long does delivery take?",
    "退款多久到账",
    "hello",
    "how long do I have to return this?",
    "谢谢",
    "怎么开发票?",
)
BAD = (b"{nope", b"", b"[1]", b'{"conversation_id": "x"}', b"\xff\xfe", b'{"text": 3}')


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("kefu"), KEFU_EMBEDDED="kafka,clickhouse,business") as copy:
        yield copy


class Crowd:
    """Customers of one test: their messages in order, and what became of them."""

    def __init__(self, system: System, count: int, *, bad: int = 0) -> None:
        self.system, self.count, self.bad = system, count, bad
        self.name = uuid.uuid4().hex[:6]
        self.sent: dict[str, list[str]] = defaultdict(list)

    def send(self) -> None:
        records: list[tuple[str | None, bytes]] = []
        for number in range(self.count):
            conversation, message = f"{self.name}-c{number % 53}", f"{self.name}-m{number}"
            self.sent[conversation].append(message)
            value = {"message_id": message, "conversation_id": conversation, "text": TEXTS[number % len(TEXTS)]}
            records.append((conversation, json.dumps(value).encode()))
            if self.bad and number % (self.count // self.bad) == 0:
                records.append((conversation, BAD[number % len(BAD)]))
        produce(self.system.kafka, "chat.inbound.v1", records, **{"compression.type": "lz4"})

    def replies(self) -> list[dict[str, object]]:
        found = values(self.system.kafka, "chat.outbound.v1")
        return [reply for reply in found if str(reply["in_reply_to"]).startswith(f"{self.name}-")]

    def wait(self) -> list[dict[str, object]]:
        """All replies, once each message has one."""
        found: list[dict[str, object]] = []

        def all_there() -> bool:
            found[:] = self.replies()
            return len({str(reply["in_reply_to"]) for reply in found}) >= self.count

        wait_until(all_there, seconds=120, otherwise=lambda: f"{len(found)} of {self.count}\n{self.system.logs(3000)}")
        return found

    def assert_in_order(self, replies: list[dict[str, object]]) -> None:
        """Each message has exactly one reply, and each conversation's replies are in the order of its messages."""
        answered: dict[str, list[str]] = defaultdict(list)
        for reply in replies:
            answered[str(reply["conversation_id"])].append(str(reply["in_reply_to"]))
        assert answered == self.sent

    def assert_logged(self) -> None:
        """One turn per message, no step missing, none twice."""
        mine = f"conversation_id LIKE '{self.name}-%'"
        wait_until(lambda: int(self.system.query(f"SELECT count() FROM turns WHERE {mine}")) >= self.count)
        assert int(self.system.query(f"SELECT count() FROM turns WHERE {mine}")) == self.count
        assert self.system.query("SELECT sum(missing) FROM reconciliation") == "0"
        kinds = "kind IN ('received', 'understood', 'decided', 'replied')"
        counted = self.system.query(
            f"SELECT count(), uniqExact(event_id) FROM conversation_log WHERE {mine} AND {kinds}"
        )
        assert counted.split() == [str(4 * self.count)] * 2


def test_a_thousand_messages_get_a_thousand_replies_in_order_and_a_turn_each(system: System) -> None:
    crowd = Crowd(system, 1000)
    crowd.send()
    replies = crowd.wait()
    assert len(replies) == 1000
    crowd.assert_in_order(replies)
    crowd.assert_logged()


def test_fifty_malformed_records_are_put_aside_with_reasons_and_harm_nobody(system: System) -> None:
    before = len(read(system.kafka, "dlq.chat.inbound.v1"))
    crowd = Crowd(system, 1000, bad=50)
    crowd.send()
    crowd.assert_in_order(crowd.wait())
    crowd.assert_logged()
    letters = read(system.kafka, "dlq.chat.inbound.v1")[before:]
    assert len(letters) == 50
    for letter in letters:
        assert letter.value() in BAD
        headers = dict(letter.headers())
        assert headers["__dlq.errors.topic"] == b"chat.inbound.v1"
        assert len(headers["__dlq.errors.message"]) > 10
    listed = system.kefu("dlq", "list")
    assert listed.returncode == 0
    assert listed.stdout.count("Rejected") >= 50


def test_what_is_too_large_once_it_is_unpacked_is_put_aside_and_stops_nobody(system: System) -> None:
    name = uuid.uuid4().hex[:6]
    large = [(f"{name}-large", b"x" * 5_000_000), *[(f"{name}-" + "k" * 600_000, b'{"text": "hello"}')] * 25]
    produce(system.kafka, "chat.inbound.v1", large, **PACKED, **{"batch.size": 50_000_000, "linger.ms": 1000})
    crowd = Crowd(system, 100)
    crowd.send()
    crowd.assert_in_order(crowd.wait())
    letters = [one for one in read(system.kafka, "dlq.chat.inbound.v1") if one.key().startswith(name.encode())]
    (part,) = [one.value() for one in letters if one.key() == f"{name}-large".encode()]
    assert b"x" * 1_000_000 in part
    assert [one.value() for one in letters if len(one.key()) > 500_000] == [b'{"text": "hello"}'] * 25


def test_a_question_over_http_is_answered_with_intent_and_citation(system: System) -> None:
    body = {"query": "How do I get an invoice?", "context": {"user_id": f"u-{uuid.uuid4().hex[:6]}"}}
    answer = httpx.post(f"{system.url}/v1/query", json=body, timeout=60, trust_env=False).json()
    assert answer["response"]["intent"]["name"] == "invoice_request"
    assert answer["reply"]["source"] == "knowledge"
    assert answer["reply"]["citations"][0]["article_id"].endswith(".en")
    assert answer["response"]["answer"] == answer["reply"]["text"]


def test_personal_data_reaches_neither_the_log_nor_the_inbound_topic_through_the_gateway(system: System) -> None:
    phone, conversation = "13800138000", f"pii-{uuid.uuid4().hex[:6]}"
    body = {"text": f"我的电话是{phone},怎么退货?", "conversation_id": conversation}
    assert httpx.post(f"{system.url}/v1/messages", json=body, timeout=30, trust_env=False).status_code == 202
    where = f"conversation_id = '{conversation}'"
    wait_until(lambda: system.query(f"SELECT count() FROM turns WHERE {where}") == "1")
    assert phone not in system.query(f"SELECT * FROM conversation_log WHERE {where}")
    inbound = [m.value() for m in read(system.kafka, "chat.inbound.v1") if m.key() == conversation.encode()]
    assert len(inbound) == 1
    assert phone.encode() not in inbound[0]


def test_a_change_of_knowledge_is_answered_with_within_moments(system: System) -> None:
    article = {
        "article_id": "test-mascot.en",
        "language": "en",
        "title": "Our mascot",
        "text": "Our mascot is a heron.",
        "questions": ["What is your mascot called?", "Which bird is your mascot?"],
    }
    produce(system.kafka, "knowledge.articles.v1", [("test-mascot.en", json.dumps(article).encode())])

    def knows() -> bool:
        body = {"query": "Which bird is your mascot?", "context": {"user_id": uuid.uuid4().hex}}
        reply = httpx.post(f"{system.url}/v1/query", json=body, timeout=60, trust_env=False).json()["reply"]
        return str(reply["text"]) == "Our mascot is a heron."

    wait_until(knows, seconds=20)


def test_the_commands_of_a_user_work_on_a_running_system(system: System) -> None:
    said = system.kefu("send", "你好")
    assert said.returncode == 0, said.stderr
    assert "[script, greeting]" in said.stdout
    assert "chat.inbound.v1" in system.kefu("topics").stdout
    doctor = system.kefu("doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "offline" in doctor.stdout
    shown = system.kefu("tail", "chat.outbound", "--since", "600", "-n", "1")
    assert json.loads(shown.stdout)["reply_id"].startswith("reply-")


def test_a_tool_is_called_and_a_person_takes_a_conversation(system: System) -> None:
    name = uuid.uuid4().hex[:6]
    call = {
        "request_id": name, "message_id": "m1", "conversation_id": name, "tool": "order_lookup",
        "arguments": {"order_number": "KF10000003"}, "occurred_at": "2026-03-02T09:15:30.250Z",
        "deadline": times.rfc3339(time.time() + 60),
    }  # fmt: skip
    produce(system.kafka, "tools.requests.v1", [(name, json.dumps(call).encode())])
    told: list[Any] = []

    def answered() -> bool:
        told[:] = [one for one in values(system.kafka, "tools.results.v1") if one["request_id"] == name]
        return bool(told)

    wait_until(answered)
    assert [(one["outcome"], one["value"]["status"]) for one in told] == [("done", "delivered")]
    wanted = {"event_id": name, "kind": "requested", "conversation_id": name, "occurred_at": call["occurred_at"]}
    produce(system.kafka, "handover.events.v1", [(name, json.dumps(wanted).encode())])
    wait_until(lambda: name in system.kefu("inbox", "list").stdout)
    assert system.kefu("inbox", "take", name, "--as", "li").returncode == 0
    assert "li has this conversation" in system.kefu("inbox", "take", name, "--as", "wang").stderr


def test_a_second_copy_runs_beside_it_and_the_next_start_finds_earlier_data(
    system: System, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("second")
    second = System(folder, {"KEFU_EMBEDDED": "kafka,clickhouse"})
    second.start()
    crowd = Crowd(second, 50)
    crowd.send()
    crowd.wait()
    crowd.assert_logged()
    assert second.stop() == []
    second.start()
    try:
        assert len({reply["in_reply_to"] for reply in crowd.replies()}) == 50
        crowd.assert_logged()
    finally:
        assert second.stop() == []
    assert system.kefu("send", "hello").returncode == 0


def test_all_processes_together_are_small(system: System) -> None:
    resident = sum(process.memory_info().rss for process in system.processes())
    assert resident < 4 * 1024**3, f"{resident / 1024**2:.0f} MiB"
    assert os.getpid() not in [process.pid for process in system.processes()]

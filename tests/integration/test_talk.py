"""Talking from the terminal over a real broker, with a small responder in the dialogue worker's place."""

import threading
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas import codec, topics
from schemas.messages import Citation, InboundMessage
from streams import talk
from streams.sender import Sender
from streams.settings import Settings
from tests.servers.gateway import answer
from tests.topics import PARTITIONS, fresh, produce, read

pytestmark = pytest.mark.kafka

NOT_LED = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.UNKNOWN_TOPIC_OR_PART}


@pytest.fixture(scope="module")
def answered(spine: Settings) -> Iterator[Settings]:
    """Every message that does not say "silence" is answered at once, after a record that nobody can read."""
    ended = threading.Event()
    consumer = Consumer({"bootstrap.servers": spine.kafka, "group.id": fresh("responder")})
    places = [TopicPartition(topics.INBOUND.name, part) for part in range(PARTITIONS)]
    ends = [_end(consumer, place) for place in places]
    consumer.assign([TopicPartition(p.topic, p.partition, end) for p, end in zip(places, ends, strict=True)])
    sender = Sender(spine.kafka, client_id="responder")

    def respond() -> None:
        while not ended.is_set():
            record = consumer.poll(0.05)
            if record is not None and record.error() is None:
                _reply(sender, codec.decode(topics.INBOUND, record.value()))
        consumer.close()

    thread = threading.Thread(target=respond)
    thread.start()
    yield spine.model_copy(update={"answer_deadline_s": 20.0})
    ended.set()
    thread.join()


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """Where a partition ends; topics that were just made have no leaders for a moment."""
    while True:
        try:
            return int(consumer.get_watermark_offsets(place, timeout=10)[1])
        except KafkaException as problem:
            if problem.args[0].code() not in NOT_LED:
                raise
            time.sleep(0.1)


def _reply(sender: Sender, message: InboundMessage) -> None:
    key = message.conversation_id.encode()
    sender.send(topics.OUTBOUND.name, key, b"{nothing that can be read")
    if message.text != "silence":
        reply = answer(message)
        cited = Citation(article_id="a.en", title="Returns")
        said = codec.encode(reply).replace(b'"citations":[]', b'"citations":[' + codec.encode(cited) + b"]")
        sender.send(topics.OUTBOUND.name, key, said)
    sender.flush_now()


def sent(settings: Settings, conversation: str) -> list[InboundMessage]:
    records = [m for m in read(settings.kafka, topics.INBOUND.name) if m.key() == conversation.encode()]
    return [codec.decode(topics.INBOUND, record.value()) for record in records]


def test_a_message_is_answered_with_its_source_intent_and_citations(
    answered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    conversation = fresh("c")
    assert talk.say(answered, "怎么退货?", conversation=conversation, wait_s=20) == 0
    assert capsys.readouterr().out == "you said: 怎么退货?\n      [script, greeting, Returns]\n"
    (message,) = sent(answered, conversation)
    assert (message.text, message.channel, message.conversation_id) == ("怎么退货?", "cli", conversation)


def test_without_an_answer_in_time_the_exit_code_says_so(
    answered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk.say(answered, "silence", conversation="", wait_s=0.5) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no reply within" in said.err
    assert "`kefu doctor`" in said.err


def test_without_waiting_the_message_id_is_printed(answered: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    conversation = fresh("c")
    assert talk.say(answered, "silence", conversation=conversation, wait_s=0) == 0
    assert [capsys.readouterr().out.strip()] == [message.message_id for message in sent(answered, conversation)]


@pytest.mark.parametrize("end", ["", None], ids=["an empty line", "the end of the input"])
def test_a_chat_is_one_conversation_until_its_end(
    answered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, end: str | None
) -> None:
    conversation, lines = fresh("c"), ["hello", "and then?", end]

    def typed(prompt: str) -> str:
        line = lines.pop(0)
        if line is None:
            raise EOFError
        return line

    monkeypatch.setattr("builtins.input", typed)
    talk.chat(answered, conversation=conversation)
    said = capsys.readouterr().out
    assert said.startswith(f"conversation {conversation};")
    assert said.index("kefu: you said: hello\n") < said.index("kefu: you said: and then?\n")
    assert [message.text for message in sent(answered, conversation)] == ["hello", "and then?"]


def test_a_chat_goes_on_without_an_answer(
    answered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["silence", "hello", ""]
    monkeypatch.setattr("builtins.input", lambda prompt: lines.pop(0))
    talk.chat(answered.model_copy(update={"answer_deadline_s": 1.0}), conversation="")
    said = capsys.readouterr().out
    assert "kefu did not answer in time; the message is not lost" in said
    assert "kefu: you said: hello" in said


def test_the_demo_plays_every_sample_and_counts_what_is_unanswered(
    answered: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "SAMPLES", (("hello", "silence"), ("thanks",)))
    assert talk.demo(answered.model_copy(update={"answer_deadline_s": 1.0})) == 1
    assert [line.strip() for line in capsys.readouterr().out.splitlines() if "[" not in line] == [
        "customer: hello",
        "kefu: you said: hello",
        "customer: silence",
        "kefu: (no reply)",
        "",
        "customer: thanks",
        "kefu: you said: thanks",
        "",
    ]


def test_what_lies_on_the_topic_from_before_is_no_answer(answered: Settings) -> None:
    produce(answered.kafka, topics.OUTBOUND.name, [("c", b"{}")])
    assert talk.say(answered, "hello", conversation="", wait_s=20) == 0

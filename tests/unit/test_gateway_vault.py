"""Personal data is masked before it is appended, comes back to its person only, and goes with its key."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from schemas.errors import Unavailable
from schemas.messages import InboundMessage, Reply, Sealed
from schemas.operations import ConversationKey
from schemas.topics import KEYS
from streams.gateway import vault
from streams.gateway.fakes import MemoryKafka
from streams.gateway.vault import Vault

SECRET = b"only for these tests"


def ready(kafka: MemoryKafka, secret: bytes = SECRET) -> Vault:
    made = Vault(kafka, secret, lambda: 1_769_846_709.12)
    for event in kafka.events(KEYS):
        assert isinstance(event, ConversationKey)
        made.key_changed(event)
    made.caught_up.set()
    return made


def said(text: str, conversation: str = "c", **more: dict[str, Sealed]) -> InboundMessage:
    return InboundMessage(message_id="m", conversation_id=conversation, text=text, **more)  # type: ignore[arg-type]


def echoed(message: InboundMessage, conversation: str = "c") -> Reply:
    return Reply(
        reply_id="r",
        in_reply_to="m",
        conversation_id=conversation,
        text=message.text,
        source="model",
        language="en",
        personal=message.personal,
    )


async def test_what_is_masked_is_filled_in_again_after_a_restart_too() -> None:
    kafka = MemoryKafka()
    masked = await ready(kafka).masked(said("call 13800138000, mail a@b.cn"))
    assert masked.text == "call [PHONE_1], mail [EMAIL_1]"
    filled = ready(kafka).filled(echoed(masked))
    assert (filled.text, filled.personal) == ("call 13800138000, mail a@b.cn", {})


async def test_a_conversation_has_one_key_even_when_messages_come_at_once() -> None:
    kafka = MemoryKafka()
    made = ready(kafka)
    first, second = await asyncio.gather(made.masked(said("call 13800138000")), made.masked(said("or 13800138000")))
    assert len(kafka.events(KEYS)) == 1
    assert first.personal == second.personal


async def test_without_personal_data_no_key_is_made_and_nothing_changes() -> None:
    kafka = MemoryKafka()
    message = said("hello")
    assert await Vault(kafka, SECRET, lambda: 0.0).masked(message) is message
    assert kafka.records == []


async def test_what_a_sender_says_of_placeholders_is_not_believed() -> None:
    forged = said("[PHONE_1]", personal={"[PHONE_1]": Sealed(mark="x", box="x")})
    assert (await ready(MemoryKafka()).masked(forged)).personal == {}


async def forgotten(kafka: MemoryKafka) -> Vault:
    made = ready(kafka)
    made.key_changed(ConversationKey(conversation_id="c"))
    return made


async def elsewhere(kafka: MemoryKafka) -> Vault:
    return ready(kafka, b"the secret of others")


async def replaced(kafka: MemoryKafka) -> Vault:
    made = ready(kafka)
    made.key_changed(ConversationKey(conversation_id="c", salt="another"))
    return made


@pytest.mark.parametrize("other", [forgotten, elsewhere, replaced])
async def test_without_the_key_placeholders_stay(other: Callable[[MemoryKafka], Awaitable[Vault]]) -> None:
    kafka = MemoryKafka()
    masked = await ready(kafka).masked(said("call 13800138000"))
    assert (await other(kafka)).filled(echoed(masked)).text == "call [PHONE_1]"


async def test_boxes_of_one_conversation_say_nothing_in_another() -> None:
    kafka = MemoryKafka()
    made = ready(kafka)
    masked, _ = await made.masked(said("call 13800138000")), await made.masked(said("call 13900139000", "d"))
    assert made.filled(echoed(masked, "d")).text == "call [PHONE_1]"


async def test_no_key_is_made_before_the_keys_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "PATIENCE_S", 0.01)
    with pytest.raises(Unavailable, match="still being read"):
        await Vault(MemoryKafka(), SECRET, lambda: 0.0).masked(said("call 13800138000"))


async def test_where_the_key_is_not_written_the_message_is_not_either_and_may_come_again() -> None:
    kafka = MemoryKafka(down="Kafka is away")
    made = ready(kafka)
    with pytest.raises(Unavailable, match="away"):
        await made.masked(said("call 13800138000"))
    kafka.down = ""
    assert (await made.masked(said("call 13800138000"))).text == "call [PHONE_1]"

"""Personal data on its way to a business system: filled in at the last moment, and never told as a placeholder."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.dialogue.personal import sealing
from agents.tasks.move import Progress
from agents.tools.unfilled import UNREADABLE, unfilled
from agents.understanding.vault import key_of, sealed
from schemas import times
from schemas.messages import Sealed
from schemas.operations import ConversationKey
from schemas.tools import ToolRequest
from streams.tools.business import Business
from streams.tools.caller import Clocks, PluginCaller
from streams.tools.grants import Grants
from streams.tools.personal import Values
from streams.tools.plugin import Context
from tests.samples import tool_result
from tests.understood import asked, sample_tasks

SECRET, SALT, NOW = b"only for these tests", "0a1b", 1_772_442_930.25
ADDRESS, PHONE = "杭州市西湖区文三路478号", "138 0013 8000"
KEY = ConversationKey(conversation_id="c1", salt=SALT)


class AddressBook:
    """A plugin that keeps what it is told."""

    name = "change_address"
    about = "Keep an address."
    arguments: dict[str, Any] = {"type": "object"}
    scopes = ()
    timeout_s = 5.0
    changes = True

    def __init__(self) -> None:
        self.told = list[Any]()

    async def execute(self, context: Context) -> dict[str, Any]:
        self.told.append(context.arguments)
        return {"status": "changed"}


def by_gateway(**values: str) -> dict[str, Sealed]:
    """What a channel seals, with the salt of the conversation."""
    return sealed({f"[{name}]": value for name, value in values.items()}, key_of(SECRET, SALT, "c1"), "c1")


def by_dialogue(type_: str, value: str) -> dict[str, Sealed]:
    """What the dialogue seals of an unmasked message, without a salt."""
    return {f"[{type_.upper()}_1]": sealing(SECRET, "c1")(type_, value)}


def request(arguments: dict[str, Any], personal: dict[str, Sealed]) -> ToolRequest:
    return ToolRequest(
        request_id="call-1",
        message_id="m1",
        conversation_id="c1",
        tool="change_address",
        arguments=arguments,
        personal=personal,
        deadline=times.rfc3339(NOW + 30),
        occurred_at=times.rfc3339(NOW),
    )


@pytest.fixture
def values() -> Values:
    known = Values(SECRET)
    known.key_changed("c1", KEY)
    return known


@pytest.fixture
async def business() -> AsyncIterator[Business]:
    client = Business("http://127.0.0.1:9")
    yield client
    await client.aclose()


async def at_once(seconds: float) -> None:
    """Time passes only in words."""


def calling(book: AddressBook, values: Values, business: Business, sleep: Any = at_once) -> PluginCaller:
    clocks = Clocks(lambda: NOW, lambda: NOW, sleep)
    return PluginCaller({book.name: book}, Grants(frozenset("*")), business, clocks, values.filled)


def test_what_a_gateway_sealed_is_opened_with_the_conversation_s_salt(values: Values) -> None:
    filled = values.filled(request({"address": "[ADDRESS_1]"}, by_gateway(ADDRESS_1=ADDRESS)))
    assert (filled.arguments, filled.personal) == ({"address": ADDRESS}, {})


def test_what_the_dialogue_sealed_itself_is_opened_without_a_salt() -> None:
    foreign = request({"address": "[ADDRESS_1]"}, by_dialogue("address", ADDRESS))
    assert Values(SECRET).filled(foreign).arguments == {"address": ADDRESS}


def test_both_stand_in_one_call(values: Values) -> None:
    held = by_gateway(PHONE_1=PHONE) | by_dialogue("address", ADDRESS)
    filled = values.filled(request({"address": "[ADDRESS_1], call [PHONE_1]"}, held))
    assert filled.arguments == {"address": f"{ADDRESS}, call {PHONE}"}


def test_nested_arguments_are_filled_and_what_is_no_text_stays(values: Values) -> None:
    nested = {"to": [{"street": "[ADDRESS_1]", "floor": 3}, "[PHONE_1]"], "express": True, "note": None}
    filled = values.filled(request(nested, by_gateway(ADDRESS_1=ADDRESS, PHONE_1=PHONE)))
    assert filled.arguments == {"to": [{"street": ADDRESS, "floor": 3}, PHONE], "express": True, "note": None}


@pytest.mark.parametrize("gone", [None, ConversationKey(conversation_id="c1")])
def test_once_the_key_is_forgotten_the_placeholder_stays(values: Values, gone: ConversationKey | None) -> None:
    values.key_changed("c1", gone)
    filled = values.filled(request({"address": "[ADDRESS_1]"}, by_gateway(ADDRESS_1=ADDRESS)))
    assert filled.arguments == {"address": "[ADDRESS_1]"}


def test_another_conversation_s_or_installation_s_box_stays_shut(values: Values) -> None:
    other = sealed({"[ADDRESS_1]": ADDRESS}, key_of(SECRET, SALT, "c1"), "c2")
    stolen = sealed({"[ADDRESS_1]": ADDRESS}, key_of(b"another", SALT, "c1"), "c1")
    for held in (other, stolen):
        assert values.filled(request({"address": "[ADDRESS_1]"}, held)).arguments == {"address": "[ADDRESS_1]"}


async def test_the_business_system_is_told_the_value(values: Values, business: Business) -> None:
    book = AddressBook()
    called = await calling(book, values, business).call(
        request({"address": "[ADDRESS_1]"}, by_gateway(ADDRESS_1=ADDRESS))
    )
    assert (called.outcome, book.told) == ("done", [{"address": ADDRESS}])


async def test_a_key_that_is_read_a_moment_after_the_call_is_waited_for(business: Business) -> None:
    book, late = AddressBook(), Values(SECRET)

    async def sleep(seconds: float) -> None:
        late.key_changed("c1", KEY)

    held = request({"address": "[ADDRESS_1]"}, by_gateway(ADDRESS_1=ADDRESS))
    called = await calling(book, late, business, sleep).call(held)
    assert (called.outcome, book.told) == ("done", [{"address": ADDRESS}])


@pytest.mark.parametrize(
    "arguments",
    [
        {"address": "[ADDRESS_1]"},
        {"address": "Room 3, [ADDRESS_1]"},
        {"to": [{"address": "[ADDRESS_1]"}]},
        {"password": "[SECRET_1]"},
    ],
)
async def test_a_placeholder_is_never_told_to_a_business_system(
    values: Values, business: Business, arguments: dict[str, Any]
) -> None:
    values.key_changed("c1", None)
    book = AddressBook()
    called = await calling(book, values, business).call(request(arguments, by_gateway(ADDRESS_1=ADDRESS)))
    assert (called.outcome, called.value["code"], called.reason, book.told) == ("refused", UNREADABLE, UNREADABLE, [])
    assert ADDRESS not in str(called)


@pytest.mark.parametrize("text", ["", "[1] [NOTE] [URGENT]", "my password was [SECRET_1], sorry", "[address_1]"])
def test_what_only_looks_like_one_or_hides_a_secret_in_a_text_stops_no_call(text: str) -> None:
    assert unfilled({"text": text}) == ""


def confirmed(**slots: str) -> Progress:
    """A change of address that was confirmed and is with the business system."""
    known = {"order": {"status": "paid"}, "_language": "en"}
    return Progress("address_change", slots={"order_number": "KF30000004", **slots}, known=known, step="changed")


def unreadable(progress: Progress) -> Any:
    refused = tool_result("call-1", "change_address", outcome="refused", value={"code": UNREADABLE}, reason=UNREADABLE)
    return sample_tasks().told(progress, refused, asked("yes", written=NOW))


def test_a_task_asks_once_more_for_what_cannot_be_read_and_keeps_the_rest() -> None:
    move = unreadable(confirmed(address="[ADDRESS_1]"))
    assert (move.why, move.hand_over) == ("ask:address", "")
    assert move.progress.slots == {"order_number": "KF30000004"}
    assert "can no longer read" in move.text


def test_after_some_tries_or_where_nothing_can_be_asked_for_a_person_helps() -> None:
    progress = confirmed(address="[ADDRESS_1]")
    for _ in range(2):
        progress = unreadable(progress).progress
        progress = Progress(
            progress.name, progress.slots | {"address": "[ADDRESS_1]"}, known=progress.known, step="changed"
        )
    assert unreadable(progress).hand_over == "not_understood"
    assert unreadable(confirmed(address="Main Street 1")).hand_over == UNREADABLE

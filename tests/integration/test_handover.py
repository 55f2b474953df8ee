"""The console on a real broker: two gateways, one log; who takes first has it, and a new gateway knows everything."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import codec, times, topics
from schemas.operations import HandoverEvent
from streams.gateway.main import composed
from streams.gateway.ports import Limits
from streams.settings import Settings
from tests.servers.gateway import serving
from tests.topics import fresh, produce, values

pytestmark = pytest.mark.kafka

KEFU = Path(sys.executable).with_name("kefu")


@asynccontextmanager
async def gateway(spine: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway that has read the handovers, and a client of it."""
    async with (
        composed(spine, Limits()) as app,
        serving(app) as place,
        httpx.AsyncClient(base_url=f"http://{place}", timeout=20) as client,
    ):
        async with asyncio.timeout(30):
            while (await client.get("/v1/handover")).status_code != 200:
                await asyncio.sleep(0.05)
        yield client


def requested(spine: Settings, conversation: str) -> None:
    event = HandoverEvent(
        event_id=f"{conversation}-requested",
        kind="requested",
        conversation_id=conversation,
        queue="after-sales",
        text="A person, please.",
        occurred_at=times.rfc3339(time.time()),
    )
    produce(spine.kafka, topics.HANDOVER.name, [(conversation, codec.encode(event))], partitioner="murmur2_random")


async def seen(client: httpx.AsyncClient, conversation: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(f"/v1/handover/{conversation}")
            if answer.status_code == 200 and answer.json()["status"] == status:
                told: dict[str, Any] = answer.json()
                return told
            await asyncio.sleep(0.02)


async def test_of_two_at_different_gateways_one_has_it_and_both_gateways_agree(spine: Settings) -> None:
    conversations = [fresh("race") for _ in range(5)]
    async with gateway(spine) as one, gateway(spine) as other:
        for conversation in conversations:
            requested(spine, conversation)
            await asyncio.gather(*(seen(client, conversation, "waiting") for client in (one, other)))
            path = f"/v1/handover/{conversation}/take"
            answers = await asyncio.gather(
                one.post(path, json={"agent_id": "li"}), other.post(path, json={"agent_id": "wang"})
            )
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            assert len({answer.json()["agent_id"] for answer in answers}) == 1
            first, second = [await seen(client, conversation, "taken") for client in (one, other)]
            assert first["agent_id"] == second["agent_id"] == answers[0].json()["agent_id"]
            assert [event["event_id"] for event in first["events"]] == [event["event_id"] for event in second["events"]]
    taken = [event for event in values(spine.kafka, topics.HANDOVER.name) if event["conversation_id"] in conversations]
    assert len(taken) <= 3 * len(conversations)


async def test_a_gateway_that_starts_later_knows_what_was_done_and_a_repeat_is_still_one(spine: Settings) -> None:
    conversation = fresh("later")
    path, key = f"/v1/handover/{conversation}", {"Idempotency-Key": fresh("key")}
    reply = {"agent_id": "li", "text": "We send a new one."}
    async with gateway(spine) as client:
        requested(spine, conversation)
        await seen(client, conversation, "waiting")
        assert (await client.post(f"{path}/take", json={"agent_id": "li"})).status_code == 200
        assert (await client.post(f"{path}/reply", json=reply, headers=key)).status_code == 200
    async with gateway(spine) as client:
        case = await seen(client, conversation, "taken")
        assert (case["agent_id"], case["unanswered"]) == ("li", 0)
        assert (await client.post(f"{path}/reply", json=reply, headers=key)).status_code == 200
        assert (await client.post(f"{path}/return", json={"agent_id": "li"})).status_code == 200
        await seen(client, conversation, "closed")
    events = [event for event in values(spine.kafka, topics.HANDOVER.name) if event["conversation_id"] == conversation]
    assert [event["kind"] for event in events] == ["requested", "taken", "replied", "returned"]


async def test_kefu_inbox_lists_takes_answers_and_returns(spine: Settings) -> None:
    conversation = fresh("inbox")
    async with gateway(spine) as client:
        requested(spine, conversation)
        await seen(client, conversation, "waiting")
        environment = os.environ | {"KEFU_HTTP_PORT": str(client.base_url.port)}

        def inbox(*arguments: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [KEFU, "inbox", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False,
                input=typed,
            )  # fmt: skip

        listed = await asyncio.to_thread(inbox, "list", "--queue", "after-sales")
        assert f"{conversation}  waiting" in listed.stdout
        talked = await asyncio.to_thread(
            inbox, "take", conversation, "--as", "li", "--talk", typed="Hello.\n/return solved\n"
        )
        assert (talked.returncode, talked.stderr) == (0, "")
        again = await asyncio.to_thread(inbox, "reply", conversation, "hi", "--as", "li")
        assert (again.returncode, again.stderr) == (1, "kefu: nobody has this conversation; take it first\n")
        shown = await asyncio.to_thread(inbox, "show", conversation)
    for words in ("customer: A person, please.", "li: Hello.", "(li returns it: solved)"):
        assert words in shown.stdout

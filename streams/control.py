"""Reads and writes settings on ``control.settings.v1``, for commands."""

import asyncio
import time
from typing import Any

import msgspec

from schemas import codec, times, topics
from schemas.operations import Setting
from streams.follower import Follower
from streams.sender import Sender
from streams.settings import Settings


def current(settings: Settings) -> dict[str, Setting]:
    """Every setting that has a value, by name."""
    found: dict[str, Setting] = {}

    def changed(name: str, setting: Setting | None) -> None:
        found.pop(name, None) if setting is None else found.update({name: setting})

    async def read() -> None:
        follower = Follower(settings.kafka, {topics.SETTINGS: changed}, partitions=settings.partitions)
        await follower.start()
        follower.stop()

    asyncio.run(read())
    return found


def put(settings: Settings, name: str, value: Any, *, actor: str = "cli") -> None:
    """Give a setting a value; returns once Kafka has it."""
    setting = Setting(name=name, value=msgspec.to_builtins(value), actor=actor, occurred_at=times.rfc3339(time.time()))
    sender = Sender(settings.kafka, client_id="kefu-cli")
    sender.send(topics.SETTINGS.name, topics.SETTINGS.key_of(setting), codec.encode(setting))
    sender.flush_now()

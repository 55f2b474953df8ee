"""kefu's runtime on its transport: guard, dead letters, safe commits, metrics and changelog as in production."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from agents.intake import Inputs
from agents.ports import Record, When
from agents.runtime import Runtime
from bench.cases.clock import StopWatch
from schemas.errors import Rejected
from schemas.messages import Event
from schemas.topics import Send, Topic
from streams.delivery import Guarantee
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics

PARTITIONS = 4


class Chat(Event, frozen=True, kw_only=True):
    """The benchmark's record, about 220 bytes of JSON."""

    id: str
    conversation: str
    channel: str
    text: str
    ts: float
    seen: int = 0


class Counted(msgspec.Struct, frozen=True):
    """How many chats of a conversation there were."""

    seen: int = 0


decode = msgspec.json.Decoder(Chat).decode


def read(record: Record) -> Chat:
    try:
        return decode(record.value or b"")
    except msgspec.DecodeError as problem:
        raise Rejected(str(problem)) from None


def changed(chat: Chat, seen: int) -> Chat:
    return Chat(id=chat.id, conversation=chat.conversation, channel=chat.channel, text=chat.text, ts=chat.ts, seen=seen)


class Timed(Metrics):
    """Metrics that also stop the watch."""

    def __init__(self, watch: StopWatch, last: asyncio.Event) -> None:
        super().__init__()
        self._watch, self._last = watch, last

    def step(self, agent: str, seconds: float, count: int) -> None:
        super().step(agent, seconds, count)
        if self._watch.add(count):
            self._last.set()


def main(bootstrap: str, source: str, target: str, count: str, mode: str) -> None:
    watch, last = StopWatch(int(count)), asyncio.Event()
    inbound, outbound = (Topic(name, Chat, "conversation", None, "") for name in (source, target))
    guarantee: Guarantee = "exactly_once" if mode.endswith("-eos") else "at_least_once"
    engine = Engine(target, bootstrap, Path("/tmp") / target, PARTITIONS, "bench", guarantee)
    app, port = faust_app(engine)
    runtime = Runtime(app, port, Timed(watch, last), clock=time.time, ticks=time.perf_counter)

    def plain(chat: Chat, when: When) -> list[Send]:
        return [Send(outbound, changed(chat, 1))]

    def counting(state: Counted, chat: Chat, when: When) -> tuple[Counted, list[Send]]:
        seen = state.seen + 1
        return Counted(seen), [Send(outbound, changed(chat, seen))]

    if mode.startswith("state"):
        runtime.stateful(target, Inputs({inbound: read}), state=Counted, step=counting)
    else:
        runtime.stateless(target, Inputs({inbound: read}), plain)

    async def until_last() -> None:
        await last.wait()
        consumer: Any = app.consumer
        await consumer.commit(topics=())
        watch.report()

    run(app, before=[], meanwhile=[until_last])


if __name__ == "__main__":
    main(*sys.argv[1:])

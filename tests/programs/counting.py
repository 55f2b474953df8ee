"""A worker that counts the chats of each conversation.

``python -m tests.programs.counting BOOTSTRAP SOURCE FOLDER INSTANCE [NAP]``: it reads topic SOURCE, keeps its state in
``state.SOURCE.v1`` and writes to ``SOURCE-out``. NAP are seconds per chat, to be killed half way.
"""

import functools
import logging
import sys
import time
from pathlib import Path

import msgspec

from agents.runtime import Inputs, Record, Runtime, When
from schemas.errors import Rejected
from schemas.messages import Event
from schemas.topics import Send, Topic
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics
from streams.sender import Sender
from streams.watchdog import watch

PARTITIONS = 4


class Chat(Event, frozen=True, kw_only=True):
    """What is counted; ``seen`` is how many of its conversation there were with it."""

    id: str
    conversation_id: str
    text: str = ""
    seen: int = 0


class Counted(msgspec.Struct, frozen=True):
    """How many chats of a conversation there were."""

    seen: int = 0


decode = msgspec.json.Decoder(Chat).decode


def read(record: Record) -> Chat:
    try:
        return decode(record.value or b"")
    except msgspec.DecodeError as problem:
        raise Rejected(f"not a chat: {problem}") from None


def topics_of(source: str) -> tuple[Topic, Topic]:
    return Topic(source, Chat, "conversation_id", None, ""), Topic(f"{source}-out", Chat, "conversation_id", None, "")


def step(target: Topic, nap: float, state: Counted, chat: Chat, when: When) -> tuple[Counted, list[Send]]:
    if nap:
        time.sleep(nap)
    if chat.text == "bug":
        raise RuntimeError("a bug in the step")
    now = Counted(state.seen + 1)
    return now, [Send(target, msgspec.structs.replace(chat, seen=now.seen))]


def main(bootstrap: str, source: str, folder: str, instance: str, nap: str = "0") -> None:
    logging.basicConfig(level="WARNING")
    inbound, outbound = topics_of(source)
    sender, metrics = Sender(bootstrap, client_id="counting"), Metrics()
    app, port = faust_app(Engine(source, bootstrap, Path(folder), PARTITIONS, instance), sender)
    runtime = Runtime(app, port, metrics, clock=time.time, ticks=time.perf_counter)
    runtime.stateful(source, Inputs({inbound: read}), state=Counted, step=functools.partial(step, outbound, float(nap)))
    run(app, before=[], meanwhile=[functools.partial(watch, app, metrics, 60.0)])


if __name__ == "__main__":
    main(*sys.argv[1:])

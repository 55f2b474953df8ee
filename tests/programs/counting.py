"""A worker that counts the chats of each conversation.

``python -m tests.programs.counting BOOTSTRAP SOURCE FOLDER INSTANCE GUARANTEE NAP [DIE]``: it reads the topics SOURCE
and ``SOURCE-more`` into one state, which it keeps in ``state.SOURCE.v1``, and writes to ``SOURCE-out``. NAP are seconds
per chat, to be killed half way. A chat whose text is ``wake SECONDS`` sets a timer, whose end is told as a chat with
the id ``woken ID``; texts of ``MISHAPS`` go wrong. DIE is a point of the third commit at which the process kills
itself: see ``tests.programs.dying``.
"""

import functools
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from agents.intake import Inputs
from agents.ports import Record, Wake, When, Woken
from agents.runtime import Runtime
from schemas.errors import Rejected
from schemas.messages import Event
from schemas.topics import Send, Topic
from streams import pulse
from streams.delivery import Guarantee
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics
from streams.watchdog import watch
from tests.programs.dying import die_at

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


def fail() -> None:
    raise RuntimeError("a bug in the step")


def spin() -> None:
    while True:
        pass


def hold() -> None:
    """A call into C that lets no other thread run, for longer than anybody lives."""
    re.match(r"(a+)+$", "a" * 60 + "b")


MISHAPS: dict[str, Callable[[], None]] = {"bug": fail, "spin": spin, "hold": hold}
"""What goes wrong in the step of a chat with such a text."""

decode = msgspec.json.Decoder(Chat).decode


def read(record: Record) -> Chat:
    try:
        return decode(record.value or b"")
    except msgspec.DecodeError as problem:
        raise Rejected(f"not a chat: {problem}") from None


def topics_of(source: str) -> tuple[Topic, Topic]:
    return Topic(source, Chat, "conversation_id", None, ""), Topic(f"{source}-out", Chat, "conversation_id", None, "")


def step(
    target: Topic, nap: float, state: Counted, event: Chat | Woken, when: When
) -> tuple[Counted, list[Send | Wake]]:
    if isinstance(event, Woken):
        told = Chat(id=f"woken {event.what}", conversation_id=event.conversation_id, seen=state.seen)
        return state, [Send(target, told)]
    if nap:
        time.sleep(nap)
    if event.text in MISHAPS:
        MISHAPS[event.text]()
    now = Counted(state.seen + 1)
    said: list[Send | Wake] = [Send(target, msgspec.structs.replace(event, seen=now.seen))]
    if event.text.startswith("wake "):
        said.append(Wake(when.now + float(event.text.removeprefix("wake ")), event.id))
    return now, said


def main(engine: Engine, nap: float) -> None:
    logging.basicConfig(level="WARNING")
    inbound, outbound = topics_of(engine.group)
    metrics, stalled_s = Metrics(), float(os.environ.get("STALLED_S", "60"))
    app, port = faust_app(engine)
    runtime = Runtime(app, port, metrics, clock=time.time, ticks=time.perf_counter)
    more = Topic(f"{engine.group}-more", Chat, "conversation_id", None, "")
    runtime.stateful(
        engine.group, Inputs({inbound: read, more: read}), state=Counted, step=functools.partial(step, outbound, nap)
    )
    watching = (
        functools.partial(watch, app, metrics, stalled_s),
        functools.partial(pulse.keep, port.end, stalled_s),
    )
    run(app, meanwhile=[runtime.ring, *watching])


if __name__ == "__main__":
    bootstrap, source, folder, instance, guarantee, nap, *points = sys.argv[1:]
    for point in points:
        die_at(point)
    session_s = float(os.environ["SESSION_S"])
    promised: Guarantee = "exactly_once" if guarantee == "exactly_once" else "at_least_once"
    main(Engine(source, bootstrap, Path(folder), PARTITIONS, instance, promised, session_s=session_s), float(nap))

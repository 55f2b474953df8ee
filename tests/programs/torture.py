"""The long test: dialogue workers are killed, put to sleep and rebalanced under load, then everything is counted.

``python -m tests.programs.torture [MESSAGES KILLS SLEEPS JOINS]`` (100000 20 10 10): two workers of ``kefu worker
dialogue`` on a broker of their own, a third that joins and leaves. It prints the seconds without any reply after each
blow, and fails unless every reply came exactly once and in order and every state equals the fold of the pure step.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer
from msgspec import convert

from agents import catalog
from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.dialogue.step import Dialogue
from agents.ports import When
from agents.tasks import Tasks, load
from agents.understanding import understander
from schemas.messages import InboundMessage
from streams import topology
from streams.desk import LiveDesk
from streams.states import States
from streams.waiting import until
from tests.servers.kafka import running

PARTITIONS, CONVERSATIONS = 12, 997
TEXTS = (
    "你好",
    "怎么退货?",
    "how long does delivery take?",
    "退款多久到账",
    "hello",
    "how do I return this?",
    "谢谢",
    "怎么开发票?",
)
ASLEEP_S = 13.0
"""Longer than a session: the others take the sleeper's partitions over."""
SILENCE_S = 180.0
"""Seconds without any reply after which no more are expected."""


@dataclass
class Workers:
    """Dialogue workers that are started again whenever they end, as the supervisor of ``kefu up`` does."""

    bootstrap: str
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    over: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str) -> None:
        self._launch(name)
        self.wanted |= {name}

    def _launch(self, name: str) -> None:
        own = {"KEFU_HOME": str(self.folder), "KEFU_KAFKA": self.bootstrap, "KEFU_WORKER": name, "KEFU_OLLAMA_URLS": ""}
        command = [str(Path(sys.executable).with_name("kefu")), "worker", "dialogue"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)

    def supervise(self) -> None:
        while not self.over.wait(0.2):
            for name in [name for name in self.wanted if self.running[name].poll() is not None]:
                self._launch(name)

    def leave(self, name: str) -> None:
        self.wanted -= {name}
        self.running[name].terminate()
        self.running[name].wait(30)

    def end(self) -> None:
        self.over.set()
        time.sleep(0.5)
        for process in self.running.values():
            process.kill()
            process.wait()


def message(number: int) -> dict[str, str]:
    """No text holds an order's number: with one, a task would call a tool, which nothing here answers."""
    text = f"{TEXTS[number % len(TEXTS)]} {number % 1000}"
    return {"message_id": f"m{number}", "conversation_id": f"c{number % CONVERSATIONS}", "text": text}


class Replies(threading.Thread):
    """Reads the replies as they become visible, and knows when the last one came."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(daemon=True)
        settings = {"bootstrap.servers": bootstrap, "group.id": "torture", "auto.offset.reset": "earliest"}
        self._consumer = Consumer(settings | {"isolation.level": "read_committed"})
        self._consumer.subscribe(["chat.outbound.v1"])
        self.by_conversation: dict[str, list[str]] = defaultdict(list)
        self.count, self.last, self.over = 0, time.monotonic(), False

    def run(self) -> None:
        while not self.over:
            for record in self._consumer.consume(5000, 0.1):
                if record.error() is None:
                    reply = json.loads(record.value() or b"")
                    self.by_conversation[reply["conversation_id"]].append(reply["in_reply_to"])
                    self.count, self.last = self.count + 1, time.monotonic()
        self._consumer.close()


def blows(workers: Workers, kills: int, sleeps: int, joins: int) -> list[tuple[str, Callable[[], None]]]:
    """What is done to the workers, in a shuffled order that is the same each time."""

    def kill() -> None:
        workers.running[chance.choice(("1", "2"))].kill()

    def sleep() -> None:
        process = workers.running[chance.choice(("1", "2"))]
        process.send_signal(19)
        time.sleep(ASLEEP_S)
        process.send_signal(18)

    def join() -> None:
        workers.start("3")
        time.sleep(6)
        workers.leave("3")

    chance = random.Random(4)
    chosen = [("kill -9", kill)] * kills + [("SIGSTOP", sleep)] * sleeps + [("join and leave", join)] * joins
    chance.shuffle(chosen)
    return chosen


def main(count: int, kills: int, sleeps: int, joins: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kefu-torture-") as folder, running(Path(folder, "kafka")) as broker:
        until("Kafka", lambda: topology.create(broker.bootstrap, partitions=PARTITIONS, replication=1))
        workers, replies = Workers(broker.bootstrap, Path(folder)), Replies(broker.bootstrap)
        try:
            torture(workers, replies, count, (kills, sleeps, joins))
            check(replies, count)
            asyncio.run(check_states(broker.bootstrap, count))
        finally:
            workers.end()
            replies.over = True
            replies.join()


def torture(workers: Workers, replies: Replies, count: int, numbers: tuple[int, int, int]) -> None:
    for name in ("1", "2"):
        workers.start(name)
    threading.Thread(target=workers.supervise, daemon=True).start()
    replies.start()
    plan = blows(workers, *numbers)
    portions = Portions(workers.bootstrap, count, len(plan) + 1)
    portions.send()
    wait(lambda: replies.count > 0, 60)
    gaps: dict[str, list[float]] = defaultdict(list)
    for what, blow in plan:
        portions.send()
        before, began = replies.count, time.monotonic()
        blow()
        wait(lambda before=before: replies.count > before, 60)  # type: ignore[misc]
        gaps[what].append(time.monotonic() - began)
        time.sleep(2)
    while replies.count < count and time.monotonic() - replies.last < SILENCE_S:
        time.sleep(0.1)
    time.sleep(3)
    for what, seconds in gaps.items():
        middle, most = sorted(seconds)[len(seconds) // 2], max(seconds)
        print(f"{what}: {len(seconds)} times; until the next reply {middle:.1f} s in the middle, {most:.1f} s at most")


def wait(condition: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.02)


class Portions:
    """Sends the messages in so many portions, one before each blow, so that it falls into the middle of work."""

    def __init__(self, bootstrap: str, count: int, portions: int) -> None:
        settings = {"partitioner": "murmur2_random", "linger.ms": 5, "enable.idempotence": True}
        self._producer = Producer({"bootstrap.servers": bootstrap, **settings})
        self._sent, self._count, self._size = 0, count, -(-count // portions)

    def send(self) -> None:
        for number in range(self._sent, min(self._sent + self._size, self._count)):
            value = message(number)
            self._producer.produce("chat.inbound.v1", json.dumps(value).encode(), value["conversation_id"])
        self._producer.flush()
        self._sent += self._size


def check(replies: Replies, count: int) -> None:
    wanted: dict[str, list[str]] = defaultdict(list)
    for number in range(count):
        wanted[f"c{number % CONVERSATIONS}"].append(f"m{number}")
    got = replies.by_conversation
    twice = sum(len(ids) - len(set(ids)) for ids in got.values())
    lost = sum(len(set(ids) - set(got[name])) for name, ids in wanted.items())
    disordered = sum(list(dict.fromkeys(got[name])) != ids for name, ids in wanted.items())
    print(f"{count} messages, {replies.count} replies: lost {lost}, twice {twice}, out of order {disordered}")
    assert (lost, twice, disordered) == (0, 0, 0)


async def check_states(bootstrap: str, count: int) -> None:
    """Every state is what the pure step makes of the conversation's messages, times apart."""
    known = catalog.load()
    desk = LiveDesk(known, tasks=Tasks(load()))
    for article in known.articles:
        desk.article_changed(article.article_id, article)
    agent = Dialogue(desk, understander(known), Limits())
    states = States(bootstrap, topology.changelog("dialogue"), Conversation)
    await states.open(range(PARTITIONS))
    wrong = 0
    for conversation in range(CONVERSATIONS):
        said = [convert(message(number), InboundMessage) for number in range(conversation, count, CONVERSATIONS)]
        key = f"c{conversation}".encode()
        kept = [states.get(part, key).state for part in range(PARTITIONS)]
        wrong += [shown(state) for state in kept if state != Conversation()] != [shown(folded(agent, said))]
    print(f"states that differ from the oracle's: {wrong} of {CONVERSATIONS}")
    assert wrong == 0


def folded(agent: Dialogue, said: Sequence[InboundMessage]) -> Conversation:
    state = Conversation()
    for event in agent.prepare(said):
        after, _ = agent.step(state, event, When(0.0, 0.0))
        state = after or Conversation()
    return state


def shown(state: Conversation) -> Any:
    return [(turn.question, turn.answer, turn.source) for turn in state.turns], state.seen, state.pending, state.waiting


if __name__ == "__main__":
    main(*([int(number) for number in sys.argv[1:]] or [100_000, 20, 10, 10]))

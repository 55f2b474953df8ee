"""How a worker's outcomes reach Kafka: in transactions (exactly once), or in an order that at worst repeats some."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas.errors import Unavailable
from streams.librdkafka import reader
from streams.progress import Place
from streams.sender import Headers, Sender, refused
from streams.transaction import NotCommitted, Transactions

T = TypeVar("T")

Guarantee = Literal["exactly_once", "at_least_once"]
Changes = Sequence[tuple[str, int, bytes, bytes | None]]
"""Changelog, partition, key and value of states that changed; no value where one is forgotten."""
HANGS_S = 40.0
"""Seconds after which a commit hangs: its own limits are over by then."""
STABLE_S = 60.0
"""Seconds to wait for the offsets of a transaction that is being decided; the broker's own limit is far below."""


class Group(Protocol):
    """The consumer's membership in its group, as of the present assignment."""

    membership: bytes

    def member(self) -> bool:
        """Whether the group still counts us in, as far as one can know."""

    async def commit_offsets(self, offsets: Mapping[Place, int]) -> bool:
        """Commit; False where the assignment has ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one commit is about, beside the records that were sent.

    ``standing`` is an offset that need not be committed; a transaction without offsets of its own is fenced by it.
    """

    offsets: Mapping[Place, int]
    changes: Changes
    standing: Mapping[Place, int]


class Delivery(Protocol):
    """Takes what agents send, and commits it."""

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers | None = None) -> None: ...

    def start(self) -> None:
        """Be ready to send. Blocks until the broker answers."""

    @property
    def pending(self) -> bool:
        """Whether records wait for a commit to become visible."""

    async def stable(self, group: str, places: Sequence[Place]) -> Mapping[Place, int]:
        """What the group has committed at these places, as far as it must be known before work begins."""

    async def write(self, outcome: Outcome, group: Group) -> bool:
        """Write states, and whatever has to be in one piece with them; nobody may send meanwhile. False: not ours."""

    async def conclude(self, outcome: Outcome, group: Group) -> bool:
        """The rest of the commit; sends may go on."""


class AtLeastOnce:
    """Outputs, then states, then offsets, each delivered before the next. A kill between repeats outputs.

    Who may no longer be a member leaves the changelog alone: it would undo what the new owner wrote.
    """

    pending = False

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.send = sender.send

    def start(self) -> None: ...

    async def stable(self, group: str, places: Sequence[Place]) -> Mapping[Place, int]:
        return {}

    async def write(self, outcome: Outcome, group: Group) -> bool:
        await self._sender.flush()
        if not group.member():
            return False
        for changelog, partition, key, value in outcome.changes:
            self._sender.send_to(changelog, partition, key, value)
        await self._sender.flush()
        return True

    async def conclude(self, outcome: Outcome, group: Group) -> bool:
        return not outcome.offsets or await group.commit_offsets(outcome.offsets)


class ExactlyOnce:
    """Outputs, states and offsets in one transaction, fenced by the consumer's generation."""

    def __init__(self, bootstrap: str, transactions: Transactions) -> None:
        self._bootstrap, self._transactions = bootstrap, transactions
        self.send = transactions.send
        self.start = transactions.start

    @property
    def pending(self) -> bool:
        return self._transactions.open

    async def stable(self, group: str, places: Sequence[Place]) -> Mapping[Place, int]:
        return await _in_thread(lambda: stable_offsets(self._bootstrap, group, places))

    async def write(self, outcome: Outcome, group: Group) -> bool:
        for changelog, partition, key, value in outcome.changes:
            self._transactions.send_to(changelog, partition, key, value)
        fence = outcome.offsets or outcome.standing
        await _in_thread(lambda: self._transactions.commit(fence, group.membership), HANGS_S)
        return True

    async def conclude(self, outcome: Outcome, group: Group) -> bool:
        return True


def stable_offsets(bootstrap: str, group: str, places: Sequence[Place]) -> dict[Place, int]:
    """The committed offsets of a group, once no transaction over them is open any more. Raises Unavailable.

    A worker's last commit may still be on its way when its partitions have gone to another: the plain answer is then
    the offset before it, and work would be done twice. librdkafka asks for stable offsets (KIP-447); aiokafka does not.
    """
    consumer = Consumer(reader(bootstrap, group))
    try:
        told = consumer.committed([TopicPartition(*place) for place in places], timeout=STABLE_S)
    except KafkaException as problem:
        raise Unavailable(f"the committed offsets of {group} could not be read: {refused(problem)}") from None
    finally:
        consumer.close()
    return {Place(answer.topic, answer.partition): answer.offset for answer in told if answer.offset >= 0}


async def _in_thread(verb: Callable[[], T], within: float | None = None) -> T:
    """Also where the caller is cancelled, this ends when the thread does: nobody else may write meanwhile.

    Raises NotCommitted where the thread has not come back ``within`` seconds: then nobody may go on in this process.
    """
    running = asyncio.get_running_loop().run_in_executor(None, verb)
    try:
        async with asyncio.timeout(within):
            return await asyncio.shield(running)
    except TimeoutError:
        raise NotCommitted(f"Kafka's client has not come back for {within:g} s; the worker starts anew") from None
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise

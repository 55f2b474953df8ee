"""Intake: from records to events; what cannot be read is put aside, what has its home elsewhere is passed on."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.guard import Guard, encoded
from agents.ports import Meter, Port, Record, TooLarge, When
from schemas.errors import Rejected
from schemas.topics import Send, Topic

log = logging.getLogger("kefu.runtime")

Read = Callable[[Record], Any]
"""From a record to an event; raises Rejected."""
Prepare = Callable[[Sequence[Any]], Sequence[Any]]
Rejection = Callable[[Record, str, When], Sequence[Send]]
Pairs = list[tuple[Record, Any]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an agent reads, and how.

    ``prepare`` maps the events of a batch at once, for work that pays in batches. ``rejected`` says what is sent about
    a record that cannot be read, beside its dead letter. An event whose producer chose another partition than ours
    would is passed on through the topic that ``rehomed`` has for its own (one of the topics too), so that a key has one
    home. A topic that is not in it is written by kefu alone.
    """

    readers: Mapping[Topic, Read]
    prepare: Prepare | None = None
    rejected: Rejection | None = None
    rehomed: Mapping[str, Topic] = field(default_factory=dict)

    @property
    def topics(self) -> Sequence[Topic]:
        return tuple(self.readers)

    def reader(self, topic: str) -> Read:
        return next(read for known, read in self.readers.items() if known.name == topic)


class Intake:
    """Reads the records of one agent."""

    def __init__(self, name: str, inputs: Inputs, port: Port, guard: Guard, meter: Meter) -> None:
        self._name, self._inputs, self._port, self._guard, self._meter = name, inputs, port, guard, meter

    def events(self, records: Sequence[Record], now: float) -> Pairs:
        """The events of records of one partition, in order, each with its record."""
        topic, good = records[0].topic, []
        read, rehomed = self._inputs.reader(topic), self._inputs.rehomed.get(topic)
        for record in records:
            try:
                event = read(record)
                if rehomed is None or self._at_home(record, event, rehomed):
                    good.append((record, event))
            except Rejected as problem:
                self._reject(record, problem, When(now, record.timestamp / 1000))
            except Exception as bug:
                self._guard.failed(self._name, record, bug)
        self._meter.messages(self._name, "read", len(good))
        return good if self._inputs.prepare is None else self._prepared(good, self._inputs.prepare)

    def _reject(self, record: Record, problem: Rejected, when: When) -> None:
        self._guard.reject(record, problem)
        rejection = self._inputs.rejected
        try:
            self._guard.write([encoded(send) for send in rejection(record, str(problem), when)] if rejection else ())
        except TooLarge as unsaid:
            log.warning("%s: %s: %s", self._name, place_of(record), unsaid)

    def _at_home(self, record: Record, event: Any, rehomed: Topic) -> bool:
        if self._port.home(key_of(record, event)) == record.partition:
            return True
        try:
            self._guard.write([encoded(Send(rehomed, event))])
        except TooLarge as problem:
            raise Rejected(f"{problem}; write it to the partition that murmur2 gives its conversation id") from None
        return False

    def _prepared(self, good: Pairs, prepare: Prepare) -> Pairs:
        try:
            return list(zip((record for record, _ in good), prepare([event for _, event in good]), strict=True))
        except Exception:
            return [pair for record, event in good for pair in self._prepared_alone(record, event, prepare)]

    def _prepared_alone(self, record: Record, event: Any, prepare: Prepare) -> Pairs:
        try:
            return [(record, prepare([event])[0])]
        except Exception as bug:
            self._guard.failed(self._name, record, bug)
            return []


def key_of(record: Record, event: Any) -> bytes:
    """The key of an event's state: its conversation, else the record's key."""
    conversation = getattr(event, "conversation_id", "")
    return conversation.encode() if conversation else record.key or b""


def place_of(record: Any) -> str:
    """Where a record stands, for people."""
    return f"{record.topic}-{record.partition} offset {record.offset}"

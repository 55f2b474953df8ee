"""The guard round every step: what cannot be read is put aside, our bugs too, and too many of them end the process."""

import logging
from collections.abc import Iterable

from agents.dead_letter import dead_letter
from agents.ports import LARGEST_EVENT, Meter, Port, Record, TooLarge
from schemas.codec import encode
from schemas.errors import Rejected
from schemas.topics import Send

log = logging.getLogger("kefu.runtime")

BUGS_IN_A_ROW = 20
"""So many unexpected failures in a row end the process: a bad release must not pour a topic into dead letters."""

Encoded = tuple[str, bytes, bytes]
"""Topic, key and value of an event."""


class Guard:
    """Writes dead letters through the port and counts bugs in a row."""

    def __init__(self, port: Port, meter: Meter) -> None:
        self._port, self._meter = port, meter
        self._bugs = 0

    def fine(self) -> None:
        """A step went well."""
        self._bugs = 0

    def reject(self, record: Record, problem: Rejected) -> None:
        """Put a record aside that cannot be read."""
        self._dead_letter(record, problem, "Rejected")

    def failed(self, name: str, record: Record, problem: Exception) -> None:
        """Put a record aside on which a step failed.

        What the step rejects, or would be too large, is the sender's to change; anything else is a bug of ours, and
        ends the process where it goes on.
        """
        if isinstance(problem, Rejected):
            self.reject(record, problem)
            return
        log.error("%s: bug at %s-%s offset %s", name, record.topic, record.partition, record.offset, exc_info=problem)
        self._dead_letter(record, problem, "Bug")
        self._count(name, problem)

    def wake_failed(self, name: str, what: str, partition: int, bug: Exception) -> None:
        """A timer's step failed: the timer is over, its state is as it was."""
        log.error("%s: bug at timer %r of partition %s", name, what, partition, exc_info=bug)
        self._meter.dead_letter("timers", "Bug")
        if not isinstance(bug, Rejected):
            self._count(name, bug)

    def write(self, encoded: Iterable[Encoded]) -> None:
        """Hand events over to the transport."""
        send = self._port.send
        for topic, key, value in encoded:
            send(topic, key, value)

    def _count(self, name: str, bug: Exception) -> None:
        self._bugs += 1
        if self._bugs >= BUGS_IN_A_ROW:
            self._port.end(
                f"{name} failed on {self._bugs} records in a row, the last time with {bug!r}; mend it, then restart"
            )

    def _dead_letter(self, record: Record, problem: Exception, meaning: str) -> None:
        self._meter.dead_letter(record.topic, meaning)
        self._port.send(*dead_letter(record, problem, meaning))


def encoded(send: Send) -> Encoded:
    """An event as it goes out. Raises TooLarge."""
    topic, event = send.topic, send.event
    key, value = topic.key_of(event), encode(event)
    if len(key) + len(value) > LARGEST_EVENT:
        raise TooLarge(f"a {type(event).__name__} of {len(key) + len(value)} bytes is larger than the topics take")
    return topic.name, key, value

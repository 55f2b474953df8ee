"""What the broker says about a changelog: whose it is, where it begins and ends, and how far it is decided."""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, wait
from typing import Any

from confluent_kafka import IsolationLevel, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from schemas.errors import Unavailable
from streams.librdkafka import client
from streams.sender import refused
from streams.shelf import Log

LOOK_S = 0.1
"""Seconds between two looks whether an answer is still wanted."""
MARK_EVERY_S = 5.0
"""Seconds between two questions how far the changelog is decided: about so much is read again after a restart."""

LATEST: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
EARLIEST: OffsetSpec = OffsetSpec.earliest()  # type: ignore[no-untyped-call]

Wanted = Callable[[], bool]
Offsets = Mapping[TopicPartition, "Future[Any]"]


class Changelog:
    """A changelog topic, for questions that the broker answers; after ``silence_s`` seconds without, it is given up."""

    def __init__(self, bootstrap: str, topic: str, silence_s: float) -> None:
        self.bootstrap, self.topic, self.silence_s = bootstrap, topic, silence_s
        self._client: AdminClient | None = None
        self._decided: Offsets = {}
        self._asked_at = time.monotonic()

    def logs(self, partitions: Collection[int], wanted: Wanted) -> dict[int, Log] | None:
        """The partitions as they are now, undecided transactions included; None once unwanted. Raises Unavailable."""
        deadline = time.monotonic() + self.silence_s
        while wanted():
            ends = self._offsets(partitions, LATEST, IsolationLevel.READ_UNCOMMITTED)
            starts = self._offsets(partitions, EARLIEST, IsolationLevel.READ_UNCOMMITTED)
            topic = self._admin().describe_topics(TopicCollection([self.topic]), request_timeout=self.silence_s)
            cluster = self._admin().describe_cluster(request_timeout=self.silence_s)
            problem = self._waited([*ends.values(), *starts.values(), *topic.values(), cluster], wanted)
            if problem is None:
                origin = f"{cluster.result().cluster_id}/{topic[self.topic].result().topic_id}"
                first, last = _positions(starts), _positions(ends)
                return {part: Log(f"{origin}/{part}", first[part], last[part]) for part in last}
            if time.monotonic() > deadline and wanted():
                raise Unavailable(f"{self.topic} could not be read back: {problem}")
            time.sleep(LOOK_S)
        return None

    def ask_decided(self, partitions: Collection[int]) -> None:
        """Ask, every few seconds, up to which offset all transactions are decided; does not wait for the answer."""
        now = time.monotonic()
        if partitions and now - self._asked_at >= MARK_EVERY_S:
            self._asked_at = now
            self._decided = self._offsets(partitions, LATEST, IsolationLevel.READ_COMMITTED)

    def decided(self) -> dict[int, int]:
        """The answer, once: an offset per partition; empty while there is none."""
        answered = {place: future for place, future in self._decided.items() if future.done()}
        self._decided = {place: future for place, future in self._decided.items() if place not in answered}
        return _positions({place: future for place, future in answered.items() if future.exception() is None})

    def forget_decided(self) -> None:
        """The assignment ended: an answer on the way is about the past."""
        self._decided = {}

    def _admin(self) -> AdminClient:
        if self._client is None:  # one without open requests counts as false
            self._client = AdminClient(client(self.bootstrap))
        return self._client

    def _offsets(self, partitions: Collection[int], spec: OffsetSpec, isolation: IsolationLevel) -> Offsets:
        asked = {TopicPartition(self.topic, partition): spec for partition in partitions}
        futures: Offsets = self._admin().list_offsets(asked, isolation_level=isolation, request_timeout=self.silence_s)
        return futures

    def _waited(self, futures: Collection["Future[Any]"], wanted: Wanted) -> str | None:
        """Why an answer is missing; None where all are there."""
        while wait(futures, LOOK_S).not_done:
            if not wanted():
                return "it is not wanted any more"
        problems = [problem for future in futures if (problem := future.exception()) is not None]
        return _words(problems[0]) if problems else None


def _positions(answers: Offsets) -> dict[int, int]:
    return {place.partition: future.result().offset for place, future in answers.items()}


def _words(problem: BaseException) -> str:
    return refused(problem) if isinstance(problem, KafkaException) else str(problem)

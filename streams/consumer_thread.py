"""Faust's consumer thread around a consumer with our settings; it knows whether it is still a member of its group."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

import aiokafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from schemas.topics import MAX_RECORD_BYTES
from streams.progress import Place
from streams.transaction import group_metadata

log = logging.getLogger("kefu.transport")

FETCH_BYTES = 2 * MAX_RECORD_BYTES
"""aiokafka silently skips a batch that is larger than its fetch size; Kafka's largest batch is one largest record."""


LEAVE_S = 2.0
"""Seconds to close the consumer: a member that was killed holds a forming group up until its session has ended."""


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The worker as a member of its group (streams.delivery.Group).

    ``heard`` is when, at the earliest, the group last counted us in. Generation and member id are those of the
    assignment: a worker that slept past its session finds the consumer's own ones reset to values that fence nobody.
    """

    heard = 0.0
    membership = b""
    _generation = -1

    async def on_start(self) -> None:
        await super().on_start()
        self._gather()
        coordinator: Any = self._ensure_consumer()._coordinator
        beat, forget = coordinator._do_heartbeat, coordinator.reset_generation

        async def heartbeat() -> bool:
            asked = monotonic()
            answered = bool(await beat())
            self.heard = asked if answered else self.heard
            return answered

        def reset_generation() -> None:
            known = coordinator.member_id and self._counted_in(coordinator.generation)
            forget()
            if known and not coordinator._closing.done():
                self._expelled()

        coordinator._do_heartbeat, coordinator.reset_generation = heartbeat, reset_generation

    def _gather(self) -> None:
        """Let records come together: aiokafka would ask again for every one, and each answer names all partitions."""
        transport: Any = self.transport
        fetcher: Any = self._ensure_consumer()._fetcher
        fetch, answered, apart = fetcher._proc_fetch_request, 0.0, transport.rhythm.gather_s

        async def gather_and_fetch(*request: Any) -> bool:
            nonlocal answered
            await asyncio.sleep(answered + apart - monotonic())
            found = bool(await fetch(*request))
            answered = monotonic()
            return found

        fetcher._proc_fetch_request = gather_and_fetch

    def _expelled(self) -> None:
        """Joining again would expel the namesake, which would join again, and so on."""
        name = self.app.conf.consumer_group_instance_id
        transport: Any = self.transport
        transport.end(
            f"group {self.app.conf.id} no longer knows worker {name!r}: another of that name has joined "
            "(give each worker its own KEFU_WORKER), or this one was too slow to give up its partitions"
        )

    async def on_thread_stop(self) -> None:
        """Leave. aiokafka would wait for a group that is just forming; what we had is committed, and is taken over."""
        try:
            async with asyncio.timeout(LEAVE_S):
                await super().on_thread_stop()
        except TimeoutError:
            log.info("left group %s while it was forming", self.app.conf.id)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        self.heard = monotonic()
        self._generation = generation_id
        conf, coordinator = self.app.conf, self._ensure_consumer()._coordinator
        self.membership = group_metadata(
            generation_id, conf.id, coordinator.member_id, conf.consumer_group_instance_id or None
        )
        await super().on_partitions_assigned(assigned, generation_id)

    def member(self) -> bool:
        """Whether the group still counts us in, as far as one can know: nobody else has our partitions then."""
        return self._counted_in(self._generation)

    def _counted_in(self, generation: int) -> bool:
        fresh = monotonic() - self.heard < self.app.conf.broker_session_timeout
        coordinator: Any = self._ensure_consumer()._coordinator
        return fresh and bool(coordinator.generation == generation)

    async def commit_offsets(self, offsets: Mapping[Place, int]) -> bool:
        """Commit for the assignment; False where it has ended."""

        async def commit() -> bool:
            return self.member() and await self._commit({TP(*place): offset for place, offset in offsets.items()})

        return bool(await self.call_thread(commit))

    async def rewind(self, offsets: Mapping[TP, int]) -> None:
        """Read again from these offsets, where the partitions are still ours."""

        async def seek() -> None:
            consumer = self._ensure_consumer()
            for tp, offset in offsets.items():
                if tp in self.assignment():
                    consumer.seek(tp, offset)

        await self.call_thread(seek)

    async def ends(self, places: Sequence[Place]) -> Mapping[Place, int] | None:
        """Where partitions end, open transactions included; None where the broker does not say it now."""

        async def ask() -> Mapping[Any, int]:
            ends: Mapping[Any, int] = await self._ensure_consumer().end_offsets([TP(*place) for place in places])
            return ends

        try:
            ends = await self.call_thread(ask) if places else {}
        except KafkaError as problem:
            log.debug("the ends of the partitions are not known: %s", problem)
            return None
        return {Place(tp.topic, tp.partition): end for tp, end in ends.items()}

    def reached(self, tp: TP) -> int | None:
        """The next offset that a poll gives; None while it is not known."""
        subscription: Any = self._ensure_consumer()._subscription.subscription
        assignment = subscription and subscription.assignment
        state = assignment and assignment.state_value(tp)
        return int(state.position) if state and state.has_valid_position else None

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        return aiokafka.AIOKafkaConsumer(
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            client_id=conf.broker_client_id,
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id,
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=500,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            max_poll_interval_ms=300_000,
            metadata_max_age_ms=30_000,
        )

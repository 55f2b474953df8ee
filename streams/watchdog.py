"""Ends a worker that has lag and makes no progress: consumers do go silent after outages, and a restart mends that."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from schemas.errors import Unavailable
from streams.librdkafka import client
from streams.metrics import Metrics
from streams.progress import Place

log = logging.getLogger("kefu.watchdog")

LOOK_S = 2.0
ANSWER_S = 5.0
"""Seconds for the broker to tell where its partitions end."""


class Stalled(Unavailable):
    """Records wait and none was worked on for too long."""


async def watch(app: Any, metrics: Metrics, stalled_s: float) -> None:
    """Publish the lag of each topic. Raises Stalled after ``stalled_s`` seconds of lag without progress."""
    admin = AdminClient(client(app.transport.bootstrap))
    before = -1
    still_s = 0.0
    while True:
        await asyncio.sleep(LOOK_S)
        places = [Place(tp.topic, tp.partition) for tp in app.consumer.assignment()]
        waiting = lags(app.consumer, await ends(admin, places))
        for topic in {place.topic for place in waiting}:
            metrics.lag.labels(topic).set(sum(lag for place, lag in waiting.items() if place.topic == topic))
        done = app.consumer.progress.worked()
        moved = done != before or not any(waiting.values())
        still_s = 0.0 if moved else still_s + LOOK_S
        before = done
        if still_s >= stalled_s:
            where = {f"{place.topic}-{place.partition}": lag for place, lag in waiting.items() if lag}
            raise Stalled(f"no progress for {still_s:.0f} s although records wait: {where}")


async def ends(admin: AdminClient, places: list[Place]) -> dict[Place, int]:
    """Where partitions end for readers of what is committed; empty while the broker does not answer.

    Asked beside the consumer: one that went silent would not know.
    """
    wanted = {TopicPartition(*place): OffsetSpec.latest() for place in places}  # type: ignore[no-untyped-call]
    if not wanted:
        return {}
    asked = admin.list_offsets(wanted, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=ANSWER_S)
    try:
        answers = await asyncio.gather(*map(asyncio.wrap_future, asked.values()))
    except KafkaException:
        return {}
    return {place: answer.offset for place, answer in zip(places, answers, strict=True)}


def lags(consumer: Any, ends: Mapping[Place, int]) -> dict[Place, int]:
    """Offsets still to be read, and those that were read and wait for their agent, of each partition."""
    return {
        place: max(end - (consumer.reached(place) or 0), 0) + consumer.progress.waiting(place)
        for place, end in ends.items()
    }

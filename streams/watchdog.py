"""Ends a worker that has lag and makes no progress: consumers do go silent after outages, and a restart mends that."""

import asyncio
import logging
from typing import Any

from schemas.errors import Unavailable
from streams.metrics import Metrics
from streams.progress import Place

log = logging.getLogger("kefu.watchdog")

LOOK_S = 2.0


class Stalled(Unavailable):
    """Records wait and none was worked on for too long."""


async def watch(app: Any, metrics: Metrics, stalled_s: float) -> None:
    """Publish the lag of each topic. Raises Stalled after ``stalled_s`` seconds of lag without progress."""
    before = -1
    still_s = 0.0
    while True:
        await asyncio.sleep(LOOK_S)
        lags = _lags(app.consumer)
        for topic in {place.topic for place in lags}:
            metrics.lag.labels(topic).set(sum(lag for place, lag in lags.items() if place.topic == topic))
        done = app.consumer.progress.worked()
        moved = done != before or not any(lags.values())
        still_s = 0.0 if moved else still_s + LOOK_S
        before = done
        if still_s >= stalled_s:
            waiting = {f"{place.topic}-{place.partition}": lag for place, lag in lags.items() if lag}
            raise Stalled(f"no progress for {still_s:.0f} s although records wait: {waiting}")


def _lags(consumer: Any) -> dict[Place, int]:
    lags = {}
    for tp in consumer.assignment():
        end = consumer.highwater(tp)
        if end is not None:
            place = Place(tp.topic, tp.partition)
            start = consumer.progress.floor(place)
            lags[place] = max(end - start, 0) if start else 0
    return lags

"""The knowledge worker: reads each source whenever it is time, and publishes what differs, until it is told to stop."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable

from streams import topology
from streams.knowledge import plan, sync
from streams.knowledge.declared import FILES, Source, load
from streams.knowledge.files import Signature, signature
from streams.knowledge.published import Shelves
from streams.metrics import Metrics, expose_as
from streams.sender import Sender
from streams.settings import Settings
from streams.waiting import until

log = logging.getLogger("kefu.knowledge")

LONG_S, SHARE = 1.0, 5
"""A table whose reading took longer than LONG_S is then left alone for SHARE times as long."""
NOTED_S = 15.0
"""Seconds after which it is noted again that a source was read, where nothing differed."""
REPEATED_S = 3600.0
"""Seconds after which a source that stays unreadable is an alert again."""


def main(settings: Settings) -> None:
    """Blocks until SIGTERM or Ctrl-C. Raises Misconfigured for a wrong file of sources."""
    sources = load(settings.sources) if settings.sources is not None else ()
    until(
        "Kafka",
        lambda: topology.create(settings.kafka, partitions=settings.partitions, replication=settings.replication),
    )
    expose_as("knowledge", Metrics(), port=settings.metrics_port, home=settings.home)
    asyncio.run(_run(settings, sources))
    logging.shutdown()
    os._exit(0)  # a thread may still wait for a database; what it would have published, the next start does


async def _run(settings: Settings, sources: tuple[Source, ...]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    shelves = Shelves()
    follower = shelves.follower(settings)
    await follower.start()
    sender = Sender(settings.kafka, client_id="kefu-knowledge")
    log.info("%d sources: %s", len(sources), ", ".join(source.name for source in sources) or "KEFU_SOURCES names none")
    keeping = [asyncio.create_task(Keeper(source, shelves, sender).run()) for source in sources]
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *keeping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, *keeping):
        task.cancel()
    follower.stop()
    for task in done - {stopping}:
        task.result()


class Keeper:
    """Keeps one source's articles as the source has them."""

    def __init__(
        self, source: Source, shelves: Shelves, sender: Sender, clock: Callable[[], float] = time.time
    ) -> None:
        self._source, self._shelves, self._sender, self._clock = source, shelves, sender, clock
        self._signature: Signature | None = None
        self._next, self._next_values, self._noted = 0.0, float("inf"), 0.0
        self._alerted: float | None = None
        self._notes: tuple[str, ...] = ()

    async def run(self) -> None:
        """For ever. Raises DeliveryFailed: the process ends and is started again."""
        while True:
            await self.turn()
            await asyncio.sleep(max(0.05, min(self._next, self._next_values) - self._clock()))

    async def turn(self) -> None:
        """Read what is due, publish what differs."""
        now = self._clock()
        if self._source.kind in FILES:
            self._next = now + self._source.every
            await self._files(now)
        elif now >= self._next:
            await self._table(plan.changes)
        else:
            await self._table(plan.refreshed)

    async def _files(self, now: float) -> None:
        seen = await asyncio.to_thread(signature, self._source)
        if seen != self._signature:
            self._signature = seen if await self._sync(plan.changes) else None
        elif now - self._noted >= NOTED_S:
            await self._publish(sync.Synced(plan.Changes((), (), 0, self._notes), now))

    async def _table(self, compare: sync.Compare) -> None:
        begun, values = self._clock(), self._source.values
        read = await self._sync(compare)
        took = self._clock() - begun
        rest = self._clock() + took * SHARE if read and took > LONG_S else 0.0
        if compare is plan.changes:
            self._next = max(begun + self._source.every, rest)
        if values is not None:
            self._next_values = max(begun + values.every, rest)

    async def _sync(self, compare: sync.Compare) -> bool:
        """Whether the source could be read."""
        begun = self._clock()
        try:
            found = await asyncio.to_thread(sync.read, self._source, self._shelves.of(self._source.name), compare)
        except sync.Failed as problem:
            await self._failed(str(problem), begun)
            return False
        if self._alerted is not None:
            log.info("source %s can be read again", self._source.name)
            self._alerted = None
        await self._publish(found)
        return True

    async def _publish(self, found: sync.Synced) -> None:
        changes, source = found.changes, self._source
        for note in changes.notes if changes.notes != self._notes else ():
            log.warning("source %s: %s", source.name, note)
        self._notes = changes.notes
        differs = changes.changed or changes.removed
        known = self._shelves.synced.get(source.name, {}).get("fingerprint") == source.fingerprint
        if not differs and known and self._clock() - self._noted < NOTED_S:
            return
        await asyncio.to_thread(sync.publish, self._sender, source, found)
        self._noted = self._clock()
        for article in changes.changed:
            self._shelves.article_changed(article.article_id, article)
        for article_id in changes.removed:
            self._shelves.article_changed(article_id, None)
        if differs:
            log.info("source %s: %d published, %d deleted", source.name, len(changes.changed), len(changes.removed))

    async def _failed(self, reason: str, begun: float) -> None:
        log.error("source %s cannot be read: %s", self._source.name, reason)
        now = self._clock()
        if self._alerted is None or now - self._alerted >= REPEATED_S:
            await asyncio.to_thread(sync.alert, self._sender, self._source, reason, begun, now)
            self._alerted = now

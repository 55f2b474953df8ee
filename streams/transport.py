"""Kafka for Faust: our consumer, no producer of Faust's, and the port through which agents send and keep state."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

import yarl
from faust.transport.drivers import aiokafka as driver

from streams.batch_consumer import Batch, BatchConsumer
from streams.delivery import Delivery
from streams.homes import home
from streams.rhythm import Rhythm
from streams.states import States

log = logging.getLogger("kefu.transport")


class NoProducer(driver.Producer):
    """Faust's producer only makes the delivery ready: all sends go there."""

    async def on_start(self) -> None:
        transport: Any = self.transport
        await self.loop.run_in_executor(None, transport.delivery.start)

    async def on_stop(self) -> None: ...

    async def flush(self) -> None: ...

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        """Topics are created by streams.topology."""


class Transport(driver.Transport):
    """The transport of one worker; ``end`` ends the process at once, without a commit."""

    Consumer = BatchConsumer
    Producer = NoProducer

    def __init__(
        self,
        app: Any,
        bootstrap: str,
        *,
        delivery: Delivery,
        rhythm: Rhythm,
        new_states: Callable[[str, type[Any]], States],
    ) -> None:
        super().__init__([yarl.URL(f"kafka://{address.strip()}") for address in bootstrap.split(",")], app)
        self.bootstrap = bootstrap
        self.delivery = delivery
        self.rhythm = rhythm
        self.new_states = new_states

    def end(self, reason: str) -> None:
        """Say why and leave: what is not committed is done again after the restart."""
        log.critical("%s", reason)
        logging.shutdown()
        os._exit(3)


class WorkerPort:
    """The transport as agents.ports.Port: the consumer exists only once Faust has started it."""

    def __init__(self, app: Any, delivery: Delivery, partitions: int) -> None:
        self._app = app
        self._partitions = partitions
        self.send = delivery.send

    @property
    def gate(self) -> asyncio.Lock:
        return self._consumer.gate

    @property
    def _consumer(self) -> BatchConsumer:
        consumer: BatchConsumer = self._app.consumer
        return consumer

    def batch(self, message: Any) -> Batch:
        return Batch(self._consumer, message)

    def home(self, key: bytes) -> int:
        return home(key, self._partitions)

    async def states(self, name: str, state: type[Any]) -> States:
        return await self._consumer.states(name, state)

    @property
    def caught_up(self) -> bool:
        return self._consumer.catching_up.done

    def changed(self) -> None:
        self._consumer.changed()

    def end(self, reason: str) -> None:
        self._app.transport.end(reason)

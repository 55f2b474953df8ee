"""The sinks process: tables first, then batches until it is told to stop."""

import functools
import logging
import signal
import sys
from typing import Any

from agents.dead_letter import dead_letter
from schemas.errors import Rejected
from schemas.rows import TABLES
from streams import store, topology
from streams.metrics import Metrics, expose_as
from streams.sender import Sender
from streams.settings import Settings
from streams.sinks.clickhouse import ClickHouseStore, Sink, consumer
from streams.waiting import until

log = logging.getLogger("kefu.sinks")


class _Record:
    """A librdkafka message as agents.runtime.Record."""

    def __init__(self, message: Any) -> None:
        self.topic, self.partition, self.offset = message.topic(), message.partition(), message.offset()
        self.timestamp, self.key, self.value = message.timestamp()[1], message.key(), message.value()
        self.headers = message.headers() or ()


def main(settings: Settings) -> None:
    """Blocks until SIGTERM or Ctrl-C, which end it at once, also while it waits: nothing is lost by that."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    metrics = Metrics()
    until(
        "Kafka",
        lambda: topology.create(settings.kafka, partitions=settings.partitions, replication=settings.replication),
    )
    applied = until("ClickHouse", functools.partial(store.migrate, settings))
    if applied:
        log.info("applied %s", ", ".join(applied))
    expose_as("sinks", metrics, port=settings.metrics_port, home=settings.home)
    sender = Sender(settings.kafka, client_id="kefu-sinks")

    def reject(message: Any, problem: Rejected) -> None:
        record = _Record(message)
        metrics.dead_letter(record.topic, "Rejected")
        sender.send(*dead_letter(record, problem, "Rejected"))
        sender.flush_now()

    reading = consumer(settings.kafka)
    rows = ClickHouseStore(
        functools.partial(store.connect, settings), lambda table, n: metrics.rows.labels(table).inc(n)
    )
    sink = Sink(reading, rows, TABLES, reject)
    try:
        while True:
            sink.turn()
    finally:
        reading.close()

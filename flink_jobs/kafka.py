"""Waits for a broker and its topics, in words."""

import logging
import time
from collections.abc import Callable, Iterable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

ASK_SECONDS = 1.0
REMIND_SECONDS = 15.0


def wait(servers: str, topics: Iterable[str], tell: Callable[[str], None]) -> None:
    """Return once the broker has all the topics; tell what is missing when that changes, and now and then."""
    silent = logging.getLogger("flink_jobs.librdkafka")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    admin = AdminClient({"bootstrap.servers": servers}, logger=silent)
    told, told_at = "", 0.0
    while missing := _missing(admin, servers, topics):
        if missing != told or time.monotonic() - told_at > REMIND_SECONDS:
            tell(f"waiting for {missing}")
            told, told_at = missing, time.monotonic()
        time.sleep(ASK_SECONDS)


def _missing(admin: AdminClient, servers: str, topics: Iterable[str]) -> str:
    try:
        present = admin.list_topics(timeout=2).topics
    except KafkaException:
        return f"Kafka at {servers}"
    absent = [topic for topic in topics if topic not in present]
    return f"the topics {', '.join(absent)} at {servers}" if absent else ""

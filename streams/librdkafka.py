"""What all librdkafka clients share: quiet, and an outage said once in words instead of a line per try."""

import logging
import time
from typing import Any

from confluent_kafka import KafkaError

log = logging.getLogger("kefu.kafka")

SAY_EVERY_S = 10.0


class _Outage:
    def __init__(self) -> None:
        self._said_at = -SAY_EVERY_S

    def __call__(self, error: KafkaError) -> None:
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY_S:
            self._said_at = now
            log.warning("Kafka: %s; it is tried again until it answers", error.str())


def client(bootstrap: str, **more: Any) -> dict[str, Any]:
    """The settings of a client, with ``more`` as keyword arguments whose underscores stand for dots."""
    named = {name.replace("_", "."): value for name, value in more.items()}
    return {"bootstrap.servers": bootstrap, "log_level": 2, "error_cb": _Outage(), **named}


def reader(bootstrap: str, group: str, **more: Any) -> dict[str, Any]:
    """The settings of a consumer that reads what is committed, from the beginning, and commits nothing by itself."""
    own = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    return client(bootstrap, group_id=group, **(own | more))

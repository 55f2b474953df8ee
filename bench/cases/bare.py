"""The limit: a bare confluent-kafka loop with orjson, no state safety, no guard, offsets committed at the end."""

import os
import sys

import orjson
from confluent_kafka import Consumer, Producer

from bench.cases.clock import StopWatch


def main(bootstrap: str, source: str, target: str, count: str, mode: str) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"bare-{os.getpid()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.message.max.bytes": 2_097_152,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 5,
            "compression.type": "lz4",
            "enable.idempotence": True,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    consumer.subscribe([source])
    watch, seen = StopWatch(int(count)), dict[bytes | None, int]()
    while True:
        for message in consumer.consume(2000, 1.0):
            chat = orjson.loads(message.value() or b"")
            key = message.key()
            seen[key] = chat["seen"] = seen.get(key, 0) + 1 if mode == "state" else 1
            while True:
                try:
                    producer.produce(target, orjson.dumps(chat), key)
                    break
                except BufferError:
                    producer.poll(0.01)
            if watch.add():
                producer.flush()
                watch.report()
                consumer.commit(asynchronous=False)
                return
        producer.poll(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""P3: latency from inbound to outbound on the decided path, Poisson arrivals, with everything of ``make run`` up."""

import json
import random
import tempfile
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.servers.system import running

RATE = 200
TEXTS = (
    "你好",
    "怎么退货?",
    "发货要多久?",
    "退款什么时候到账?",
    "hello",
    "How do I return this?",
    "thanks!",
    "怎么开发票?",
)
SETTLE_S = 30
"""Seconds for Flink to come up."""
WARM_S = 60
"""Seconds of load before it is measured: so long the broker's JVM spends a fifth of a core on compiling."""


def run(*, quick: bool) -> str:
    """The table, as Markdown. The system runs on free ports in a folder of its own, once for each guarantee."""
    seconds = 10 if quick else 60
    rows = [_row(guarantee, seconds) for guarantee in ("exactly_once", "at_least_once")]
    return (
        f"## P3: inbound → outbound, decided path, {RATE} msg/s Poisson, {seconds} s, everything up\n\n"
        "| delivery | messages | p50 ms | p90 ms | p99 ms | longest ms |\n| --- | --- | --- | --- | --- | --- |\n"
        + "".join(rows)
    )


def _row(guarantee: str, seconds: float) -> str:
    with (
        tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder,
        running(Path(folder), KEFU_DELIVERY=guarantee) as system,
    ):
        time.sleep(SETTLE_S)
        _measure(system.kafka, WARM_S)
        took = sorted(_measure(system.kafka, seconds))
    p50, p90, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.9, 0.99))
    return f"| {guarantee} | {len(took)} | {p50:.1f} | {p90:.1f} | {p99:.1f} | {took[-1] * 1000:.1f} |\n"


def _measure(bootstrap: str, seconds: float) -> list[float]:
    outbound = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "isolation.level": "read_committed",
        }
    )
    partitions = len(outbound.list_topics("chat.outbound.v1").topics["chat.outbound.v1"].partitions)
    ends = [TopicPartition("chat.outbound.v1", part) for part in range(partitions)]
    for place in ends:
        place.offset = outbound.get_watermark_offsets(place)[1]
    outbound.assign(ends)
    sent: dict[str, float] = {}
    took: list[float] = []
    sending = threading.Thread(target=_send, args=(bootstrap, seconds, sent))
    sending.start()
    deadline = time.monotonic() + seconds + 20
    while time.monotonic() < deadline and (sending.is_alive() or len(took) < len(sent)):
        message = outbound.poll(0.2)
        if message is not None and message.error() is None:
            now = time.time()
            began = sent.get(json.loads(message.value() or b"{}")["in_reply_to"])
            took += [now - began] if began is not None else []
    sending.join()
    outbound.close()
    if len(took) != len(sent):
        raise SystemExit(f"{len(took)} replies to {len(sent)} messages")
    return took


def _send(bootstrap: str, seconds: float, sent: dict[str, float]) -> None:
    """Arrivals are due at times of their own: one that was sent late does not put the next one off."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all", "partitioner": "murmur2_random"}
    )
    chance, due, number = random.Random(7), time.monotonic(), 0
    ends, run_id = due + seconds, f"{time.time():.0f}"
    while (due := due + chance.expovariate(RATE)) < ends:
        time.sleep(max(0.0, due - time.monotonic()))
        message_id, conversation = f"bench-{run_id}-{number}", f"bench-{number % 500}"
        value = {"message_id": message_id, "conversation_id": conversation, "text": TEXTS[number % len(TEXTS)]}
        sent[message_id] = time.time()
        producer.produce("chat.inbound.v1", json.dumps(value).encode(), conversation)
        producer.poll(0)
        number += 1
    producer.flush()

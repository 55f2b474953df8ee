"""Quix Streams, at least once, tuned by its documentation: larger polls, lz4, a state store with its changelog."""

import os
import sys
from typing import Any

from quixstreams import Application, State

from bench.cases.clock import StopWatch


def main(bootstrap: str, source: str, target: str, count: str, mode: str) -> None:
    app = Application(
        broker_address=bootstrap,
        consumer_group=target,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once" if mode.endswith("-eos") else "at-least-once",
        commit_interval=1.0,
        loglevel="ERROR",
        state_dir=f"/tmp/{target}",
        producer_extra_config={
            "linger.ms": 5,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
        },
        consumer_extra_config={"fetch.message.max.bytes": 2_097_152},
    )
    watch = StopWatch(int(count))

    def plain(chat: dict[str, Any]) -> dict[str, Any]:
        chat["seen"] = 1
        return chat

    def counting(chat: dict[str, Any], state: State) -> dict[str, Any]:
        chat["seen"] = state.get("seen", 0) + 1
        state.set("seen", chat["seen"])
        return chat

    def counted(_: Any) -> None:
        if watch.add():
            app.stop()

    inbound = app.topic(source, key_deserializer="bytes", value_deserializer="json")
    outbound = app.topic(target, key_serializer="bytes", value_serializer="json")
    frame = app.dataframe(inbound)
    frame = frame.apply(counting, stateful=True) if mode.startswith("state") else frame.apply(plain)
    frame.to_topic(outbound).update(counted)
    app.run()
    watch.report()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

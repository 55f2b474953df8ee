"""Stock Faust: Records, its own table, uvloop, as its documentation writes an agent."""

import os
import sys

import faust

from bench.cases.clock import StopWatch


class Chat(faust.Record, serializer="json"):
    """The benchmark's record."""

    id: str
    conversation: str
    channel: str
    text: str
    ts: float
    seen: int = 0


def main(bootstrap: str, source: str, target: str, count: str, mode: str) -> None:
    app = faust.App(
        target,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        topic_partitions=4,
        web_enabled=False,
        topic_disable_leader=True,
        broker_max_poll_records=2000,
        stream_buffer_maxsize=32_768,
        datadir=f"/tmp/{target}",
    )
    watch = StopWatch(int(count))
    inbound, outbound = app.topic(source, value_type=Chat), app.topic(target, value_type=Chat)
    counts = app.Table(f"{target}-counts", default=int, partitions=4) if mode == "state" else None

    @app.agent(inbound)
    async def agent(stream: faust.StreamT[Chat]) -> None:
        async for key, chat in stream.items():
            chat.seen = 1
            if counts is not None:
                counts[key] += 1
                chat.seen = counts[key]
            await outbound.send(key=key, value=chat)
            if watch.add():
                await app.producer.flush()
                await app.consumer.commit()
                watch.report()
                os._exit(0)

    sys.argv = ["stock", "-L", "uvloop", "worker", "-l", "error", "--without-web"]
    app.main()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A worker without a state whose work takes a random while and ends in any order.

``python -m tests.programs.asking BOOTSTRAP SOURCE FOLDER INSTANCE GUARANTEE NAP``: it answers the chats of SOURCE on
``SOURCE-out``, up to twenty at a time, each within NAP seconds.
"""

import asyncio
import logging
import random
import sys
import time
from pathlib import Path

from agents.intake import Inputs
from agents.ports import When
from agents.runtime import Runtime
from schemas.topics import Send
from streams.delivery import Guarantee
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics
from tests.programs.counting import PARTITIONS, Chat, read, topics_of


def main(engine: Engine, nap: float) -> None:
    logging.basicConfig(level="WARNING")
    inbound, outbound = topics_of(engine.group)
    app, port = faust_app(engine)
    runtime = Runtime(app, port, Metrics(), clock=time.time, ticks=time.perf_counter)

    async def ask(chat: Chat, when: When) -> list[Send]:
        await asyncio.sleep(random.uniform(0, nap))
        return [Send(outbound, chat)]

    runtime.asking(engine.group, Inputs({inbound: read}), ask, at_once=asyncio.Semaphore(20))
    run(app)


if __name__ == "__main__":
    bootstrap, source, folder, instance, guarantee, nap = sys.argv[1:]
    promised: Guarantee = "exactly_once" if guarantee == "exactly_once" else "at_least_once"
    main(Engine(source, bootstrap, Path(folder), PARTITIONS, instance, promised), float(nap))

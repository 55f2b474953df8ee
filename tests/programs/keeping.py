"""Changes states on disk, commit after commit, until it is killed: ``python -m … BOOTSTRAP CHANGELOG FOLDER``."""

import asyncio
import random
import sys
from pathlib import Path

from streams import changelog
from streams.shelf_disk import disk
from streams.states import States
from tests.changelogs import Seen, seen, transactional


async def main(bootstrap: str, name: str, folder: Path) -> None:
    changelog.MARK_EVERY_S = 0.02
    producer, chance = transactional(bootstrap, name), random.Random()
    producer.init_transactions(30)
    states = States(bootstrap, name, Seen, disk(folder))
    await states.open(range(4))
    print("working", flush=True)
    for _ in range(10_000):
        for number in chance.sample(range(500), 40):
            place = number % 4, b"k%d" % number
            count = states.get(*place).state.count + 1
            states.put(*place, seen(count, count, {"tea": float(count)} if count % 3 else None))
        producer.begin_transaction()
        for partition, key, value in states.take():
            producer.produce(name, value, key, partition)
        producer.flush(30)
        if chance.random() < 0.2:
            producer.abort_transaction(30)
            await states.open(range(4))
        else:
            producer.commit_transaction(30)
            await asyncio.sleep(chance.random() * 0.05)
            states.settle()


asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))

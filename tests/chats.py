"""Numbered chats for the counting worker, and what must have come of them."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.programs.control import Counting
from tests.topics import values


def chats(count: int, *, keys: int = 20, first: int = 0) -> list[tuple[str | None, bytes]]:
    """Chats from the number ``first`` on, spread over so many conversations."""
    return [
        (f"c{number % keys}", json.dumps({"id": str(number), "conversation_id": f"c{number % keys}"}).encode())
        for number in range(first, first + count)
    ]


def outputs(workers: Counting, count: int, *, seconds: float = 120.0) -> list[Any]:
    """What the workers wrote, in the order of each partition, once there are that many different ones.

    Fails where there are not, and no more have come for so many seconds.
    """
    found, ends = 0, time.monotonic() + seconds
    while True:
        out = values(workers.bootstrap, f"{workers.source}-out")
        before, found = found, len({chat["id"] for chat in out})
        if found >= count:
            return out
        if found > before:
            ends = time.monotonic() + seconds
        assert time.monotonic() < ends, f"{found} of {count}, and no more for {seconds} s"
        time.sleep(0.1)


def assert_exact(out: Iterable[Any], count: int, *, keys: int = 20, once: bool = True) -> None:
    """Each chat has the number that its conversation's state must give it, and comes in order.

    ``once``: exactly one time; else equal copies of what was done again after a kill are allowed.
    """
    order: dict[str, list[int]] = defaultdict(list)
    for chat in out:
        assert chat["seen"] == int(chat["id"]) // keys + 1, f"{chat} was counted wrongly"
        order[chat["conversation_id"]].append(int(chat["id"]))
    wanted = {f"c{key}": list(range(key, count, keys)) for key in range(min(keys, count))}
    if once:
        assert order == wanted
    else:
        assert {key: sorted(set(numbers)) for key, numbers in order.items()} == wanted

"""The load of the pools over HTTP, the same for each: who asks what when, and what is told of it."""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

SYSTEM = "You are the after-sales desk of a web shop. " * 40
TURNS, THINK_S = 4.0, 3.0
WARMING = 4
"""Questions before the clock starts: what a pool does at its first one, it does once in its life."""


class Turn(NamedTuple):
    """A question: when (seconds), whose, and the messages of its prompt as (role, text)."""

    at: float
    conversation: str
    messages: list[tuple[str, str]]


def turns(seed: int, seconds: float, rate: float) -> list[Turn]:
    """Conversations that begin at random, ``rate`` questions a second in all, each of about TURNS turns."""
    chance, found, now, number = random.Random(seed), list[Turn](), 0.0, 0
    while (now := now + chance.expovariate(rate / TURNS)) < seconds:
        number += 1
        at, said = now, [("system", SYSTEM), ("user", f"{number}: my parcel has not come. " * 30)]
        while at < seconds:
            found.append(Turn(at, f"c{number}", list(said)))
            said += [("assistant", "la " * 40), ("user", f"and then, {len(said)}? " * 10)]
            at += THINK_S + chance.expovariate(1 / THINK_S)
            if chance.random() < 1 / TURNS:
                break
    return sorted(found)


async def play(asked: list[Turn], ask: Callable[[Turn], Awaitable[bool]]) -> None:
    """Ask each turn at its time; print what became of them as a line of JSON: seconds, CPU seconds, broken ones."""
    await asyncio.gather(*(ask(Turn(0.0, f"w{number}", [("user", "hello")])) for number in range(WARMING)))
    took, broken = list[float](), 0
    began, cpu = time.monotonic(), time.process_time()

    async def one(turn: Turn) -> None:
        nonlocal broken
        start = time.monotonic()
        if await ask(turn):
            took.append(time.monotonic() - start)
        else:
            broken += 1

    tasks = []
    for turn in asked:
        await asyncio.sleep(max(0.0, began + turn.at - time.monotonic()))
        tasks.append(asyncio.create_task(one(turn)))
    await asyncio.gather(*tasks)
    line = {"took": sorted(took), "broken": broken, "cpu_s": time.process_time() - cpu, "asked": len(asked)}
    sys.stdout.write(json.dumps(line) + "\n")

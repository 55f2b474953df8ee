"""Who gets the next slot: lanes, shares, deadlines."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from agents.scheduling import Work
from streams.pool.admission import FAIR, Admission, Place
from streams.pool.server import Limits, Server
from tests.servers.fake_ollama import Fault
from tests.servers.pool_desk import desk


def place(name: str, *, urgent: bool = False) -> Place:
    return Place(name, Work(name, "tiny", 100.0, 50.0), urgent)


async def admitted(admission: Admission, wanted: Place, order: list[str]) -> None:
    """Hold a slot for a moment."""
    async with admission.place(wanted) as server:
        assert server is not None
        order.append(wanted.question)


async def in_order(waiting: list[tuple[str, bool]]) -> list[str]:
    """In which order those who wait get the one slot there is."""
    server, order = Server("http://127.0.0.1:1", Limits()), list[str]()
    admission = Admission([server], 1, asyncio.get_running_loop().time)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(admission.place(place("first")))
        tasks = [
            asyncio.create_task(admitted(admission, place(name, urgent=urgent), order)) for name, urgent in waiting
        ]
        await asyncio.sleep(0)
        assert admission.waiting == len(waiting)
    await asyncio.gather(*tasks)
    assert server.in_flight == admission.waiting == 0
    await server.aclose()
    return order


async def test_the_priority_lane_goes_first_each_lane_in_order() -> None:
    assert await in_order([("a", False), ("b", False), ("u", True), ("v", True)]) == ["u", "v", "a", "b"]


async def test_the_ordinary_lane_does_not_starve() -> None:
    order = await in_order([("a", False), ("b", False), *((f"u{number}", True) for number in range(2 * FAIR))])
    assert order.index("a") == FAIR - 1
    assert order.index("b") == 2 * FAIR - 1


async def test_a_worker_keeps_to_its_part_of_the_slots() -> None:
    servers = [Server(f"http://127.0.0.1:{port}", Limits()) for port in (1, 2)]
    halves = [Admission(servers, 4, lambda: 0.0) for _ in range(2)]
    for number, half in enumerate(halves):
        half.share(range(6 * number, 6 * number + 6), 12)
        assert [server.load.slots for server in servers] == [2, 2]
    halves[0].share([0], 12)
    assert sum(server.load.slots for server in servers) == 1
    for server in servers:
        await server.aclose()


async def test_who_finds_no_slot_in_time_has_expired_and_takes_no_place() -> None:
    async with desk({"fault": Fault.SILENT}, slots=1) as here:
        first = here.asking(0)
        while not here.asked[0]:
            await asyncio.sleep(0.001)
        done = await here.ask(1, within=0.05)
        assert (done.outcome, done.attempts) == ("expired", 0)
        assert "before its deadline" in done.reason
        here.fakes[0].release.set()
        assert (await first).outcome == "answered"


async def test_a_slot_that_was_left_goes_to_the_next() -> None:
    server, order = Server("http://127.0.0.1:1", Limits()), list[str]()
    admission = Admission([server], 1, asyncio.get_running_loop().time)
    with pytest.raises(ZeroDivisionError):
        async with admission.place(place("first")):
            waiting = asyncio.create_task(admitted(admission, place("second"), order))
            await asyncio.sleep(0)
            raise ZeroDivisionError
    await waiting
    assert order == ["second"]
    await server.aclose()

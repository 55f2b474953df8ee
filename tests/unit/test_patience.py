"""Patience: silence ends what it covers, signs of life put the end off; on virtual time."""

import asyncio

import pytest

from streams.pool.patience import Patience
from tests.servers.virtual_loop import run as run_virtually


def test_silence_ends_it_at_its_time() -> None:
    async def run() -> float:
        with pytest.raises(TimeoutError):
            async with Patience(3.0):
                await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(3.0)


def test_each_sign_of_life_starts_it_anew() -> None:
    async def run() -> float:
        with pytest.raises(TimeoutError):
            async with Patience(3.0) as patience:
                for _ in range(10):
                    await asyncio.sleep(2)
                    patience.heard(3.0)
                await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(23.0)


def test_a_shorter_silence_counts_from_the_sign_that_set_it() -> None:
    async def run() -> float:
        with pytest.raises(TimeoutError):
            async with Patience(20.0) as patience:
                await asyncio.sleep(1)
                patience.heard(2.0)
                await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert run_virtually(run()) == pytest.approx(3.0)


def test_what_ends_in_time_leaves_no_timer() -> None:
    async def run() -> str:
        async with Patience(1.0):
            await asyncio.sleep(0.5)
        await asyncio.sleep(10)
        return "not ended later"

    assert run_virtually(run()) == "not ended later"


def test_a_cancellation_from_outside_stays_one() -> None:
    async def patient() -> None:
        async with Patience(60.0):
            await asyncio.sleep(30)

    async def run() -> None:
        task = asyncio.create_task(patient())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtually(run())

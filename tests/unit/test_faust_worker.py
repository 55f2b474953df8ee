"""The life of a worker: what comes before, beside and after the app; a signal ends it, a crash is raised."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from streams import faust_worker
from streams.faust_worker import run


@pytest.fixture(autouse=True)
def _the_test_run_is_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that crashed ends its process a little later, whatever still waits; here that is the test run."""
    monkeypatch.setattr(faust_worker, "LEAVE_S", 0.0)
    monkeypatch.setattr(faust_worker, "_leave", lambda: None)


class App:
    """A Faust app as far as a worker knows it."""

    def __init__(self, done: list[str]) -> None:
        self.done, self.crashed, self.crash_reason = done, False, None
        self.stopping: Callable[[], Awaitable[None]] = self._at_once
        self._crashed = asyncio.Event()

    def finalize(self) -> None:
        self.done.append("finalized")

    async def start(self) -> None:
        self.done.append("started")

    async def stop(self) -> None:
        await self.stopping()
        self.done.append("stopped")

    async def _at_once(self) -> None: ...

    def crash(self, reason: Any) -> None:
        self.crashed, self.crash_reason = True, reason
        self._crashed.set()


class Life:
    """An app and what a worker does around it, noted in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.app = App(self.done)

    def run(self, *meanwhile: Callable[[], Awaitable[None]]) -> None:
        app: Any = self.app
        run(app, before=[self.note("before")], meanwhile=meanwhile, after=[self.note("after")])

    def note(self, word: str) -> Callable[[], Awaitable[None]]:
        async def noted() -> None:
            self.done.append(word)

        return noted


async def _terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()


async def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.Event().wait()


@pytest.mark.parametrize("signalled", [_terminate, _interrupt])
def test_a_signal_stops_the_app_gracefully_in_order(signalled: Callable[[], Awaitable[None]]) -> None:
    life = Life()
    life.run(signalled)
    assert life.done == ["before", "finalized", "started", "stopped", "after"]


def test_a_crash_of_the_app_is_raised_after_it_was_stopped() -> None:
    life = Life()

    async def crash() -> None:
        life.app.crash(ValueError("a bug"))
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match=r"the worker crashed: ValueError\('a bug'\)"):
        life.run(crash)
    assert life.done[-2:] == ["stopped", "after"]


def test_a_crash_of_a_task_beside_the_app_is_raised_as_it_is() -> None:
    life = Life()

    async def stall() -> None:
        raise LookupError("stalled")

    with pytest.raises(LookupError, match="stalled"):
        life.run(stall)
    assert life.done[-2:] == ["stopped", "after"]


def test_tasks_beside_the_app_are_cancelled_at_the_end() -> None:
    life = Life()

    async def beside() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            life.done.append("cancelled")

    life.run(beside, _terminate)
    assert "cancelled" in life.done


def test_an_app_that_does_not_stop_in_time_is_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(faust_worker, "STOP_S", 0.01)
    life = Life()
    life.app.stopping = lambda: asyncio.sleep(60)
    life.run(_terminate)
    assert "graceful stop took longer" in caplog.text
    assert life.done[-1] == "after"


def test_a_thread_that_waits_for_ever_does_not_hold_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left = threading.Event()
    monkeypatch.setattr(faust_worker, "LEAVE_S", 0.3)
    monkeypatch.setattr(faust_worker, "_leave", left.set)
    waiting = threading.Thread(target=left.wait)
    waiting.start()
    Life().run(_terminate)
    assert left.wait(30)
    waiting.join()


def test_what_fails_before_the_start_keeps_the_app_from_starting() -> None:
    life = Life()

    async def fail() -> None:
        raise LookupError("not ready")

    app: Any = life.app
    with pytest.raises(LookupError, match="not ready"):
        run(app, before=[fail])
    assert life.done == []

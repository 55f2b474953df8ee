"""Waiting: until it answers, with pauses that double up to a cap, in words that are not repeated at each try."""

import itertools
import logging
from collections.abc import Awaitable, Callable

import pytest

from schemas.errors import Misconfigured, Unavailable
from streams import waiting
from streams.waiting import pauses, until, until_async


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", 0.0001)


def test_pauses_double_up_to_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", 0.2)
    assert list(itertools.islice(pauses(), 7)) == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def flaky(failures: int) -> Callable[[], str]:
    """A call that is answered after so many failures."""
    left = [Unavailable(f"down {number}") for number in range(failures)]

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "here"

    return attempt


def flaky_async(failures: int) -> Callable[[], Awaitable[str]]:
    attempt = flaky(failures)

    async def awaited() -> str:
        return attempt()

    return awaited


def test_the_first_answer_is_given_back_and_the_wait_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "kefu.waiting"):
        assert until("Kafka", flaky(4)) == "here"
    assert [record.getMessage() for record in caplog.records] == ["waiting for Kafka: down 0"]


async def test_a_coroutine_function_is_waited_for_likewise(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "kefu.waiting"):
        assert await until_async("Kafka", flaky_async(4)) == "here"
    assert [record.getMessage() for record in caplog.records] == ["waiting for Kafka: down 0"]


def test_what_answers_at_once_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "kefu.waiting"):
        assert until("Kafka", flaky(0)) == "here"
    assert caplog.records == []


def test_a_long_wait_is_said_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(waiting, "SAY_EVERY_S", 0.0)
    with caplog.at_level(logging.INFO, "kefu.waiting"):
        until("Kafka", flaky(3))
    assert [record.getMessage()[-1] for record in caplog.records] == ["0", "1", "2"]


def test_what_waiting_does_not_mend_is_raised_at_once() -> None:
    tries: list[int] = []

    def wrong() -> None:
        tries.append(1)
        raise Misconfigured("KEFU_KAFKA is wrong")

    with pytest.raises(Misconfigured):
        until("Kafka", wrong)
    assert len(tries) == 1


async def test_what_waiting_does_not_mend_is_raised_at_once_from_a_coroutine_too() -> None:
    async def wrong() -> None:
        raise Misconfigured("KEFU_KAFKA is wrong")

    with pytest.raises(Misconfigured):
        await until_async("Kafka", wrong)

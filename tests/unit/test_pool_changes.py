"""The pool while it is changed: plans come into force with their models loaded, breakers are shared between workers."""

import asyncio
from collections import deque
from contextlib import suppress

import msgspec
import pytest

from agents.models.plan import PLAN, Plan
from schemas import times
from schemas.operations import Setting
from streams.live_words import NAME as WORDS
from streams.pool.changeover import change_over
from streams.pool.model_breakers import SETTING, ModelBreakers, Told
from streams.pool.rules import LiveRules
from streams.pool.table import pool_table
from streams.pool.view import view
from tests.servers.fake_ollama import Fault
from tests.servers.pool_desk import Clock, Desk, desk, request

OLD = Plan(default="tiny")


def setting(name: str, value: object) -> Setting:
    return Setting(name=name, value=value, occurred_at="2026-03-02T09:15:31.000Z")


def rules() -> LiveRules:
    return LiveRules(OLD, ModelBreakers(lambda: 0.0))


async def changed_over(here: Desk, live: LiveRules) -> None:
    """Run the change-over until the wanted plan is in force."""
    task = asyncio.create_task(change_over(live, here.servers))
    while live.plan is not live.wanted:
        await asyncio.sleep(0.001)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_plan_comes_into_force_when_its_model_is_loaded_everywhere() -> None:
    both = ("tiny:latest", "new:latest")
    async with desk({"models": both}, {"models": both}) as here:
        live = rules()
        live.setting_changed(PLAN, setting(PLAN, {"default": "new"}))
        assert [one.model for one in live.choose(request()).candidates] == ["tiny"]
        await changed_over(here, live)
        assert [fake.loaded for fake in here.fakes] == [["new"], ["new"]]
        assert [one.model for one in live.choose(request()).candidates] == ["new"]


async def test_a_server_without_the_model_does_not_stop_the_change() -> None:
    async with desk({"models": ("tiny:latest",)}, {"models": ("tiny:latest", "new:latest")}) as here:
        live = rules()
        live.setting_changed(PLAN, setting(PLAN, {"default": "new"}))
        await changed_over(here, live)
        here.plan = live.plan
        done = await here.ask()
        assert (done.outcome, done.model, done.server) == ("answered", "new", here.servers[1].url)


def test_a_setting_that_cannot_be_read_changes_nothing_and_a_deleted_one_is_the_workers_own() -> None:
    live = rules()
    live.setting_changed(PLAN, setting(PLAN, {"default": "new"}))
    live.setting_changed(PLAN, setting(PLAN, {"defualt": "newer"}))
    assert live.wanted == Plan(default="new")
    live.setting_changed(PLAN, None)
    assert live.wanted == OLD


def test_words_that_must_not_be_said_follow_their_setting() -> None:
    live = rules()
    groups = {"groups": [{"category": "rival", "action": "block", "words": ["Zenith"]}]}
    live.setting_changed(WORDS, setting(WORDS, groups))
    assert [hit.category for hit in live.sensitive("Buy at Zenith!")] == ["rival"]
    live.setting_changed(WORDS, None)
    assert live.sensitive("Buy at Zenith!") == ()


async def test_a_model_that_fails_too_often_is_passed_over_for_the_fallback_and_tried_again() -> None:
    async with desk({"models": ("small:latest", "tiny:latest")}, fallback="small") as here:
        here.fakes[0].faults = deque(fault for _ in range(3) for fault in (Fault.GARBAGE, Fault.NONE))
        for number in range(3):
            assert (await here.ask(number)).model == "small"
            here.clock.now += 5
        asked = [question["model"] for question in here.fakes[0].questions]
        assert asked == ["tiny", "small"] * 3
        here.pool.breakers.heard("tiny", {"state": "open", "rest": 20.0, "worker": "2"})
        assert (await here.ask(3)).attempts == 1
        here.clock.now += 25
        assert (await here.ask(4)).model == "tiny"


def test_workers_tell_each_other_when_a_breaker_opens_and_closes() -> None:
    told: list[tuple[str, Told]] = []
    clock = Clock()
    one, two = (ModelBreakers(clock, lambda *news: told.append(news), worker=name) for name in ("1", "2"))
    for _ in range(3):
        one.began("tiny")
        one.ended("tiny", good=False)
    ((model, news),) = told
    assert (SETTING + model, news.state, news.worker) == ("models.breaker.tiny", "open", "1")
    two.heard(model, {"state": news.state, "rest": news.rest, "worker": news.worker})
    one.heard(model, {"state": "closed", "rest": 0.0, "worker": "1"})
    assert (one.allows("tiny"), two.allows("tiny")) == (False, False)
    clock.now += news.rest
    for _ in range(2):
        two.began("tiny")
        two.ended("tiny", good=True)
    assert told[-1] == ("tiny", Told("closed", 0.0, "2"))
    one.heard("tiny", {"state": "closed", "rest": 0.0, "worker": "2"})
    assert one.allows("tiny")


WRITTEN = times.seconds("2026-03-02T09:15:31.000Z")


@pytest.mark.parametrize(
    ("ago_s", "passes"), [(0.0, False), (9.0, False), (10.5, True), (86_400.0, True), (-5.0, False)]
)
def test_a_breaker_that_was_left_open_rests_from_the_writing_of_its_setting(ago_s: float, passes: bool) -> None:
    clock = Clock()
    breakers = ModelBreakers(clock, worker="1")
    live = LiveRules(OLD, breakers, lambda: WRITTEN + ago_s)
    name = f"{SETTING}tiny"
    live.setting_changed(name, setting(name, {"state": "open", "rest": 10.0, "worker": "2"}))
    assert breakers.allows("tiny") is passes
    clock.now += 10.0
    assert breakers.allows("tiny")


def test_a_breaker_setting_of_no_time_is_passed_over() -> None:
    breakers = ModelBreakers(Clock(), worker="1")
    name = f"{SETTING}tiny"
    value = {"state": "open", "rest": 10.0, "worker": "2"}
    LiveRules(OLD, breakers).setting_changed(name, Setting(name=name, value=value, occurred_at="long ago"))
    assert breakers.allows("tiny")


async def test_the_view_shows_servers_slots_rates_and_what_is_wrong() -> None:
    async with desk({"fault": Fault.BROKEN}, {}) as here:
        for number in range(3):
            await here.ask(number)
        seen = view("1", here.pool, here.plan)
        assert [server.slots for server in seen.servers] == [4, 4]
        table = pool_table([msgspec.to_builtins(seen)])
    second, first = (server.url for server in here.servers)
    lines = {line.split()[0]: line for line in table.splitlines()[1:]}
    assert table.startswith("worker 1: tiny answers, 0 questions wait")
    assert {"0/4", "tiny"} <= set(lines[first].split())
    assert {"open", "answered", "500:"} <= set(lines[second].split())


def test_without_a_worker_the_table_says_what_to_start() -> None:
    assert "kefu worker inference" in pool_table([])

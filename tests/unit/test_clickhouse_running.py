"""Sessions and running queries of the embedded ClickHouse, without an engine."""

import threading
from typing import cast

import pytest

from infra.clickhouse.errors import Failure
from infra.clickhouse.identity import told
from infra.clickhouse.link import Link
from infra.clickhouse.processes import Kill, kill, rewritten
from infra.clickhouse.query import Session
from infra.clickhouse.running import Running
from infra.clickhouse.sessions import Sessions


class FakeLink:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def link() -> Link:
    return cast("Link", FakeLink())


def code(problem: "pytest.ExceptionInfo[Failure]") -> int:
    return problem.value.code


def test_a_session_keeps_its_link_until_its_time_is_over() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    with sessions.entered("default", Session("s", timeout=10), link) as first:
        pass
    now = 9
    with sessions.entered("default", Session("s", timeout=10), link) as again:
        assert again is first
    with sessions.entered("viewer", Session("s", timeout=10), link) as other:
        assert other is not first
    now = 19
    sessions.sweep()
    assert len(sessions) == 0
    assert cast("FakeLink", first).closed


def test_a_session_takes_one_query_at_a_time() -> None:
    sessions = Sessions()
    with (
        sessions.entered("default", Session("s"), link),
        pytest.raises(Failure) as problem,
        sessions.entered("default", Session("s"), link),
    ):
        pass
    assert code(problem) == 373


def test_a_session_that_must_exist_and_one_that_is_closed() -> None:
    sessions = Sessions()
    with pytest.raises(Failure) as problem, sessions.entered("default", Session("s", must_exist=True), link):
        pass
    assert code(problem) == 372
    with sessions.entered("default", Session("s", close=True), link):
        pass
    assert len(sessions) == 0


def test_an_id_runs_once() -> None:
    running = Running(lambda _: None)
    with running.entered("default", "q", 0):
        with pytest.raises(Failure) as problem, running.entered("default", "q", 0):
            pass
        assert code(problem) == 216
        assert running.found("viewer", "q") is None
    with running.entered("default", "q", 0):
        pass


def test_a_query_may_take_the_place_of_another() -> None:
    told, began, ended = list[str](), threading.Event(), threading.Event()

    def stop(tag: str) -> None:
        told.append(tag)
        ended.set()

    running = Running(stop)

    def first() -> None:
        with running.entered("default", "q", 0) as ticket:
            began.set()
            ended.wait(10)
            with pytest.raises(Failure):
                ticket.check()

    thread = threading.Thread(target=first)
    thread.start()
    began.wait(10)
    with running.entered("default", "q", 10):
        assert told[0] == "default q"
    thread.join()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (b"KILL QUERY WHERE query_id = 'a SYNC' SYNC", Kill(" query_id = 'a SYNC' ", "SYNC")),
        (b"kill query where user = 'x' test format JSON", Kill(" user = 'x' ", "TEST")),
        (b"/* now */ KILL QUERY WHERE 1;", Kill(" 1", "ASYNC")),
        (b"KILL MUTATION WHERE 1", None),
        (b"SELECT 'KILL QUERY WHERE 1'", None),
    ],
)
def test_kill_is_taken_apart(sql: bytes, found: Kill | None) -> None:
    assert kill(sql) == found


@pytest.mark.parametrize(
    ("sql", "end"),
    [
        (b"SELECT * FROM system.processes WHERE 1", b"FROM system.processes) AS processes WHERE 1"),
        (b"SELECT * FROM `system` . processes p", b"FROM system.processes) p"),
        (b"SHOW PROCESSLIST FORMAT CSV", b"FROM system.processes) FORMAT CSV"),
    ],
)
def test_processes_are_shown_as_clients_know_them(sql: bytes, end: bytes) -> None:
    assert rewritten(sql).endswith(end)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (b"SELECT currentUser(), query_id ( )", b"SELECT ('viewer' AS `currentUser()`), ('q''1' AS `query_id()`)"),
        (b"SELECT user, 'user()', queryID(1) FROM query", None),
    ],
)
def test_who_asks_and_under_which_id(sql: bytes, expected: bytes | None) -> None:
    answer = told(sql, "viewer", "q'1")
    assert answer.replace(rb"\'", b"''") == (expected or sql)


@pytest.mark.parametrize("sql", [b"SELECT 'system.processes'", b"SELECT 1", b"SELECT processes FROM t"])
def test_nothing_else_is_rewritten(sql: bytes) -> None:
    assert rewritten(sql) is sql

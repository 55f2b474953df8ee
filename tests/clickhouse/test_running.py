"""Statements while they run: listed, killed, streamed, limited, many at once."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from tests.clickhouse.asking import Http

ENDLESS = "SELECT count() FROM system.numbers WHERE NOT ignore(number) SETTINGS max_execution_time = 60"


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def running(http: Http, query_id: str) -> bool:
    return http.done(f"SELECT count() FROM system.processes WHERE query_id = '{query_id}'") == "1"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def started(http: Http, pool: ThreadPoolExecutor, sql: str = ENDLESS) -> tuple[str, Future[httpx.Response]]:
    """A statement that runs, and its answer to come."""
    query_id = uuid.uuid4().hex
    answer = pool.submit(http.post, sql, query_id=query_id)
    until(lambda: running(http, query_id))
    return query_id, answer


def test_what_runs_is_listed(http: Http, pool: ThreadPoolExecutor) -> None:
    query_id, answer = started(http, pool)
    row = http.done(
        "SELECT user, query, elapsed >= 0, current_database = currentDatabase() "
        f"FROM system.processes WHERE query_id = '{query_id}'"
    )
    assert row == f"default\t{ENDLESS}\t1\t1"
    http.done(f"KILL QUERY WHERE query_id = '{query_id}' SYNC")
    answer.result(30)


@pytest.mark.parametrize("how", ["SYNC", "ASYNC"])
def test_a_statement_is_killed_by_its_id(http: Http, pool: ThreadPoolExecutor, how: str) -> None:
    query_id, answer = started(http, pool)
    status = http.done(f"KILL QUERY WHERE query_id = '{query_id}' {how} FORMAT TSV")
    assert query_id in status
    killed = answer.result(30)
    assert killed.headers["X-ClickHouse-Exception-Code"] == "394"
    assert killed.status_code == 500
    until(lambda: not running(http, query_id))


def test_a_test_kill_kills_nothing(http: Http, pool: ThreadPoolExecutor) -> None:
    query_id, answer = started(http, pool)
    assert query_id in http.done(f"KILL QUERY WHERE query_id = '{query_id}' TEST")
    assert running(http, query_id)
    http.done(f"KILL QUERY WHERE query_id = '{query_id}' SYNC")
    assert answer.result(30).status_code == 500


def test_killing_nothing_is_no_error(http: Http) -> None:
    assert http.done("KILL QUERY WHERE query_id = 'nothing' SYNC") == ""


def test_an_insert_is_killed(http: Http, pool: ThreadPoolExecutor) -> None:
    http.done("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
    slow = "INSERT INTO t SELECT number + sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1"
    query_id, answer = started(http, pool, slow)
    http.done(f"KILL QUERY WHERE query_id = '{query_id}' SYNC")
    assert answer.result(30).headers["X-ClickHouse-Exception-Code"] == "394"
    assert int(http.done("SELECT count() FROM t")) < 600


def test_an_id_is_taken_while_its_statement_runs(http: Http, pool: ThreadPoolExecutor) -> None:
    query_id, answer = started(http, pool)
    assert http.code("SELECT 1", query_id=query_id) == 216
    assert http.done("SELECT 1", query_id=query_id, replace_running_query=1) == "1"
    assert answer.result(30).headers["X-ClickHouse-Exception-Code"] == "394"


def test_an_answer_streams(http: Http) -> None:
    with http.stream(
        "SELECT number FROM system.numbers SETTINGS max_execution_time = 60", query_id="endless"
    ) as answer:
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            if size > 5_000_000:
                break
    assert answer.status_code == 200
    until(lambda: not running(http, "endless"))


def test_a_client_that_leaves_ends_its_statement(http: Http) -> None:
    query_id = uuid.uuid4().hex
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            http.url,
            content=ENDLESS,
            params={"query_id": query_id, "cancel_http_readonly_queries_on_client_close": "1"},
            timeout=1,
        )
    until(lambda: not running(http, query_id))


def test_a_failure_in_mid_answer_shows(http: Http) -> None:
    sql = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000)"
    try:
        answer = http.post(sql, max_block_size=10_000, max_threads=1)
        told = answer.status_code != 200 or "Code: 395" in answer.text[-2000:]
    except httpx.RemoteProtocolError:
        told = True
    assert told


@pytest.mark.parametrize(("form", "end"), [("JSON", b'"rows":'), ("Parquet", b"PAR1"), ("XML", b"</result>")])
def test_a_document_that_fails_has_no_end(http: Http, form: str, end: bytes) -> None:
    sql = f"SELECT number, rand64(), throwIf(number = 300000) FROM numbers(400000) FORMAT {form}"
    raw = bytearray()
    with (
        suppress(httpx.RemoteProtocolError),
        http.stream(sql, max_block_size=10_000, max_threads=1, output_format_parquet_row_group_size=20_000) as answer,
    ):
        for part in answer.iter_raw():
            raw += part
    assert b"Code: 395" in raw[-2000:]
    assert end not in raw[8:]


def test_columns_may_be_named_by_their_table(http: Http) -> None:
    named = "SELECT count() > 0, system.processes.user FROM system.processes GROUP BY 2"
    assert http.done(named) == "1\tdefault"
    assert http.done("SELECT count() > 0 FROM system.one, system.processes") == "1"


@pytest.mark.parametrize("how", [{"wait_end_of_query": 1}, {"http_response_buffer_size": 50_000_000}])
def test_an_answer_that_waits_fails_as_a_whole(http: Http, how: dict[str, int]) -> None:
    sql = "SELECT number, throwIf(number = 300000) FROM numbers(400000)"
    answer = http.post(sql, max_block_size=1000, max_threads=1, **how)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "395")


def test_readers_beside_a_writer_see_whole_blocks(http: Http, pool: ThreadPoolExecutor) -> None:
    http.done("CREATE TABLE t (block UInt32, n UInt32) ENGINE = MergeTree ORDER BY (block, n)")
    written = threading.Event()

    def write() -> None:
        for block in range(30):
            rows = b"".join(b"%d,%d\n" % (block, number) for number in range(500))
            assert http.put("INSERT INTO t FORMAT CSV", rows).status_code == 200
        written.set()

    def read() -> int:
        seen = 0
        while not written.is_set():
            blocks, rows = map(int, http.done("SELECT uniqExact(block), count() FROM t").split("\t"))
            assert rows == blocks * 500
            assert blocks >= seen
            seen = blocks
        return seen

    writing, reading = pool.submit(write), [pool.submit(read) for _ in range(4)]
    writing.result(60)
    assert all(future.result(30) <= 30 for future in reading)
    assert http.done("SELECT count() FROM t") == "15000"


def test_writers_beside_each_other(http: Http, pool: ThreadPoolExecutor) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    answers = pool.map(lambda n: http.put("INSERT INTO t FORMAT TSV", b"%d\n" % n).status_code, range(40))
    assert set(answers) == {200}
    assert http.done("SELECT count(), uniqExact(a) FROM t") == "40\t40"


def test_changes_beside_reads(http: Http, pool: ThreadPoolExecutor) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t SELECT number FROM numbers(1000)")
    reads = [pool.submit(http.done, "SELECT count() FROM t") for _ in range(20)]
    for number in range(5):
        http.done(f"ALTER TABLE t ADD COLUMN c{number} UInt8")
    assert {future.result(30) for future in reads} == {"1000"}

"""What the headers of an answer tell: counts, progress, names, times."""

import json
import uuid

import pytest

from tests.clickhouse.asking import Http, Server

COUNTS = {
    "read_rows",
    "read_bytes",
    "written_rows",
    "written_bytes",
    "total_rows_to_read",
    "result_rows",
    "result_bytes",
    "elapsed_ns",
}


def test_the_summary_of_a_read(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t SELECT number FROM numbers(1000)")
    summary = http.summary("SELECT a FROM t WHERE a >= 990", wait_end_of_query=1)
    assert set(summary) >= COUNTS
    assert (summary["read_rows"], summary["read_bytes"]) == (1000, 4000)
    assert (summary["result_rows"], summary["written_rows"]) == (10, 0)
    assert summary["elapsed_ns"] > 0


@pytest.mark.parametrize("form", ["TSV", "JSONEachRow", "SELECT"])
def test_the_summary_of_an_insert(http: Http, form: str) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    sql = {
        "TSV": "INSERT INTO t FORMAT TSV\n1\n2\n3\n",
        "JSONEachRow": 'INSERT INTO t FORMAT JSONEachRow {"a":1}{"a":2}{"a":3}',
        "SELECT": "INSERT INTO t SELECT number FROM numbers(3)",
    }[form]
    summary = http.summary(sql)
    assert (summary["written_rows"], summary["written_bytes"]) == (3, 12)


def test_a_materialized_view_counts_among_the_written_rows(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    http.done("CREATE TABLE u (a UInt32) ENGINE = MergeTree ORDER BY a")
    http.done("CREATE MATERIALIZED VIEW v TO u AS SELECT a FROM t")
    assert http.summary("INSERT INTO t VALUES (1), (2)")["written_rows"] == 4


def test_progress_comes_before_the_answer(http: Http) -> None:
    answer = http.post(
        "SELECT sleepEachRow(0.05) FROM numbers(10) SETTINGS max_block_size = 1",
        send_progress_in_http_headers=1,
        http_headers_progress_interval_ms=20,
        wait_end_of_query=1,
    )
    steps = [json.loads(value) for value in answer.headers.get_list("X-ClickHouse-Progress")]
    assert len(steps) > 1
    read = [int(step["read_rows"]) for step in steps]
    assert read == sorted(read)
    assert set(steps[-1]) >= {"read_rows", "read_bytes", "total_rows_to_read"}


def test_no_progress_unless_asked(http: Http) -> None:
    assert "X-ClickHouse-Progress" not in http.post("SELECT 1").headers


def test_the_query_has_an_id(http: Http) -> None:
    wanted = str(uuid.uuid4())
    assert http.post("SELECT 1", query_id=wanted).headers["X-ClickHouse-Query-Id"] == wanted
    given = [http.post("SELECT 1").headers["X-ClickHouse-Query-Id"] for _ in range(2)]
    assert given[0] != given[1]
    assert http.done("SELECT queryID()", query_id=wanted) == wanted


def test_time_zone_server_and_format(http: Http) -> None:
    headers = http.post("SELECT timezone()").headers
    assert headers["X-ClickHouse-Timezone"] == http.done("SELECT timezone()")
    assert headers["X-ClickHouse-Server-Display-Name"]
    assert headers["X-ClickHouse-Format"] == "TabSeparated"
    zoned = http.post("SELECT 1", session_timezone="Asia/Shanghai")
    assert zoned.headers["X-ClickHouse-Timezone"] == "Asia/Shanghai"


def test_an_error_has_its_headers(http: Http) -> None:
    answer = http.post("SELECT nothing", query_id="bad")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "47"
    assert answer.headers["X-ClickHouse-Query-Id"] == "bad"
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_time_zone_of_the_statement_or_the_session(http: Http) -> None:
    def zone(sql: str, **options: str) -> str:
        return str(http.post(sql, **options).headers["X-ClickHouse-Timezone"])

    session, ours = uuid.uuid4().hex, zone("SELECT 1")
    assert zone("SELECT 1 SETTINGS max_threads = 1, session_timezone = 'Asia/Tokyo'") == "Asia/Tokyo"
    assert zone("SELECT 1 WHERE 'session_timezone' = 'Asia/Tokyo'") == ours
    assert zone("SET session_timezone = 'Asia/Tokyo'", session_id=session) == "Asia/Tokyo"
    assert zone("SELECT 1", session_id=session) == "Asia/Tokyo"
    assert zone("SELECT 1", session_id=session, session_timezone="Europe/Paris") == "Europe/Paris"
    assert zone("SELECT 1") == ours


def test_headers_that_the_query_asks_for(http: Http) -> None:
    told = "{'X-Mine':'a b','Content-Type':'text/x-mine'}"
    for answer in (
        http.post("SELECT 1", http_response_headers=told),
        http.post(f"SELECT 1 SETTINGS http_response_headers = '{told.replace(chr(39), chr(92) + chr(39))}'"),
    ):
        assert (answer.headers["X-Mine"], answer.headers["Content-Type"]) == ("a b", "text/x-mine")
    assert http.post("SELECT 1", http_response_headers="no map").status_code >= 400


def test_no_link_makes_a_page_of_an_answer(http: Http, server: Server) -> None:
    if not server.embedded:
        pytest.skip("a real server trusts whoever reaches it")
    answer = http.get("SELECT '<script></script>'", http_response_headers="{'Content-Type':'text/html'}")
    assert answer.headers["Content-Type"].startswith("text/tab-separated-values")


def test_an_id_may_come_in_a_header(http: Http) -> None:
    wanted = uuid.uuid4().hex
    answer = http.post("SELECT queryID()", {"X-ClickHouse-Query-Id": wanted})
    assert (answer.headers["X-ClickHouse-Query-Id"], answer.text) == (wanted, f"{wanted}\n")
    assert http.post("SELECT 1", query_id="a\r\nb").status_code == 200


def test_headers_win_over_the_address(http: Http) -> None:
    headers = {"X-ClickHouse-Format": "JSONCompactEachRow", "X-ClickHouse-Database": "system"}
    answer = http.post("SELECT currentDatabase(), 'x'", headers, default_format="CSV")
    assert answer.json() == ["system", "x"]


def test_the_summary_of_an_answer_that_streams_has_what_was_read_so_far(http: Http) -> None:
    slow = "SELECT repeat('x', 500), sleepEachRow(0.0001) FROM numbers(6000) SETTINGS max_block_size = 1000"
    summary = http.summary(slow)
    assert summary["read_rows"] > 0
    assert summary["elapsed_ns"] > 0

"""The reader of the embedded ClickHouse: what it sees, what it may not, and how much it may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.servers.clickhouse import start, stop
from tests.unit.test_clickhouse_guard import REFUSED

pytestmark = pytest.mark.clickhouse

READER = {"X-ClickHouse-User": "viewer", "X-ClickHouse-Key": "secret"}
LIMITS = ["--viewer-seconds", "2", "--viewer-memory", "100", "--viewer-rows", "5000", "--viewer-body", "1"]
FILE = "/etc/passwd"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    os.environ["KEFU_VIEWER_PASSWORD"] = "secret"
    try:
        process, address = start(tmp_path_factory.mktemp("clickhouse"), *LIMITS)
    finally:
        del os.environ["KEFU_VIEWER_PASSWORD"]
    with httpx.Client(base_url=address, timeout=30) as owner:
        for sql in (
            "CREATE TABLE t (a UInt32, file String) ENGINE = MergeTree ORDER BY a",
            "INSERT INTO t SELECT number, 'x' FROM numbers(2000)",
            "CREATE VIEW v AS SELECT count() AS n FROM t",
            f"CREATE VIEW outside AS SELECT * FROM file('{FILE}', 'LineAsString')",
        ):
            assert owner.post("/", content=sql).is_success
    yield address
    stop(process)


@pytest.fixture
def reader(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=READER, timeout=30) as client:
        yield client


def ask(http: httpx.Client, sql: str, **options: object) -> str:
    answer = http.post("/", params={name: str(value) for name, value in options.items()}, content=sql)
    code = answer.headers.get("X-ClickHouse-Exception-Code")
    assert "root:" not in answer.text
    return f"code {code}" if code else answer.text.strip()


def test_a_reader_reads(reader: httpx.Client) -> None:
    assert ask(reader, "SELECT count(), any(t.file) FROM t") == "2000\tx"
    assert ask(reader, "SELECT n FROM v") == "2000"
    assert ask(reader, "SELECT sum(number) FROM numbers(5)") == "10"
    assert ask(reader, "SHOW TABLES").split() == ["outside", "t", "v"]
    assert "`a` UInt32" in ask(reader, "SHOW CREATE TABLE t")
    assert ask(reader, "SELECT a FROM t WHERE a = {n:UInt32}", param_n=7, max_threads=1) == "7"
    assert ask(reader, "SELECT count() > 2 FROM system.tables") == "1"
    assert ask(reader, "SELECT count(), currentUser() FROM system.processes WHERE user = 'viewer'") == "1\tviewer"


def test_a_reader_needs_its_password(url: str) -> None:
    for key in ("", "wrong"):
        answer = httpx.post(url, headers={"X-ClickHouse-User": "viewer", "X-ClickHouse-Key": key}, content="SELECT 1")
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_a_reader_may_use_a_session(reader: httpx.Client) -> None:
    one = {"session_id": "mine"}
    assert ask(reader, "CREATE TEMPORARY TABLE s (a UInt8)", **one) == ""
    assert ask(reader, "INSERT INTO s FORMAT CSV\n1\n2\n", **one) == ""
    assert ask(reader, "SELECT sum(a) FROM s", **one) == "3"
    assert ask(reader, "SET max_threads = 1", **one) == ""
    assert ask(reader, "SELECT getSetting('max_threads')", **one) == "1"
    assert ask(reader, "SET ROLE owner", **one) == "code 497"
    assert ask(reader, "INSERT INTO t VALUES (1, 'x')", **one) == "code 497"


@pytest.mark.parametrize("sql", REFUSED)
def test_a_reader_may_not(reader: httpx.Client, sql: str) -> None:
    assert ask(reader, sql) == "code 497"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1, 'x')",
        "CREATE TABLE u (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE u (a String) ENGINE = File(CSV)",
        "CREATE FUNCTION f AS x -> x",
        "CREATE USER joe",
        "DROP TABLE t",
        "TRUNCATE TABLE t",
        "SELECT * FROM outside",
        "SELECT * FROM system.users",
        "SELECT * FROM merge('system', 'users')",
        "DESCRIBE file('/etc/passwd', 'LineAsString')",
        "EXPLAIN SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM executable('x', 'TSV', 'a String')",
        "SELECT dictGet('d', 'a', 1)",
    ],
)
def test_the_rights_end_there(reader: httpx.Client, sql: str) -> None:
    assert ask(reader, sql) in {"code 497", "code 164", "code 36"}
    assert ask(reader, "SELECT count() FROM t") == "2000"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"readonly": 0}, 164),
        ({"max_execution_time": 60}, 452),
        ({"max_execution_time": 0}, 452),
        ({"max_memory_usage": 10**10}, 452),
        ({"max_result_rows": 10**9}, 452),
        ({"additional_result_filter": "1"}, 452),
        ({"input_format_values_interpret_expressions": 1}, 452),
        ({"dialect": "kusto"}, 452),
        ({"profile": "default"}, 452),
    ],
)
def test_limits_cannot_be_lifted(reader: httpx.Client, options: dict[str, object], code: int) -> None:
    assert ask(reader, "SELECT 1", **options) == f"code {code}"
    name, value = next(iter(options.items()))
    assert ask(reader, f"SELECT 1 SETTINGS {name} = '{value}'") == f"code {code}"
    assert ask(reader, f"SET {name} = '{value}'", session_id="lift") == f"code {code}"
    assert ask(reader, "SELECT getSetting('readonly')", session_id="lift") == "2"


@pytest.mark.parametrize(
    ("sql", "codes"),
    [
        ("SELECT sleepEachRow(1) FROM numbers(10) SETTINGS max_block_size = 1", {159}),
        ("SELECT groupArray(number) FROM numbers(100000000)", {241}),
        ("SELECT number FROM numbers(10000)", {396}),
        ("SELECT 'x' FROM numbers(1000000) FORMAT Null", {396}),
        ("INSERT INTO s FORMAT CSV\n" + "1\n" * 600_000, {229}),
    ],
)
def test_limits_hold(reader: httpx.Client, sql: str, codes: set[int]) -> None:
    assert ask(reader, sql) in {f"code {code}" for code in codes}


def test_rows_hold_no_expressions(reader: httpx.Client) -> None:
    one = {"session_id": "rows"}
    assert ask(reader, "CREATE TEMPORARY TABLE s (a String)", **one) == ""
    assert ask(reader, f"INSERT INTO s VALUES (file('{FILE}'))", **one).startswith("code ")
    assert ask(reader, "SELECT count() FROM s", **one) == "0"
    options = {"query": "SELECT * FROM x", "x_structure": "a String", "x_format": "Values"}
    answer = reader.post("/", params=options, files={"x": ("x", f"(file('{FILE}'))".encode())})
    assert not answer.is_success
    options["x_structure"] = f"a UInt8, b String DEFAULT file('{FILE}')"
    assert reader.post("/", params=options | {"x_format": "CSV"}, files={"x": ("x", b"1")}).status_code == 403


def test_a_reader_does_not_stop_the_owners_queries(url: str, reader: httpx.Client) -> None:
    endless = {"params": {"query_id": "owners"}, "content": "SELECT number FROM system.numbers"}
    with httpx.Client(base_url=url, timeout=30) as owner, owner.stream("POST", "/", **endless) as answer:  # type: ignore[arg-type]
        parts = answer.iter_bytes()
        assert next(parts).startswith(b"0\n")
        assert ask(reader, "KILL QUERY WHERE query_id = 'owners' SYNC") == ""
        assert ask(owner, "SELECT count() FROM system.processes WHERE query_id = 'owners'") == "1"
        assert ask(owner, "KILL QUERY WHERE query_id = 'owners'").startswith("waiting\towners")


def test_clickhouse_connect_reads_as_the_reader(url: str) -> None:
    port = int(url.rpartition(":")[2])
    with clickhouse_connect.get_client(host="127.0.0.1", port=port, username="viewer", password="secret") as client:
        assert client.query("SELECT count() FROM t").result_rows == [(2000,)]
        assert client.query_df("SELECT a FROM t LIMIT 3")["a"].tolist() == [0, 1, 2]
        with pytest.raises(DatabaseError) as problem:
            client.command("DROP TABLE t")
        assert problem.value.code in {164, 497}


def test_without_a_password_the_reader_needs_none(tmp_path: Path) -> None:
    process, address = start(tmp_path)
    assert httpx.get(address, params={"query": "SELECT getSetting('readonly')", "user": "viewer"}).text == "2\n"
    stop(process)

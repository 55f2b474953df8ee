"""The user that may only read: what it sees, and everything that it may not do."""

import uuid

import pytest

from tests.clickhouse.asking import Http, Server, failed


@pytest.fixture(autouse=True)
def table(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t VALUES (1), (2)")


def test_it_reads(viewer: Http) -> None:
    assert viewer.done("SELECT sum(a) FROM t") == "3"
    assert viewer.get("SELECT count() FROM t").text == "2\n"
    assert viewer.done("SHOW TABLES") == "t"
    assert viewer.done("SELECT name FROM system.columns WHERE database = currentDatabase()") == "a"
    assert viewer.done("EXISTS t") == "1"


def test_it_knows_its_name(viewer: Http) -> None:
    assert viewer.done("SELECT currentUser()") == "viewer"


def test_it_brings_data_along_and_keeps_it_for_a_session(viewer: Http) -> None:
    answer = viewer.form({"ids": ("ids", b"1\n")}, query="SELECT a FROM t WHERE a IN ids", ids_structure="id UInt8")
    assert answer.text == "1\n"
    viewer.done("CREATE TEMPORARY TABLE mine AS SELECT 7 AS a", session_id="viewers")
    assert viewer.done("SELECT a FROM mine", session_id="viewers") == "7"


def test_sessions_of_two_users_do_not_meet(http: Http, viewer: Http) -> None:
    http.done("CREATE TEMPORARY TABLE mine AS SELECT 7 AS a", session_id="shared")
    assert viewer.code("SELECT a FROM mine", session_id="shared") == 60


def test_it_may_choose_settings_that_a_dashboard_needs(viewer: Http) -> None:
    assert viewer.done("SELECT number FROM numbers(9)", max_execution_time=10, limit=1) == "0"
    assert viewer.done("SELECT 1 SETTINGS max_threads = 1") == "1"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (3)",
        "CREATE TABLE u (a UInt8) ENGINE = Memory",
        "CREATE DATABASE nobody",
        "DROP TABLE t",
        "TRUNCATE TABLE t",
        "ALTER TABLE t ADD COLUMN b UInt8",
        "ALTER TABLE t DELETE WHERE 1",
        "DELETE FROM t WHERE 1",
        "OPTIMIZE TABLE t FINAL",
        "RENAME TABLE t TO u",
        "EXCHANGE TABLES t AND t",
        "DETACH TABLE t",
        "SYSTEM STOP MERGES",
        "SYSTEM RELOAD DICTIONARIES",
        "CREATE USER nobody",
        "GRANT ALL ON *.* TO viewer",
        "SET readonly = 0",
        "CREATE FUNCTION nobody AS (x) -> x",
        "BACKUP TABLE t TO File('/tmp/nobody')",
        "RESTORE TABLE t AS u FROM File('/tmp/nobody')",
    ],
)
def test_it_changes_nothing(http: Http, viewer: Http, sql: str) -> None:
    assert viewer.code(sql) in {164, 497}
    assert http.done("SELECT count() FROM t") == "2"


@pytest.mark.parametrize(
    "source",
    [
        "file('/etc/hostname', 'LineAsString')",
        "url('http://127.0.0.1:1/', 'LineAsString')",
        "s3('http://127.0.0.1:1/b/k', 'CSV')",
        "remote('127.0.0.1:1', system.one)",
        "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "executable('cat', 'TSV', 'a String')",
        "sqlite('/tmp/nobody.db', 't')",
        "hdfs('hdfs://127.0.0.1:1/x', 'TSV', 'a String')",
    ],
)
def test_it_reaches_neither_files_nor_the_network(viewer: Http, source: str) -> None:
    answer = viewer.post(f"SELECT * FROM {source}")
    assert failed(answer) in {164, 497, 46}


def test_it_stays_what_it_is_within_a_statement(viewer: Http) -> None:
    for sql in ("SELECT 1 SETTINGS readonly = 0", "SELECT 1 SETTINGS allow_ddl = 1, readonly = 1"):
        assert viewer.code(sql) in {164, 497}
    assert viewer.code("SELECT 1", readonly=0) in {164, 497}


def test_nobody_else_comes_in(viewer: Http) -> None:
    assert viewer.code("SELECT 1", password="wrong") == 516
    assert viewer.code("SELECT 1", user="nobody") == 516


def test_a_query_of_another_user_is_not_its_own_to_kill(viewer: Http) -> None:
    answer = viewer.post("KILL QUERY WHERE user = 'default' SYNC")
    assert answer.status_code != 200 or answer.text == ""


def test_a_role_bounds_what_the_owner_may_do(http: Http, server: Server) -> None:
    if not server.embedded:
        http.done("CREATE ROLE IF NOT EXISTS viewer")
        http.done("GRANT viewer TO default")
    assert http.code("INSERT INTO t VALUES (1)", role="viewer") == 497
    assert http.code("SELECT 1", role="nobody") == 511
    http.done("INSERT INTO t VALUES (1)")
    session = uuid.uuid4().hex
    assert http.done("SELECT currentRoles()", role="viewer", session_id=session) == "['viewer']"
    http.done("INSERT INTO t VALUES (2)", session_id=session)


def test_a_reader_takes_no_role_but_its_own(viewer: Http) -> None:
    assert viewer.code("SELECT 1", role="owner") in {511, 512}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("TABLE nosuch", "0"),
        ("nosuch", "0"),
        ("VIEW t", "0"),
        ("t", "1"),
        ("TABLE `t` FORMAT TSV", "1"),
        ("VIEW v", "1"),
        ('system."one"', "1"),
        ("system.nosuch", "0"),
        ("DATABASE system", "1"),
        ("TEMPORARY TABLE t", "0"),
    ],
)
def test_it_is_told_what_exists(http: Http, viewer: Http, asked: str, told: str) -> None:
    http.done("CREATE VIEW v AS SELECT 1")
    assert viewer.done(f"EXISTS {asked}") == told
    assert http.done(f"EXISTS {asked}") == told
    if asked.endswith("nosuch"):
        assert viewer.done(f"EXISTS {asked}", database="default") == "0"

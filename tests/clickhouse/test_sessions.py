"""Sessions: settings and temporary tables that outlive a request; data that a request brings along."""

import threading
import time
import uuid

import pytest

from tests.clickhouse.asking import Http, failed


@pytest.fixture
def session(http: Http) -> Http:
    """Requests of one session."""
    return Http(http.connections, http.url, {**http.options, "session_id": uuid.uuid4().hex})


def test_a_temporary_table_lives_in_its_session(http: Http, session: Http) -> None:
    session.done("CREATE TEMPORARY TABLE mine (a UInt8)")
    session.done("INSERT INTO mine VALUES (1), (2)")
    session.put("INSERT INTO mine FORMAT TSV", b"3\n")
    assert session.done("SELECT sum(a) FROM mine") == "6"
    assert http.code("SELECT * FROM mine") == 60
    assert http.code("SELECT * FROM mine", session_id=uuid.uuid4().hex) == 60


def test_settings_live_in_their_session(http: Http, session: Http) -> None:
    session.done("SET max_block_size = 7")
    assert session.done("SELECT max(blockSize()) FROM numbers(20)") == "7"
    assert http.done("SELECT max(blockSize()) FROM numbers(20)") == "20"


def test_options_of_a_request_do_not_stay_in_its_session(session: Http) -> None:
    assert session.done("SELECT max(blockSize()) FROM numbers(20)", max_block_size=7) == "7"
    assert session.done("SELECT max(blockSize()) FROM numbers(20)") == "20"


def test_parameters_live_in_their_session(session: Http) -> None:
    session.done("SET param_n = 7")
    assert session.done("SELECT {n:UInt8}") == "7"


def test_the_database_lives_in_its_session(session: Http, database: str) -> None:
    bare = Http(session.connections, session.url, {"session_id": uuid.uuid4().hex})
    bare.done(f"USE {database}")
    assert bare.done("SELECT currentDatabase()") == database


def test_a_session_that_is_checked_must_be_there(session: Http) -> None:
    assert session.code("SELECT 1", session_check=1) == 372
    session.done("SELECT 1")
    assert session.done("SELECT 1", session_check=1) == "1"


def test_a_session_is_closed_on_request(session: Http) -> None:
    session.done("CREATE TEMPORARY TABLE mine (a UInt8)", close_session=1)
    assert session.code("SELECT * FROM mine", session_check=1) == 372


def test_a_session_ends_with_its_time(session: Http) -> None:
    session.done("CREATE TEMPORARY TABLE mine (a UInt8)", session_timeout=1)
    time.sleep(3)
    assert session.code("SELECT * FROM mine", session_check=1) == 372


def test_a_time_beyond_the_greatest_is_refused(session: Http) -> None:
    assert session.code("SELECT 1", session_timeout=86400) == 374


def test_a_session_does_one_thing_at_a_time(http: Http, session: Http) -> None:
    query_id = uuid.uuid4().hex
    slow = threading.Thread(target=session.post, args=("SELECT sleep(2)",), kwargs={"query_id": query_id})
    slow.start()
    while http.done(f"SELECT count() FROM system.processes WHERE query_id = '{query_id}'") == "0" and slow.is_alive():
        time.sleep(0.02)
    assert session.code("SELECT 1") == 373
    slow.join()
    assert session.done("SELECT 1") == "1"


def test_a_failed_statement_leaves_its_session_usable(session: Http) -> None:
    session.done("CREATE TEMPORARY TABLE mine (a UInt8)")
    assert session.code("SELECT nothing FROM mine") == 47
    assert session.done("SELECT count() FROM mine") == "0"


@pytest.mark.parametrize("described", ["structure", "types"])
def test_data_that_comes_along(http: Http, described: str) -> None:
    options = (
        {"ids_structure": "id UInt32, name String"} if described == "structure" else {"ids_types": "UInt32,String"}
    )
    names = ("id", "name") if described == "structure" else ("_1", "_2")
    answer = http.form(
        {"ids": ("ids.tsv", b"1\ta\n2\tb\n")},
        query=f"SELECT sum({names[0]}), max({names[1]}) FROM ids",
        **options,
    )
    assert answer.text == "3\tb\n"


def test_several_tables_in_several_formats(http: Http) -> None:
    answer = http.form(
        {"a": ("a.csv", b'1,"x"\n2,"y"\n'), "b": ("b.json", b'{"id": 2, "z": "Z"}')},
        query="SELECT y, z FROM a JOIN b USING id",
        a_format="CSV",
        a_structure="id UInt8, y String",
        b_format="JSONEachRow",
        b_structure="id UInt8, z String",
    )
    assert answer.text == "y\tZ\n"


def test_it_is_gone_afterwards(http: Http) -> None:
    http.form({"ids": ("ids", b"1\n")}, query="SELECT * FROM ids", ids_structure="id UInt8")
    assert http.code("SELECT * FROM ids") == 60


def test_a_table_may_be_filled_from_it(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    answer = http.form({"ids": ("ids", b"1\n2\n")}, query="INSERT INTO t SELECT * FROM ids", ids_structure="a UInt8")
    assert answer.status_code == 200, answer.text
    assert http.done("SELECT sum(a) FROM t") == "3"


def test_it_must_say_what_it_is(http: Http) -> None:
    assert failed(http.form({"ids": ("ids", b"1\n")}, query="SELECT * FROM ids")) == 36
    broken = http.form({"ids": ("ids", b"x\n")}, query="SELECT * FROM ids", ids_structure="id UInt8")
    assert failed(broken) == 27

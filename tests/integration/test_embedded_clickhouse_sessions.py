"""Sessions, temporary tables, external data and running queries of the embedded ClickHouse over HTTP."""

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.external import ExternalData

from tests.servers.clickhouse import embedded_clickhouse

pytestmark = pytest.mark.clickhouse

SLOW = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))"


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def ask(http: httpx.Client, sql: str, **options: object) -> str:
    answer = http.post("/", params={name: str(value) for name, value in options.items()}, content=sql)
    code = answer.headers.get("X-ClickHouse-Exception-Code")
    return f"code {code}" if code else answer.text.strip()


def session() -> str:
    return str(uuid.uuid4())


class Slow:
    """A query without an end, in a thread of its own."""

    def __init__(self, http: httpx.Client, sql: str = SLOW, **options: object) -> None:
        self.id = session()
        self.answer = ""
        self._thread = threading.Thread(target=self._run, args=(str(http.base_url), sql, options))
        self._thread.start()
        for _ in range(200):
            if ask(http, f"SELECT count() FROM system.processes WHERE query_id = '{self.id}'") == "1":
                return
            time.sleep(0.05)
        raise AssertionError("it did not start")

    def _run(self, url: str, sql: str, options: dict[str, object]) -> None:
        with httpx.Client(base_url=url, timeout=60) as own:
            self.answer = ask(own, sql, **{"query_id": self.id} | options)

    def ended(self) -> str:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.answer


def test_a_session_remembers_and_others_do_not(http: httpx.Client) -> None:
    one, other = session(), session()
    assert ask(http, "CREATE TEMPORARY TABLE t (a UInt8)", session_id=one) == ""
    assert ask(http, "INSERT INTO t VALUES (1), (2)", session_id=one) == ""
    assert ask(http, "SET max_block_size = 7", session_id=one) == ""
    assert ask(http, "USE system", session_id=one) == ""
    sql = "SELECT sum(a), getSetting('max_block_size'), currentDatabase() FROM t"
    assert ask(http, sql, session_id=one) == "3\t7\tsystem"
    assert ask(http, sql, session_id=other) == ask(http, sql) == "code 60"


def test_what_a_request_asks_for_stays_with_the_request(http: httpx.Client) -> None:
    one = session()
    sql = "SELECT getSetting('max_block_size'), currentDatabase(), getSetting('max_threads')"
    before = ask(http, sql, session_id=one)
    assert ask(http, sql, session_id=one, max_block_size=9, database="system", max_threads=1) == "9\tsystem\t1"
    assert ask(http, sql, session_id=one) == before
    assert ask(http, "SET max_block_size = 5", session_id=one, max_block_size=9) == ""
    assert ask(http, sql, session_id=one, max_block_size=8).startswith("8\t")
    assert ask(http, sql, session_id=one).startswith("5\t")
    assert ask(http, "SELECT 1", session_id=one, database="nowhere") == "code 81"
    assert ask(http, "SELECT 1", session_id=one, no_such_setting=1) == "code 115"
    assert ask(http, sql, session_id=one).startswith("5\tdefault")
    assert ask(http, sql, max_block_size=9).startswith("9\t")
    assert ask(http, sql) == before


def test_a_read_only_request_leaves_its_session_as_it_was(http: httpx.Client) -> None:
    one = session()
    options = {"session_id": one}
    assert http.get("/", params=options | {"query": "SELECT 1"}).text == "1\n"
    assert http.get("/", params=options | {"query": "CREATE TABLE no (a UInt8) ENGINE = Memory"}).status_code == 500
    assert ask(http, "CREATE TEMPORARY TABLE t (a UInt8)", session_id=one) == ""
    assert ask(http, "INSERT INTO t VALUES (1)", session_id=one, readonly=1) == "code 164"
    assert ask(http, "SET max_threads = 1", session_id=one, readonly=1) == "code 164"
    assert ask(http, "SET max_threads = 1", readonly=1) == "code 164"
    assert ask(http, "INSERT INTO t VALUES (1)", session_id=one) == ""


def test_sessions_are_checked_locked_closed_and_end(http: httpx.Client) -> None:
    one = session()
    assert ask(http, "SELECT 1", session_id=one, session_check=1) == "code 372"
    slow = Slow(http, session_id=one)
    assert ask(http, "SELECT 1", session_id=one) == "code 373"
    ask(http, f"KILL QUERY WHERE query_id = '{slow.id}' SYNC")
    assert slow.ended() == "code 394"
    assert ask(http, "SELECT 1", session_id=one, session_check=1, close_session=1) == "1"
    assert ask(http, "SELECT 1", session_id=one, session_check=1) == "code 372"
    assert ask(http, "SELECT 1", session_id=one, session_timeout=1) == "1"
    time.sleep(1.5)
    assert ask(http, "SELECT 1", session_id=one, session_check=1) == "code 372"
    assert ask(http, "SELECT 1", session_id=one, session_timeout=10**6) == "code 374"


def test_queries_are_seen_and_killed_by_their_clients_ids(http: httpx.Client) -> None:
    slow = Slow(http)
    sql = "SELECT user, initial_query_id, processes.query FROM system.processes WHERE query_id = "
    assert ask(http, f"{sql}'{slow.id}' FORMAT TSVRaw") == f"default\t{slow.id}\t{SLOW}"
    assert slow.id in ask(http, "SHOW PROCESSLIST")
    assert ask(http, "SELECT 1", query_id=slow.id) == "code 216"
    test = ask(http, f"KILL QUERY WHERE query_id = '{slow.id}' TEST FORMAT JSONCompactEachRow")
    assert test.startswith(f'["unknown_status", "{slow.id}", "default", "SELECT count()')
    assert ask(http, "KILL QUERY WHERE query_id = 'nobody'") == ""
    killed = ask(http, "KILL QUERY WHERE query_id = {id:String} SYNC", param_id=slow.id)
    assert killed.startswith(f"finished\t{slow.id}\tdefault\t")
    assert slow.ended() == "code 394"


def test_the_log_knows_queries_by_their_clients_ids(http: httpx.Client) -> None:
    one = session()
    assert ask(http, "SELECT 'logged'", query_id=one, max_block_size=7) == "logged"
    ask(http, "SYSTEM FLUSH LOGS")
    sql = f"SELECT user, query FROM system.query_log WHERE query_id = '{one}' AND type = 'QueryFinish' FORMAT CSV"
    assert ask(http, sql) == '"default","SELECT \'logged\'"'
    assert ask(http, "SELECT count() FROM system.query_log WHERE query LIKE 'SET %chdb_client_name%'") == "0"


def test_a_query_takes_the_place_of_one_with_its_id(http: httpx.Client) -> None:
    slow = Slow(http)
    assert ask(http, "SELECT 1", query_id=slow.id, replace_running_query=1) == "1"
    assert slow.ended() == "code 394"


def test_a_client_that_goes_takes_its_query_along(http: httpx.Client) -> None:
    one = session()
    options = {"query_id": one, "cancel_http_readonly_queries_on_client_close": "1"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(str(http.base_url), params=options, content=SLOW, timeout=2)
    for _ in range(200):
        if ask(http, f"SELECT count() FROM system.processes WHERE query_id = '{one}'") == "0":
            return
        time.sleep(0.05)
    raise AssertionError("it still runs")


def test_external_tables_come_with_their_query(http: httpx.Client) -> None:
    files = {"t": ("t.csv", b"1,x\n2,y\n"), "u": ("u", b"\x01\x02")}
    options = {
        "query": "SELECT sum(a), any(b), (SELECT sum(_1) FROM u) FROM t",
        "t_structure": "a UInt8, b String",
        "t_format": "CSV",
        "u_types": "UInt8",
        "u_format": "RowBinary",
        "session_id": session(),
    }
    for _ in range(2):
        assert http.post("/", params=options, files=files).text == "3\tx\t3\n"
    assert ask(http, "SELECT * FROM t") == "code 60"
    assert http.post("/", params={"query": "SELECT 1"}, files=files).status_code == 400


def external() -> ExternalData:
    data = ExternalData(data=b"1\tx\n2\ty\n", file_name="names", structure=["id UInt8", "name String"])
    data.add_file(data=b"2,3", file_name="other.csv", fmt="CSV", types=["UInt8", "UInt8"])
    return data


def test_clickhouse_connect_sends_external_data(http: httpx.Client) -> None:
    sql = "SELECT name FROM names JOIN other ON id = _1 WHERE _2 = {n:UInt8}"
    with clickhouse_connect.get_client(dsn=str(http.base_url)) as client:
        assert client.query(sql, parameters={"n": 3}, external_data=external()).result_rows == [("y",)]
        frame: Any = client.query_df("SELECT id, name FROM names ORDER BY id", external_data=external())
        assert frame["name"].tolist() == ["x", "y"]
    with clickhouse_connect.get_client(dsn=str(http.base_url), form_encode_query_params=True) as client:
        assert client.query(sql, parameters={"n": 3}, external_data=external()).result_rows == [("y",)]


async def test_the_async_client_sends_external_data(http: httpx.Client) -> None:
    client = await clickhouse_connect.get_async_client(dsn=str(http.base_url))
    result = await client.query("SELECT count(), max(name) FROM names", external_data=external())
    assert result.result_rows == [(2, "y")]
    await client.close()

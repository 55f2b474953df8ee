"""clickhouse-connect in full, sync and async, and what curl, the Play page and browsers send."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import httpx
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client

from infra.clickhouse.guard import TABLE_FUNCTIONS
from infra.clickhouse.native import each_for_protocol, for_protocol
from infra.clickhouse.profiles import CLOSED_TEXTS, OPEN_TEXTS
from tests.servers.clickhouse import embedded_clickhouse

pytestmark = pytest.mark.clickhouse

NUMBERS = "SELECT number AS a, toString(number) AS b FROM numbers({rows:UInt32})"
TYPES = """
    SELECT number, toFixedString('ab', 3), toDecimal64(1, 3),
    CAST('x', 'Enum8(''x'' = 1)'), [[1], []]::Array(Array(UInt8)),
    map('k', [1, 2]), tuple(1, 'z'), toLowCardinality(if(number % 2, 'a', NULL)), [toLowCardinality('q')],
    now64(3, 'UTC'), generateUUIDv4(), toIPv6('::1'), NULL::Nullable(Int128), (1.5, 2.5)::Point,
    toIntervalDay(1), [(1, ['x'])], true
    FROM numbers(100000)
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with clickhouse_connect.get_client(dsn=url) as connected:
        connected.command("CREATE OR REPLACE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
        yield connected


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as connected:
        yield connected


def test_results_stream_in_every_shape(client: Client) -> None:
    parameters = {"rows": 200_000}
    with client.query_row_block_stream(NUMBERS, parameters=parameters) as blocks:
        assert sum(len(block) for block in blocks) == 200_000
    with client.query_df_stream(NUMBERS, parameters=parameters) as frames:
        assert sum(frame["a"].sum() for frame in frames) == sum(range(200_000))
    with client.query_arrow_stream(NUMBERS, parameters=parameters) as batches:
        assert sum(batch.num_rows for batch in batches) == 200_000
    assert client.query_arrow(NUMBERS, parameters=parameters).num_rows == 200_000
    with client.raw_stream(NUMBERS, parameters=parameters, fmt="CSV") as raw:
        assert b"".join(raw).count(b"\n") == 200_000
    assert client.raw_query(NUMBERS, parameters={"rows": 1}, fmt="JSONEachRow") == b'{"a":0,"b":"0"}\n'


def test_inserts_in_every_shape(client: Client) -> None:
    client.insert("t", [[1, "x"]], column_names=["a", "b"])
    client.insert_arrow("t", pa.table({"a": pa.array([2], pa.uint32()), "b": ["y"]}))
    client.insert_df("t", client.query_df("SELECT 3::UInt32 AS a, 'z' AS b"))
    client.raw_insert("t", ["a", "b"], b'{"a": 4, "b": "w"}\n', fmt="JSONEachRow")
    assert client.query("SELECT a, b FROM t ORDER BY a").result_rows == [(1, "x"), (2, "y"), (3, "z"), (4, "w")]


@pytest.fixture
def maps_as_maps() -> Iterator[None]:
    """By default the client writes a dict as JSON, which no server takes for a Map."""
    before = common.get_setting("dict_parameter_format")
    common.set_setting("dict_parameter_format", "map")
    yield
    common.set_setting("dict_parameter_format", before)


@pytest.mark.usefixtures("maps_as_maps")
def test_parameters_of_every_kind(client: Client) -> None:
    parameters: dict[str, Any] = {
        "m": {"it's": 1, "b": 2},
        "a": [["x", "y'"], []],
        "t": (1, "z"),
        "d": dt.date(2026, 1, 31),
        "f": -0.5,
        "b": True,
        "s": "a\\b\t'\"{}",
        "i": "t",
    }
    sql = (
        "SELECT {m:Map(String, UInt8)}, {a:Array(Array(String))}, {t:Tuple(UInt8, String)}, {d:Date}, {f:Float32}, "
        "{b:Bool}, {s:String}, (SELECT count() FROM {i:Identifier})"
    )
    row = client.query(sql, parameters=parameters).result_rows[0]
    assert list(row) == [*list(parameters.values())[:-1], 0]
    assert client.query("SELECT %(s)s, %(f)s", parameters=parameters).result_rows == [(parameters["s"], -0.5)]


def test_rows_of_an_insert_take_parameters(http: httpx.Client, client: Client) -> None:
    options = {"query": "INSERT INTO {t:Identifier} FORMAT CSV", "param_t": "t"}
    assert http.post("/", params=options, content="1,x\n").is_success
    assert http.post("/", content="SELECT {t:String}").headers["X-ClickHouse-Exception-Code"] == "456"
    assert client.command("SELECT count() FROM t") == 1


async def test_the_async_client_in_full(url: str, client: Client) -> None:
    other = await clickhouse_connect.get_async_client(dsn=url, session_id="asynchronous")
    await other.command("CREATE TEMPORARY TABLE mine (a UInt8)")
    await other.insert("mine", [[1], [2]], column_names=["a"])
    assert (await other.query("SELECT sum(a) FROM mine")).result_rows == [(3,)]
    assert (await other.query_df("SELECT a FROM mine ORDER BY a"))["a"].tolist() == [1, 2]
    async with await other.query_row_block_stream(NUMBERS, parameters={"rows": 200_000}) as blocks:
        assert sum([len(block) async for block in blocks]) == 200_000
    await other.insert_arrow("t", pa.table({"a": pa.array([2], pa.uint32()), "b": ["y"]}))
    assert await other.raw_query("SELECT * FROM t", fmt="TSV") == b"2\ty\n"
    await other.close()


def test_native_blocks_of_every_type_can_be_told_apart(http: httpx.Client) -> None:
    plain = http.post("/", content=f"{TYPES} SETTINGS max_threads = 1 FORMAT Native").content
    marked = each_for_protocol(plain, 54460)
    assert len(marked) > len(plain)
    options = {"client_protocol_version": "54405"}
    streamed = http.post("/", params=options, content="SELECT 1 AS check FORMAT Native").content
    assert streamed == for_protocol(b"\x01\x01\x05check\x05UInt8\x01", 54405)


def test_what_the_play_page_sends(http: httpx.Client) -> None:
    options = {
        "add_http_cors_header": "1",
        "default_format": "JSONStringsEachRowWithProgress",
        "user": "default",
        "max_result_rows": "1000",
        "result_overflow_mode": "break",
    }
    origin = {"Origin": str(http.base_url)}
    answer = http.post("/", params=options, content="SELECT number FROM numbers(3)", headers=origin)
    packets = [json.loads(line) for line in answer.text.splitlines()]
    assert [packet["row"] for packet in packets if "row" in packet] == [{"number": str(n)} for n in range(3)]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-ClickHouse-Exception-Tag" in answer.headers["Access-Control-Expose-Headers"]
    options["default_format"] = "JSONCompact"
    assert http.post("/", params=options, content="SELECT 1", headers=origin).json()["data"] == [[1]]
    assert http.post("/", params=options, content="SELECT").status_code == 400


def test_methods(http: httpx.Client) -> None:
    preflight = http.options("/", headers={"Origin": str(http.base_url)})
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (204, "POST, GET, OPTIONS")
    assert http.options("/", headers={"Origin": "https://kefu.example"}).status_code == 403
    assert http.head("/", params={"query": "SELECT 1"}).headers["X-ClickHouse-Format"] == "TabSeparated"
    assert http.put("/", content="SELECT 1").status_code == 404
    assert http.get("/", params={"query": ""}).headers["X-ClickHouse-Exception-Code"] == "62"
    assert http.get("/replicas_status").text == "Ok.\n"


def test_the_server_knows_itself(client: Client) -> None:
    assert client.server_version == client.command("SELECT version()")
    assert client.command("SELECT length(hostName()) > 0") == 1
    for table in ("databases", "tables", "columns", "functions", "settings", "formats", "processes"):
        assert int(str(client.command(f"SELECT count() FROM system.{table}"))) > 0


def test_every_setting_of_free_text_is_either_open_to_a_reader_or_not(client: Client) -> None:
    sql = "SELECT name FROM system.settings WHERE type IN ('String', 'Map', 'URI', 'Timezone') AND alias_for = ''"
    names = {name for (name,) in client.query(sql).result_rows}
    assert names <= OPEN_TEXTS | CLOSED_TEXTS, "decide in profiles.py whether a reader may change these"
    assert not OPEN_TEXTS & CLOSED_TEXTS


def test_every_table_function_that_is_open_to_a_reader_exists(client: Client) -> None:
    names = {name.lower() for (name,) in client.query("SELECT name FROM system.table_functions").result_rows}
    assert names >= TABLE_FUNCTIONS

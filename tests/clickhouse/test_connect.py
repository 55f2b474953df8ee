"""clickhouse-connect's client, sync and async: Python values, columns, frames, streams, commands."""

import datetime as dt
import io
import ipaddress
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import clickhouse_connect
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData

from tests.clickhouse.asking import Server

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENT = dt.datetime(2026, 1, 31, 8, 5, 9, 120_000, dt.UTC)
VALUES: dict[str, list[Any]] = {
    "Int8": [-128, 127],
    "Int64": [-(2**63), 2**63 - 1],
    "UInt64": [0, 2**64 - 1],
    "Int128": [-(2**127)],
    "UInt256": [2**256 - 1],
    "Float32": [0.5, -1.25],
    "Float64": [0.1, -1e300],
    "Decimal(18, 4)": [Decimal("-1.2345"), Decimal("99999999999999.0000")],
    "Decimal(76, 10)": [Decimal("123456789012345678901234567890.0123456789")],
    "Bool": [True, False],
    "String": ["", "你好\\n'\\\\", "x" * 100_000],
    "FixedString(3)": [b"abc"],
    "Date": [dt.date(2026, 1, 31)],
    "Date32": [dt.date(1900, 1, 1)],
    "DateTime('UTC')": [MOMENT.replace(microsecond=0)],
    "DateTime('Asia/Shanghai')": [MOMENT.replace(microsecond=0).astimezone(SHANGHAI)],
    "DateTime64(3, 'UTC')": [MOMENT],
    "DateTime64(6, 'Asia/Shanghai')": [MOMENT.astimezone(SHANGHAI)],
    "UUID": [uuid.UUID(int=7)],
    "IPv4": [ipaddress.IPv4Address("192.0.2.1")],
    "IPv6": [ipaddress.IPv6Address("2001:db8::1")],
    "Enum8('like' = 1, 'dislike' = 2)": ["like", "dislike"],
    "Array(Nullable(Int32))": [[], [1, None, -1]],
    "Tuple(String, Float64)": [("a", 0.5)],
    "Map(String, UInt32)": [{}, {"a": 1}],
    "Nullable(String)": [None, "", "x"],
    "LowCardinality(String)": ["web", "app", "web"],
    "LowCardinality(Nullable(String))": [None, "web"],
    "Point": [(0.5, -1.0)],
    "JSON": [{"a": 1, "b": {"c": ["x"]}}],
    "Variant(Array(UInt64), String, UInt64)": [7, "x", None],
    "Dynamic": ["x"],
}


@pytest.fixture
async def aclient(server: Server, database: str) -> AsyncIterator[AsyncClient]:
    connected = await clickhouse_connect.get_async_client(dsn=f"{server.url}/{database}")
    yield connected
    await connected.close()


@pytest.mark.parametrize("kind", VALUES)
def test_python_values_come_back_as_they_went(client: Client, kind: str) -> None:
    client.command(f"CREATE TABLE t (n UInt8, value {kind}) ENGINE = MergeTree ORDER BY n")
    sent = VALUES[kind]
    written = client.insert("t", [[number, value] for number, value in enumerate(sent)])
    assert written.written_rows == len(sent)
    found = client.query("SELECT value FROM t ORDER BY n", tz_mode="aware")
    assert [row[0] for row in found.result_rows] == sent
    assert found.column_types[0].name.split("(")[0] == kind.split("(", maxsplit=1)[0]


@pytest.mark.parametrize("codec", [False, "lz4", "zstd", "gzip"])
def test_every_compression_of_the_client(server: Server, database: str, codec: Any) -> None:
    with clickhouse_connect.get_client(dsn=f"{server.url}/{database}", compress=codec) as client:
        client.command("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
        client.insert("t", [[number, "退货" * 20] for number in range(2000)])
        assert client.query("SELECT sum(a), uniqExact(b) FROM t").result_rows == [(1999000, 1)]
        assert len(client.query("SELECT * FROM t").result_rows) == 2000


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("UInt8", 7),
        ("Int64", -5),
        ("Float64", 0.25),
        ("String", "你好 'quoted' \\ back\ttab"),
        ("Bool", True),
        ("Date", dt.date(2026, 1, 31)),
        ("DateTime('UTC')", dt.datetime(2026, 1, 31, 8, 5, 9, tzinfo=dt.UTC)),
        ("UUID", uuid.UUID(int=7)),
        ("IPv4", ipaddress.IPv4Address("192.0.2.1")),
        ("Array(String)", ["a", "it's"]),
        ("Array(UInt32)", [1, 2]),
        ("Tuple(String, Int32)", ("a", -1)),
        ("Decimal(10, 2)", Decimal("1.25")),
        ("Nullable(String)", None),
    ],
)
def test_parameters_are_bound_by_the_server(client: Client, kind: str, value: Any) -> None:
    found = client.query(f"SELECT {{value:{kind}}} AS v, toTypeName(v)", parameters={"value": value}, tz_mode="aware")
    assert found.result_rows == [(value, kind)]


def test_names_are_parameters_too(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt8) ENGINE = Memory")
    found = client.query("SELECT count({c:Identifier}) FROM {t:Identifier}", parameters={"c": "a", "t": "t"})
    assert found.result_rows == [(0,)]


def test_arrow_tables(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32, b Nullable(String), c Array(Float64)) ENGINE = MergeTree ORDER BY a")
    table = pa.table(
        {
            "a": pa.array([1, 2], pa.uint32()),
            "b": pa.array(["x", None]),
            "c": pa.array([[0.5], []], pa.list_(pa.float64())),
        }
    )
    client.insert_arrow("t", table)
    assert client.query_arrow("SELECT * FROM t ORDER BY a", use_strings=True).to_pydict() == table.to_pydict()


def test_data_frames(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32, b String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY a")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "at": pd.to_datetime([MOMENT, MOMENT])})
    client.insert_df("t", frame)
    found = client.query_df("SELECT * FROM t ORDER BY a")
    assert found["a"].tolist() == [1, 2]
    assert found["b"].tolist() == ["x", "y"]
    assert [moment.timestamp() for moment in found["at"]] == [MOMENT.timestamp()] * 2


def test_numpy_arrays(client: Client) -> None:
    assert client.query_np("SELECT number FROM numbers(5)").flatten().tolist() == [0, 1, 2, 3, 4]


def test_rows_blocks_and_bytes_are_streamed(client: Client) -> None:
    sql = "SELECT number, toString(number) FROM numbers(300000)"
    with client.query_rows_stream(sql) as rows:
        assert sum(row[0] for row in rows) == 299999 * 150000
    with client.query_column_block_stream(sql) as blocks:
        lengths = [len(block[0]) for block in blocks]
    assert len(lengths) > 1
    assert sum(lengths) == 300000
    with client.raw_stream(f"{sql} FORMAT CSV") as stream:
        assert sum(part.count(b"\n") for part in iter(lambda: stream.read(65536), b"")) == 300000


def test_raw_inserts(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    client.raw_insert("t", insert_block=io.BytesIO(b'1,"x"\n2,"y"\n'), fmt="CSV")
    client.raw_insert("t", ["b", "a"], '{"a": 3, "b": "z"}', fmt="JSONEachRow")
    assert client.raw_query("SELECT * FROM t ORDER BY a", fmt="TSV") == b"1\tx\n2\ty\n3\tz\n"


def test_external_data_joins(client: Client) -> None:
    external = ExternalData(
        file_name="ids", data=b"1,web\n3,app\n", fmt="CSV", structure=["id UInt32", "channel String"]
    )
    found = client.query(
        "SELECT number, channel FROM numbers(5) AS n JOIN ids ON number = id ORDER BY number", external_data=external
    )
    assert found.result_rows == [(1, "web"), (3, "app")]


def test_an_insert_context_is_used_again(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt32, b String DEFAULT 'd') ENGINE = MergeTree ORDER BY a")
    context = client.create_insert_context("t", ["a"], database=client.database)
    for first in (0, 2):
        context.data = [[first], [first + 1]]
        client.insert(context=context)
    assert client.query("SELECT a, b FROM t ORDER BY a").result_rows == [(n, "d") for n in range(4)]


def test_summaries_and_errors(client: Client) -> None:
    found = client.query("SELECT number FROM numbers(1000)")
    assert found.summary["read_rows"] == "1000"
    assert found.query_id
    with pytest.raises(DatabaseError, match=r"60.*UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")
    client.command("CREATE TABLE t (a UInt8) ENGINE = Memory")
    with pytest.raises(DatabaseError, match="INCORRECT_DATA"):
        client.raw_insert("t", insert_block="x", fmt="CSV")


def test_a_failure_after_rows_were_sent_is_an_error(client: Client) -> None:
    with (
        pytest.raises(DatabaseError, match="395"),
        client.query_rows_stream("SELECT throwIf(number = 2000000) FROM numbers(3000000)") as rows,
    ):
        list(rows)


def test_a_session_keeps_its_temporary_table(server: Server, database: str) -> None:
    with clickhouse_connect.get_client(dsn=f"{server.url}/{database}", session_id=uuid.uuid4().hex) as client:
        client.command("CREATE TEMPORARY TABLE mine (a UInt8)")
        client.insert("mine", [[1], [2]], column_names=["a"], column_type_names=["UInt8"])
        assert client.query("SELECT sum(a) FROM mine").result_rows == [(3,)]


async def test_async_queries_and_inserts(aclient: AsyncClient) -> None:
    await aclient.command("CREATE TABLE t (a UInt32, b LowCardinality(String)) ENGINE = MergeTree ORDER BY a")
    written = await aclient.insert("t", [[number, "x"] for number in range(1000)])
    assert written.written_rows == 1000
    found = await aclient.query("SELECT count(), {n:UInt8} FROM t", parameters={"n": 7})
    assert found.result_rows == [(1000, 7)]
    with pytest.raises(DatabaseError, match="UNKNOWN_IDENTIFIER"):
        await aclient.query("SELECT nothing FROM t")


async def test_async_streams(aclient: AsyncClient) -> None:
    total = 0
    async with await aclient.query_rows_stream("SELECT number FROM numbers(200000)") as rows:
        async for row in rows:
            total += row[0]
    assert total == 199999 * 100000


async def test_async_arrow_and_raw(aclient: AsyncClient) -> None:
    found = await aclient.query_arrow("SELECT number AS n FROM numbers(3)")
    assert found.to_pydict() == {"n": [0, 1, 2]}
    assert await aclient.raw_query("SELECT 1 AS a", fmt="JSONEachRow") == b'{"a":1}\n'

"""clickhouse-connect's HTTP client against the embedded ClickHouse."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.summary import QuerySummary

from tests.servers.clickhouse import embedded_clickhouse

pytestmark = pytest.mark.clickhouse

NOW = dt.datetime(2026, 1, 31, 8, 5, 9, 120_000, dt.UTC)
TYPES = """
    id UInt64, name String, channel LowCardinality(String), at DateTime64(3, 'UTC'), day Date, second DateTime('UTC'),
    small Float32, large Float64, signed Int8, wide Int64, flag Bool, tags Array(String), counts Map(String, UInt32),
    maybe Nullable(Int32), nothing Nullable(String), detail String, key UUID, kind Enum8('like' = 1, 'dislike' = 2),
    pairs Array(Tuple(String, Float32)), price Decimal(18, 2)
"""
ROW: list[Any] = [
    2**63, "你好，'\\\t\n", "web", NOW, NOW.date(), NOW.replace(microsecond=0),
    0.5, -1e300, -128, -(2**63), True, ["退货", ""], {"a": 1, "b": 2**32 - 1},
    None, None, '{"citations": []}', uuid.UUID(int=7), "dislike",
    [("x", 0.25)], 12,
]  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    admin = clickhouse_connect.get_client(dsn=url)
    admin.command("CREATE DATABASE test")
    with clickhouse_connect.get_client(dsn=f"{url}/test") as connected:
        yield connected
    admin.command("DROP DATABASE test SYNC")
    admin.close()


def test_every_type_comes_back_as_it_went(client: Client) -> None:
    client.command(f"CREATE TABLE types ({TYPES}) ENGINE = MergeTree ORDER BY id")
    assert client.insert("types", [ROW, [1, *ROW[1:]]]).written_rows == 2
    result = client.query("SELECT * FROM types ORDER BY id DESC", tz_mode="aware")
    assert list(result.result_rows[0]) == ROW
    assert [kind.name for kind in result.column_types][2] == "LowCardinality(String)"


def test_commands_answer_or_sum_up(client: Client) -> None:
    created = client.command("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    assert isinstance(created, QuerySummary)
    assert client.command("SELECT a FROM t") == ""
    inserted = client.command("INSERT INTO t SELECT number FROM numbers(3)")
    assert isinstance(inserted, QuerySummary)
    assert inserted.written_rows == 3
    assert client.command("EXISTS t") == 1
    assert client.command("SELECT currentDatabase(), count() FROM t") == ["test", "3"]
    assert client.query("SELECT a FROM t LIMIT 0").column_names == ("a",)


def test_a_replacing_table_reads_unique_by_key_unless_told_otherwise(client: Client) -> None:
    client.command("CREATE TABLE r (id String, n UInt8) ENGINE = ReplacingMergeTree ORDER BY id")
    client.command("SYSTEM STOP MERGES r")
    for number in (1, 2):
        client.insert("r", [["a", number]], column_names=["id", "n"])
    assert client.query("SELECT id, n FROM r").result_rows == [("a", 2)]
    assert client.query("SELECT count() FROM r", settings={"final": 0}).result_rows == [(2,)]


def test_views_follow_their_tables(client: Client) -> None:
    client.command("CREATE TABLE log (id UInt32, channel LowCardinality(String)) ENGINE = MergeTree ORDER BY id")
    client.command(
        "CREATE MATERIALIZED VIEW per_channel ENGINE = SummingMergeTree ORDER BY channel"
        " AS SELECT channel, count() AS messages FROM log GROUP BY channel"
    )
    client.command("CREATE VIEW busy AS SELECT channel, sum(messages) AS n FROM per_channel GROUP BY channel")
    client.insert("log", [[1, "web"], [2, "web"], [3, "app"]])
    assert client.query("SELECT channel, n FROM busy ORDER BY n").result_rows == [("app", 1), ("web", 2)]


def test_parameters_arrive_whole(client: Client) -> None:
    parameters = {"s": "it's \\ \t 你好", "n": -3, "a": ["x'y", ""], "t": NOW, "none": None}
    query = "SELECT {s:String}, {n:Int8}, {a:Array(String)}, {t:DateTime64(3, 'UTC')}, {none:Nullable(Int8)}"
    row = client.query(query, parameters=parameters, tz_mode="aware").result_rows[0]
    assert list(row) == list(parameters.values())
    long = "长" * 20_000
    assert client.query("SELECT length({s:String})", parameters={"s": long}).result_rows == [(60_000,)]


def test_data_frames_both_ways(client: Client) -> None:
    client.command(
        "CREATE TABLE frame (id UInt32, text String, score Nullable(Float64)) ENGINE = MergeTree ORDER BY id"
    )
    values = "values('id UInt32, text String, score Nullable(Float64)', (1, '退货', 0.5), (2, 'refund', NULL))"
    client.insert_df("frame", client.query_df(f"SELECT * FROM {values}"))
    found = client.query_df("SELECT * FROM frame ORDER BY id")
    assert found["text"].tolist() == ["退货", "refund"]
    assert found["score"].isna().tolist() == [False, True]


def test_settings_reach_the_query_and_only_that(client: Client) -> None:
    sql = "SELECT getSetting('max_threads'), getSetting('max_block_size')"
    assert client.query(sql, settings={"max_threads": 1, "max_block_size": 7}).result_rows == [(1, 7)]
    assert client.query(sql).result_rows[0][0] == 2
    assert client.server_settings["final"].value == "1"


@pytest.mark.parametrize(
    ("sql", "code", "name"),
    [
        ("SELEC 1", 62, "SYNTAX_ERROR"),
        ("SELECT * FROM nowhere", 60, "UNKNOWN_TABLE"),
        ("SELECT * FROM no_database.t", 81, "UNKNOWN_DATABASE"),
        ("SELECT nothing FROM system.one", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT {missing:String}", 456, "UNKNOWN_QUERY_PARAMETER"),
        ("SELECT groupArray(number) FROM numbers(500000000)", 241, "MEMORY_LIMIT_EXCEEDED"),
    ],
)
def test_errors_carry_clickhouses_code_and_name(client: Client, sql: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as problem:
        client.query(sql, settings={"max_memory_usage": 100_000_000})
    assert (problem.value.code, problem.value.name) == (code, name)


def test_a_bad_insert_leaves_nothing(client: Client) -> None:
    client.command("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    with pytest.raises(DatabaseError) as problem:
        client.raw_insert("t", ["a"], b"1\n" * 1000 + b"x\n", fmt="CSV")
    assert problem.value.code == 117
    assert client.query("SELECT count() FROM t").result_rows == [(0,)]


@pytest.mark.parametrize("codec", ["lz4", "zstd", "gzip", False])
def test_large_inserts_and_results_in_every_codec(url: str, client: Client, codec: str | bool) -> None:
    client.command("CREATE TABLE big (id UInt32, text String) ENGINE = MergeTree ORDER BY id")
    rows = [[number, f"消息 {number}"] for number in range(100_000)]
    with clickhouse_connect.get_client(dsn=f"{url}/test", compress=codec) as other:
        assert other.insert("big", rows, column_names=["id", "text"]).written_rows == len(rows)
        assert [list(row) for row in other.query("SELECT * FROM big ORDER BY id").result_rows] == rows


def test_rows_stream_to_the_client(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
        assert sum(number for block in blocks for (number,) in block) == sum(range(300_000))


async def test_the_async_client(url: str) -> None:
    client = await clickhouse_connect.get_async_client(dsn=url)
    await client.command("CREATE TABLE async (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    await client.insert("async", [[number, "异步"] for number in range(1000)], column_names=["a", "b"])
    result = await client.query("SELECT count(), any(b) FROM async WHERE a >= {n:UInt32}", parameters={"n": 10})
    assert result.result_rows == [(990, "异步")]
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        await client.query("SELECT * FROM nowhere")
    await client.close()


def test_readers_beside_a_writer_see_whole_blocks(url: str, client: Client) -> None:
    client.command("CREATE TABLE busy (block UInt32, id UInt32) ENGINE = MergeTree ORDER BY (block, id)")
    written, seen, stopped = 20, list[int](), threading.Event()

    def read() -> None:
        with clickhouse_connect.get_client(dsn=f"{url}/test") as reader:
            while not stopped.is_set():
                counts = reader.query("SELECT count() FROM busy GROUP BY block").result_rows
                seen.extend(count for (count,) in counts)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for block in range(written):
        client.insert("busy", [[block, number] for number in range(5000)], column_names=["block", "id"])
    stopped.set()
    for reader in readers:
        reader.join()
    assert set(seen) == {5000}
    assert client.query("SELECT count() FROM busy").result_rows == [(written * 5000,)]


def test_a_slow_query_holds_nobody_up(url: str, client: Client) -> None:
    slow = threading.Thread(target=clickhouse_connect.get_client(dsn=url).query, args=("SELECT sleep(2)",))
    slow.start()
    started = dt.datetime.now(dt.UTC)
    for _ in range(10):
        client.query("SELECT 1")
    assert (dt.datetime.now(dt.UTC) - started).total_seconds() < 2
    assert slow.is_alive()
    slow.join()

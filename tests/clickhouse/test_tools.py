"""What Grafana's ClickHouse data source, the Play page and curl's users send.

Queries as grafana/clickhouse-datasource writes them (src/data/CHDatasource.ts, pkg/plugin/schema.go,
pkg/macros/macros.go), requests as clickhouse-go's HTTP connection and ClickHouse's play.html send them.
"""

import gzip

import pytest

from tests.clickhouse.asking import Http

FROM, TO = 1769817600, 1769821200
FILTER = f"at >= toDateTime({FROM}) AND at <= toDateTime({TO})"
FILTER_MS = f"at >= fromUnixTimestamp64Milli({FROM}000) AND at <= fromUnixTimestamp64Milli({TO}000)"
DAYS = "day >= toDate('2026-01-31') AND day <= toDate('2026-01-31')"


@pytest.fixture(autouse=True)
def log(http: Http) -> None:
    http.done(
        "CREATE TABLE log (at DateTime64(3, 'UTC'), day Date MATERIALIZED toDate(at), kind LowCardinality(String), "
        "ms Float64, tags Map(String, String), detail JSON COMMENT 'the rest') ENGINE = MergeTree ORDER BY at"
    )
    http.done(
        f"INSERT INTO log SELECT toDateTime64({FROM}, 3, 'UTC') + number * 60, "
        "['received', 'replied'][number % 2 + 1], number, map('channel', 'web'), '{\"a\": 1}' FROM numbers(60)"
    )


GRAFANA = {
    "SELECT version()": 1,
    "SELECT timeZone()": 1,
    "SHOW DATABASES": None,
    "SHOW TABLES": 1,
    'SHOW TABLES FROM "{database}"': 1,
    'DESC TABLE "{database}"."log"': 6,
    'SELECT DISTINCT arrayJoin(tags.keys) as keys FROM "{database}"."log" LIMIT 1000': 1,
    'SELECT arrayJoin(distinctJSONPathsAndTypes(detail)) FROM "{database}"."log" SETTINGS max_execution_time=10': 1,
    "SELECT name, type, table FROM system.columns WHERE database IN ('{database}')": 6,
    "SELECT name, type, table FROM system.columns WHERE database IN ('{database}') AND table = 'log'": 6,
    "SELECT database, name FROM system.tables ORDER BY database, name": None,
    "SELECT database, table, name, type, comment FROM system.columns "
    "WHERE (database, table) IN (('{database}', 'log')) OR (database = currentDatabase() AND table IN ('log')) "
    "ORDER BY database, table, position": 6,
    "SELECT currentDatabase()": 1,
    "select distinct kind from {database}.log limit 1000": 2,
    "SELECT DISTINCT kind FROM log SETTINGS max_execution_time=10": 2,
    f"SELECT toStartOfInterval(toDateTime(at), INTERVAL 300 second) as time, count() FROM log WHERE {FILTER} "
    "GROUP BY time ORDER BY time": 12,
    f"SELECT toStartOfInterval(toDateTime64(at, 3), INTERVAL 60000 millisecond) as time, kind, avg(ms) FROM log "
    f"WHERE {FILTER_MS} GROUP BY time, kind ORDER BY time": 60,
    f"SELECT at, ms FROM log WHERE ({DAYS}) AND ({FILTER}) ORDER BY at LIMIT 100": 60,
    "SELECT kind, count() FROM log GROUP BY kind "
    "settings additional_table_filters={{'{database}.log' : ' kind = ''replied'' '}}": 1,
    "EXPLAIN AST SELECT kind FROM log": None,
    "SELECT name, is_aggregate, case_insensitive, alias_to, origin, description, syntax, arguments, returned_value, "
    "examples, categories FROM system.functions LIMIT 10000": None,
}


@pytest.mark.parametrize("sql", GRAFANA)
def test_grafana_asks(http: Http, database: str, sql: str) -> None:
    answer = http.post(
        sql.format(database=database),
        {"Accept-Encoding": "gzip", "User-Agent": "clickhouse-go/2.40 (lv:go/1.24; os:linux)"},
        default_format="JSONCompact",
        enable_http_compression=1,
        max_execution_time=60,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    expected = GRAFANA[sql]
    assert answer.json()["rows"] == expected if expected else answer.json()["rows"] > 1


def test_grafana_as_the_user_that_only_reads(viewer: Http) -> None:
    for sql in ("SELECT version()", "SHOW TABLES", f"SELECT count() FROM log WHERE {FILTER}"):
        assert viewer.done(sql, max_execution_time=60, max_rows_to_read=1_000_000)


def test_clickhouse_go_asks_in_native(http: Http) -> None:
    headers = {"Authorization": "Basic ZGVmYXVsdDo=", "Accept-Encoding": "gzip", "Content-Encoding": "gzip"}
    hello = gzip.compress(b"SELECT displayName(), version(), revision(), timezone()")
    answer = http.post(
        hello, headers, default_format="Native", enable_http_compression=1, client_protocol_version=54460
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-ClickHouse-Format"] == "Native"
    assert http.done("SELECT version()").encode() in answer.content


def test_the_play_page_asks(http: Http) -> None:
    safety = {"max_result_rows": 1000, "max_result_bytes": 10_000_000, "result_overflow_mode": "break"}
    user = {"user": "default", "password": "", "add_http_cors_header": 1}
    answer = http.post("SELECT number FROM numbers(100000)", default_format="JSONCompact", **safety, **user)
    found = answer.json()
    assert 1000 <= found["rows"] < 100_000
    assert found["statistics"]["rows_read"] >= 1000
    graph = http.post("EXPLAIN PIPELINE graph = 1 SELECT 1", default_format="JSONCompact", **safety, **user)
    assert graph.json()["data"][0] == ["digraph"]


SYSTEM = [
    "SELECT name, engine FROM system.databases",
    "SELECT name, engine, total_rows, total_bytes, create_table_query FROM system.tables WHERE database = '{database}'",
    "SELECT name, type, position, default_kind, is_in_primary_key FROM system.columns WHERE database = '{database}'",
    "SELECT name, rows, bytes_on_disk, active FROM system.parts WHERE database = '{database}'",
    "SELECT name, value, changed, readonly FROM system.settings",
    "SELECT name, value FROM system.build_options",
    "SELECT name, is_input, is_output FROM system.formats",
    "SELECT name FROM system.functions",
    "SELECT name FROM system.table_functions",
    "SELECT name FROM system.table_engines",
    "SELECT name, case_insensitive FROM system.data_type_families",
    "SELECT event, value FROM system.events",
    "SELECT metric, value FROM system.metrics",
    "SELECT query_id, query, elapsed FROM system.processes",
    "SELECT name, path, free_space, total_space FROM system.disks",
    "SELECT * FROM system.one",
    "SELECT number FROM system.numbers LIMIT 1",
    "SELECT * FROM system.contributors LIMIT 1",
    "SELECT time_zone FROM system.time_zones",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{database}'",
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{database}'",
    "SHOW CREATE DATABASE {database}",
    "SHOW FULL COLUMNS FROM log",
    "SHOW INDEX FROM log",
    "SHOW PROCESSLIST",
    "SHOW SETTINGS LIKE 'max_thr%'",
    "SHOW FUNCTIONS LIKE 'toStartOfInt%'",
    "EXPLAIN PLAN SELECT * FROM log",
    "EXPLAIN SYNTAX SELECT * FROM log",
    "EXPLAIN ESTIMATE SELECT * FROM log",
]


@pytest.mark.parametrize("sql", SYSTEM)
def test_what_a_server_knows_about_itself(http: Http, database: str, sql: str) -> None:
    assert http.done(sql.format(database=database)) != ""

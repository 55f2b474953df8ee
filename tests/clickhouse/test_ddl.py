"""What can be made, changed, renamed, exchanged and dropped."""

import pytest

from tests.clickhouse.asking import Http

ENGINES = {
    "MergeTree ORDER BY k": [("a", 1), ("a", 2), ("b", 4)],
    "ReplacingMergeTree ORDER BY k": [("a", 2), ("b", 4)],
    "ReplacingMergeTree(n) ORDER BY k": [("a", 2), ("b", 4)],
    "SummingMergeTree ORDER BY k": [("a", 3), ("b", 4)],
    "AggregatingMergeTree ORDER BY k": [("a", 1), ("b", 4)],
    "CollapsingMergeTree(sign) ORDER BY k": [("a", 2), ("b", 4)],
    "VersionedCollapsingMergeTree(sign, n) ORDER BY k": [("a", 1), ("a", 2), ("b", 4)],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_merge_tree_family(http: Http, engine: str) -> None:
    http.done(f"CREATE TABLE t (k String, n UInt32, sign Int8 DEFAULT 1) ENGINE = {engine}")
    for row in ("('a', 1)", "('a', 2)", "('b', 4)"):
        http.done(f"INSERT INTO t (k, n) VALUES {row}", optimize_on_insert=0)
    http.done("OPTIMIZE TABLE t FINAL")
    found = http.done("SELECT k, n FROM t ORDER BY k, n", final=0)
    assert found == "\n".join(f"{key}\t{number}" for key, number in ENGINES[engine])


@pytest.mark.parametrize("engine", ["Memory", "Log", "TinyLog", "StripeLog", "Null", "Set", "Buffer"])
def test_other_engines(http: Http, engine: str) -> None:
    http.done("CREATE TABLE under (a UInt8) ENGINE = Memory")
    more = "(currentDatabase(), 'under', 1, 1, 1, 1, 1, 1, 1)" if engine == "Buffer" else ""
    http.done(f"CREATE TABLE t (a UInt8) ENGINE = {engine}{more}")
    http.done("INSERT INTO t VALUES (1), (2)")
    if engine == "Set":
        assert http.done("SELECT 2 IN t, 3 IN t") == "1\t0"
    else:
        assert http.done("SELECT count() FROM t") == ("0" if engine == "Null" else "2")


def test_partitions(http: Http) -> None:
    http.done("CREATE TABLE t (d Date, a UInt8) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY a")
    http.done("INSERT INTO t VALUES ('2026-01-31', 1), ('2026-02-01', 2)")
    http.done("ALTER TABLE t DROP PARTITION 202601")
    assert http.done("SELECT a FROM t") == "2"
    http.done("ALTER TABLE t DETACH PARTITION 202602")
    assert http.done("SELECT count() FROM t") == "0"
    http.done("ALTER TABLE t ATTACH PARTITION 202602")
    parts = "SELECT partition, rows FROM system.parts WHERE database = currentDatabase() AND table = 't' AND active"
    assert http.done(parts) == "202602\t1"


def test_columns_are_added_changed_renamed_and_dropped(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8, b String) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t VALUES (1, '7')")
    http.done("ALTER TABLE t ADD COLUMN c String DEFAULT concat(b, '!') AFTER a, MODIFY COLUMN b UInt64")
    assert http.done("SELECT * FROM t FORMAT JSONEachRow", output_format_json_quote_64bit_integers=0) == (
        '{"a":1,"c":"7!","b":7}'
    )
    http.done("ALTER TABLE t RENAME COLUMN c TO d, COMMENT COLUMN b 'a number', DROP COLUMN IF EXISTS nothing")
    columns = "SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = 't'"
    assert http.done(columns) == "a\tUInt8\t\nd\tString\t\nb\tUInt64\ta number"


def test_updates_and_deletes(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8, b String) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')")
    http.done("ALTER TABLE t UPDATE b = upper(b) WHERE a = 1 SETTINGS mutations_sync = 1")
    http.done("DELETE FROM t WHERE a = 2")
    http.done("ALTER TABLE t DELETE WHERE a = 3 SETTINGS mutations_sync = 1")
    assert http.done("SELECT * FROM t") == "1\tX"
    http.done("TRUNCATE TABLE t")
    assert http.done("SELECT count() FROM t") == "0"


def test_indices_projections_and_statistics(http: Http) -> None:
    http.done(
        "CREATE TABLE t (a UInt32, b String, INDEX by_b b TYPE bloom_filter GRANULARITY 1, "
        "PROJECTION sums (SELECT b, sum(a) GROUP BY b)) ENGINE = MergeTree ORDER BY a"
    )
    http.done("INSERT INTO t SELECT number, toString(number % 10) FROM numbers(50000)")
    assert "by_b" in http.done("EXPLAIN indexes = 1 SELECT a FROM t WHERE b = 'nothing'")
    assert http.done("SELECT sum(a) FROM t WHERE b = '3'", force_optimize_projection=1) == "124990000"
    http.done("ALTER TABLE t ADD PROJECTION by_order (SELECT * ORDER BY b)")
    http.done("ALTER TABLE t MATERIALIZE PROJECTION by_order SETTINGS mutations_sync = 1")
    http.done("ALTER TABLE t DROP PROJECTION sums, DROP INDEX by_b")


def test_materialized_views_with_a_target_and_without(http: Http) -> None:
    http.done("CREATE TABLE log (k String, n UInt32) ENGINE = MergeTree ORDER BY k")
    http.done("CREATE TABLE sums (k String, n UInt64) ENGINE = SummingMergeTree ORDER BY k")
    http.done("CREATE MATERIALIZED VIEW into_sums TO sums AS SELECT k, n FROM log")
    http.done("CREATE MATERIALIZED VIEW own ENGINE = MergeTree ORDER BY k POPULATE AS SELECT k FROM log")
    http.done("INSERT INTO log VALUES ('a', 1), ('a', 2), ('b', 3)")
    assert http.done("SELECT k, sum(n) FROM sums GROUP BY k ORDER BY k") == "a\t3\nb\t3"
    assert http.done("SELECT count() FROM own") == "3"
    http.done("DROP VIEW own SYNC")
    assert http.done("EXISTS VIEW own") == "0"


def test_views_with_and_without_parameters(http: Http) -> None:
    http.done("CREATE VIEW v AS SELECT number AS n FROM numbers(10) WHERE n > {low:UInt8}")
    assert http.done("SELECT min(n) FROM v(low = 6)") == "7"
    http.done("CREATE OR REPLACE VIEW v AS SELECT 1 AS n")
    assert http.done("SELECT n FROM v") == "1"


def test_names_are_changed_and_exchanged(http: Http) -> None:
    for name, number in (("a", 1), ("b", 2)):
        http.done(f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY n AS SELECT {number} AS n")
    http.done("EXCHANGE TABLES a AND b")
    assert http.done("SELECT (SELECT n FROM a), (SELECT n FROM b)") == "2\t1"
    http.done("RENAME TABLE a TO c, b TO d")
    assert http.done("SHOW TABLES") == "c\nd"


def test_tables_are_made_like_others(http: Http) -> None:
    http.done("CREATE TABLE a (n UInt8, s String CODEC(ZSTD(3))) ENGINE = MergeTree ORDER BY n COMMENT 'first'")
    http.done("CREATE TABLE b AS a")
    http.done("CREATE TABLE c CLONE AS a")
    assert "CODEC(ZSTD(3))" in http.done("SHOW CREATE TABLE b")
    assert "ORDER BY n" in http.done("SHOW CREATE TABLE c")
    http.done("CREATE TABLE IF NOT EXISTS a (other String) ENGINE = Memory")
    assert http.done("DESCRIBE TABLE a FORMAT TSV").startswith("n\tUInt8")
    assert http.done("SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'a'") == "first"


@pytest.mark.parametrize("layout", ["FLAT()", "HASHED()", "COMPLEX_KEY_HASHED()"])
def test_dictionaries_of_the_owner(http: Http, database: str, layout: str) -> None:
    http.done("CREATE TABLE names (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
    http.done("INSERT INTO names VALUES (7, 'seven')")
    http.done(
        f"CREATE DICTIONARY d (id UInt64, name String DEFAULT '?') PRIMARY KEY id "
        f"SOURCE(CLICKHOUSE(TABLE 'names' DB '{database}')) LAYOUT({layout}) LIFETIME(0)"
    )
    key = "tuple(toUInt64(7))" if "COMPLEX" in layout else "7"
    assert http.done(f"SELECT dictGet('{database}.d', 'name', {key})") == "seven"
    http.done("SYSTEM RELOAD DICTIONARY d")
    assert http.done("SELECT status FROM system.dictionaries WHERE database = currentDatabase()") == "LOADED"


def test_functions_of_ones_own(http: Http, database: str) -> None:
    http.done(f"CREATE FUNCTION {database}_twice AS (x) -> x * 2")
    assert http.done(f"SELECT {database}_twice(21)") == "42"
    http.done(f"DROP FUNCTION {database}_twice")


def test_databases(http: Http, database: str) -> None:
    http.done(f"CREATE DATABASE {database}_more COMMENT 'second'")
    http.done("CREATE TABLE t (a UInt8) ENGINE = Memory", database=f"{database}_more")
    http.done(f"RENAME DATABASE {database}_more TO {database}_other")
    assert http.done(f"SHOW TABLES FROM {database}_other") == "t"
    http.done(f"DROP DATABASE {database}_other SYNC")
    assert http.code("SELECT 1", database=f"{database}_other") == 81


def test_times_to_live(http: Http) -> None:
    http.done("CREATE TABLE t (at DateTime, a UInt8) ENGINE = MergeTree ORDER BY a TTL at + INTERVAL 1 DAY")
    http.done("INSERT INTO t VALUES (now() - INTERVAL 3 DAY, 1), (now(), 2)")
    http.done("OPTIMIZE TABLE t FINAL")
    assert http.done("SELECT a FROM t") == "2"


def test_a_dropped_table_comes_back(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    http.done("INSERT INTO t VALUES (1)")
    http.done("DROP TABLE t")
    http.done("UNDROP TABLE t")
    assert http.done("SELECT a FROM t") == "1"

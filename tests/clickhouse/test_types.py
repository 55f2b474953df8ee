"""Every column type goes out and comes in again through every format that can carry it."""

from pathlib import Path

import pytest

from streams import store
from streams.settings import Settings
from tests.clickhouse.asking import Http

TYPES = {
    "Int8": ("-128", "0", "127"),
    "Int16": ("-32768", "0", "32767"),
    "Int32": ("-2147483648", "0", "2147483647"),
    "Int64": ("-9223372036854775808", "9223372036854775807"),
    "Int128": ("'-170141183460469231731687303715884105728'", "0", "'170141183460469231731687303715884105727'"),
    "Int256": ("'-5789604461865809771178549250434395392663499'", "'5789604461865809771178549250434395392663499'"),
    "UInt8": ("0", "255"),
    "UInt16": ("0", "65535"),
    "UInt32": ("0", "4294967295"),
    "UInt64": ("0", "18446744073709551615"),
    "UInt128": ("0", "'340282366920938463463374607431768211455'"),
    "UInt256": ("0", "'1157920892373161954235709850086879078532699846656405640394'"),
    "Float32": ("-0.5", "0", "3.4028235e38"),
    "Float64": ("-1e300", "0.1", "1.7976931348623157e308", "inf", "nan"),
    "BFloat16": ("-1.5", "0", "2"),
    "Decimal(9, 2)": ("-9999999.99", "0.01", "12"),
    "Decimal(18, 4)": ("'-99999999999999.9999'", "'0.0001'"),
    "Decimal(38, 10)": ("'-1234567890123456789012345678.0123456789'", "1"),
    "Decimal(76, 20)": ("'-12345678901234567890123456789012345678901234567890.00000000000000000001'", "1"),
    "Bool": ("true", "false"),
    "String": ("''", r"'你好，\'\\\t\n\"'", "'a,b;c'", "repeat('x', 300)"),
    "FixedString(5)": ("'abcde'", "'ab'"),
    "Date": ("'1970-01-01'", "'2149-06-06'"),
    "Date32": ("'1900-01-01'", "'2299-12-31'"),
    "DateTime('UTC')": ("'1970-01-01 00:00:00'", "'2106-02-07 06:28:15'"),
    "DateTime('Asia/Shanghai')": ("'1991-09-15 02:30:00'", "'2026-01-31 08:05:09'"),
    "DateTime64(3, 'UTC')": ("'1900-01-01 00:00:00.001'", "'2026-01-31 08:05:09.120'"),
    "DateTime64(9, 'America/New_York')": ("'2026-11-01 03:30:00.123456789'", "'1969-12-31 23:59:59.5'"),
    "UUID": ("'00000000-0000-0000-0000-000000000000'", "'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"),
    "IPv4": ("'0.0.0.0'", "'255.255.255.255'"),
    "IPv6": ("'::'", "'2001:db8::ff00:42:8329'"),
    "Enum8('like' = 1, 'dislike' = -2)": ("'like'", "'dislike'"),
    "Enum16('a' = 1000, '退货' = -1000)": ("'a'", "'退货'"),
    "Array(UInt32)": ("[]", "[1, 2, 3]"),
    "Array(Array(Nullable(String)))": ("[]", "[[], ['a', NULL]]"),
    "Tuple(UInt8, String)": ("(1, 'a')", "(255, '')"),
    "Tuple(name String, score Float64)": ("('a', 0.5)", "('', -1)"),
    "Map(String, UInt64)": ("{}", "{'a': 1, 'b': 18446744073709551615}"),
    "Map(LowCardinality(String), Array(Int32))": ("{'x': [1, -1]}",),
    "Nullable(Int32)": ("NULL", "-1", "0"),
    "Nullable(DateTime64(3, 'UTC'))": ("NULL", "'2026-01-31 08:05:09.120'"),
    "LowCardinality(String)": ("'web'", "''", "'web'"),
    "LowCardinality(Nullable(String))": ("NULL", "''", "'app'"),
    "Nested(kind String, weight Float32)": ("[('a', 0.5), ('b', 1)]", "[]"),
    "Point": ("(0, 0)", "(121.47, 31.23)"),
    "Ring": ("[(0, 0), (1, 0), (1, 1)]",),
    "LineString": ("[(0, 0), (1, 1)]",),
    "Polygon": ("[[(0, 0), (4, 0), (4, 4)], [(1, 1), (2, 1), (2, 2)]]",),
    "MultiPolygon": ("[[[(0, 0), (4, 0), (4, 4)]]]",),
    "SimpleAggregateFunction(max, UInt64)": ("1", "2"),
    "JSON": ("""'{"a": 1, "b": {"c": ["x", "y"]}}'""", "'{}'"),
    "JSON(a UInt32)": ("""'{"a": 7, "z": "later"}'""",),
    "Variant(UInt64, String, Array(UInt64))": ("7::UInt64", "'x'", "[1, 2]::Array(UInt64)", "NULL"),
    "Dynamic": ("7::UInt64", "'x'", "NULL"),
}
ROWS = ("Native", "JSONEachRow", "CSV", "TabSeparated", "RowBinary", "Values")
COLUMNS = ("Arrow", "Parquet")
SETTINGS = {"flatten_nested": 0, "output_format_json_quote_denormals": 1}

NOT_CARRIED = {
    *((kind, form) for kind in ("BFloat16", "Dynamic") for form in COLUMNS),
    *(("Variant(UInt64, String, Array(UInt64))", form) for form in ("CSV", "Parquet")),
}
"""ClickHouse itself has no form for them there, or reads them back as another type."""


@pytest.mark.parametrize("form", [*ROWS, *COLUMNS])
@pytest.mark.parametrize("kind", TYPES)
def test_what_a_server_writes_it_reads(http: Http, kind: str, form: str) -> None:
    if (kind, form) in NOT_CARRIED:
        pytest.skip("ClickHouse has no form for this type in this format")
    for table in ("a", "b"):
        http.done(f"CREATE TABLE {table} (value {kind}) ENGINE = Memory", **SETTINGS)
    http.done("INSERT INTO a VALUES " + ", ".join(f"({literal})" for literal in TYPES[kind]))
    written = http.post(f"SELECT * FROM a FORMAT {form}", **SETTINGS)
    assert written.status_code == 200, written.text
    put = http.put(f"INSERT INTO b FORMAT {form}", written.content)
    assert put.status_code == 200, put.text
    assert http.done("SELECT * FROM b") == http.done("SELECT * FROM a") != ""


def test_the_types_of_our_own_tables_are_among_them(http: Http, database: str, tmp_path: Path) -> None:
    store.migrate(Settings(home=tmp_path, clickhouse_url=http.url, clickhouse_database=database))
    tables = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    used = http.done(
        "SELECT DISTINCT type FROM system.columns "
        f"WHERE database = currentDatabase() AND table IN ({tables}) FORMAT LineAsString"
    )
    assert {"String", "LowCardinality(String)", "DateTime64(3, 'UTC')"} <= set(used.splitlines()) <= set(TYPES)

"""Native results for newer clients: columns of every shape, also before others."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.clickhouse.asking import Http

PROTOCOL = 54460
INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
AS_STRING = {"output_format_native_write_json_as_string": 1}
FLAT = {"output_format_native_use_flattened_dynamic_and_json_serialization": 1}

VARIANT = "Variant(Array(Nullable(String)), JSON, LowCardinality(String), Map(String, UInt8), UInt64)"
VARIANTS = ("7::UInt64", "'x'::LowCardinality(String)", "['a', NULL]::Array(Nullable(String))", "NULL")
TEXT = """'{"a": 1, "b": {"c": [{"d": 1}, {"e": ["x", null]}]}, "p' || number || '": 2.5, "q": [[1], []]}'"""


def one_of(*values: str, kind: str) -> str:
    """The values in turn, row by row."""
    return f"[{', '.join(f'CAST({value} AS {kind})' for value in values)}][number % {len(values)} + 1]"


DYNAMIC = one_of(
    "number", "'x'", "NULL", "[1, 2]", f"({TEXT})::JSON", "tuple()", "'y'::LowCardinality(String)", kind="Dynamic"
)
COLUMNS = {
    "an empty tuple": "tuple()",
    "empty tuples in an array": "[tuple(), tuple()]",
    "empty tuples in a map": "map(1, tuple())",
    "a name that ends in a backslash": r"(CAST('a\\' AS Enum8('a\\' = 1)), 'z')",
    "names with signs of types": r"CAST((1, 'x') AS Tuple(`a\\` UInt8, `b\`, (` Enum8('\', (' = 1, 'x' = 2)))",
    "QBit": "[1, 2, 3, 4, 5, 6, 7, 8, 9]::QBit(Float32, 9)",
    "Geometry": one_of("(1, 2)::Point", "[[(1, 2), (3, 4)]]::Polygon", "NULL", kind="Geometry"),
    "MultiPoint": "[(1, 2), (3, 4)]::MultiPoint",
    "Variant": one_of(*VARIANTS, kind=VARIANT),
    "Variant of nothing": f"NULL::{VARIANT}",
    "Variant in an array": f"[{one_of(*VARIANTS, kind=VARIANT)}, NULL]",
    "Variant in an empty array": f"[]::Array({VARIANT})",
    "Variant of JSON": one_of(f"({TEXT})::JSON", "NULL", kind=VARIANT),
    "Dynamic": DYNAMIC,
    "Dynamic of nothing": "NULL::Dynamic",
    "Dynamic of few types": f"({DYNAMIC})::Dynamic(max_types = 2)",
    "Dynamic of no types": f"({DYNAMIC})::Dynamic(max_types = 0)",
    "Dynamic in a map": f"map('a', {DYNAMIC}, 'b', {DYNAMIC})",
    "Dynamic in an empty array": "[]::Array(Dynamic)",
    "JSON": f"({TEXT})::JSON",
    "JSON of nothing": "'{}'::JSON",
    "JSON of few paths": f"({TEXT})::JSON(max_dynamic_paths = 2)",
    "JSON of no paths": f"({TEXT})::JSON(max_dynamic_paths = 0, max_dynamic_types = 1)",
    "JSON of typed paths": (
        rf"({TEXT})::JSON(q Array(Array(UInt8)), `b.c` Array(JSON), a LowCardinality(String), `SKIP` {VARIANT}, "
        r"`x, \\` Dynamic, SKIP Up, SKIP REGEXP ', \\(UInt8')"
    ),
    "JSON in a tuple": f"(1, ({TEXT})::JSON, 'z')",
    "JSON in an array": f"[({TEXT})::JSON, '{{}}'::JSON]",
    "JSON in an empty array": "[]::Array(JSON)",
    "JSON or NULL": f"if(number % 2, ({TEXT})::JSON, NULL)::Nullable(JSON)",
}


def native(http: Http, columns: str, rows: int, **options: object) -> bytes:
    answer = http.post(f"SELECT {columns} FROM numbers({rows}) FORMAT Native", **options)
    assert answer.status_code == 200, answer.text
    return answer.content


def text(value: str) -> bytes:
    size = len(value.encode())
    return (bytes([size & 0x7F | 0x80, size >> 7]) if size > 0x7F else bytes([size])) + value.encode()


@pytest.mark.parametrize("options", [{}, FLAT, AS_STRING], ids=["plain", "flat", "as string"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_stands_before_another(http: Http, name: str, options: dict[str, Any]) -> None:
    """A column alone ends where its block does, which says where the next one has to begin."""
    columns = [f"{COLUMNS[name]} AS first", "toString(number) AS last"]
    kind = http.done(f"SELECT toTypeName({COLUMNS[name]}) FROM numbers(1) FORMAT TSVRaw", print_pretty_type_names=0)
    for rows in (1, 50):
        expected = INFO + bytes([2, rows])
        for column, head in zip(columns, (text("first") + text(kind), text("last") + text("String")), strict=True):
            alone = native(http, column, rows, **options)
            assert alone.startswith(bytes([1, rows]) + head)
            expected += head + b"\x00" + alone[2 + len(head) :]
        together = native(http, ", ".join(columns), rows, client_protocol_version=PROTOCOL, **options)
        assert together == expected


@pytest.mark.parametrize("name", COLUMNS)
def test_a_client_reads_the_same_before_another_column_as_after(client: Client, name: str) -> None:
    before = client.query(f"SELECT {COLUMNS[name]} AS value, number FROM numbers(50)").result_rows
    after = client.query(f"SELECT number, {COLUMNS[name]} AS value FROM numbers(50)").result_rows
    assert [row[::-1] for row in before] == after

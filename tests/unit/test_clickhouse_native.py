"""Native blocks for newer clients: what is put in, and where columns end."""

import pytest

from infra.clickhouse.errors import Failure
from infra.clickhouse.native import each_for_protocol, for_protocol

INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def text(value: bytes) -> bytes:
    return (
        bytes([len(value) & 0x7F | 0x80, len(value) >> 7]) + value if len(value) > 127 else bytes([len(value)]) + value
    )


def number(value: int, width: int = 8) -> bytes:
    return value.to_bytes(width, "little")


def block(*columns: tuple[str, bytes], rows: int = 2, mark: bytes = b"") -> bytes:
    parts = [text(b"c") + text(kind.encode()) + mark + body for kind, body in columns]
    return bytes([len(columns), rows]) + b"".join(parts)


STRINGS = text(b"x" * 200) + text(b"")
NOTHING = number(1) + b"\x00\x00" + number(0)
COLUMNS = [
    ("UInt8", b"\x01\x02"),
    ("Decimal(18, 2)", bytes(16)),
    ("FixedString(3)", b"abcdef"),
    ("DateTime64(3, 'UTC')", bytes(16)),
    ("IntervalDay", bytes(16)),
    ("Enum8('a, (' = 1, 'b)' = 2)", b"\x01\x02"),
    ("String", STRINGS),
    ("Nullable(String)", b"\x00\x01" + STRINGS),
    ("Array(String)", number(0) + number(2) + STRINGS),
    ("Map(String, UInt16)", number(1) + number(2) + STRINGS + bytes(4)),
    ("Tuple(a UInt8, `b c` String)", b"\x01\x02" + STRINGS),
    ("Array(Tuple(Float32, Array(UInt8)))", number(1) + number(2) + bytes(8) + number(1) + number(3) + b"abc"),
    ("Point", bytes(32)),
    ("Polygon", number(0) + number(1) + number(2) + bytes(32)),
    ("SimpleAggregateFunction(sum, UInt64)", bytes(16)),
    ("LowCardinality(String)", number(1) + number(0x600) + number(2) + STRINGS + number(2) + b"\x00\x01"),
    ("LowCardinality(Nullable(String))", number(1) + number(0x601) + number(2) + STRINGS + number(2) + bytes(4)),
    ("Array(LowCardinality(String))", number(1) + number(0) * 2),
    ("Tuple()", bytes(2)),
    ("Map(UInt8, Tuple())", number(1) + number(3) + bytes(6)),
    (r"Tuple(Enum8('a\\' = 1), String)", b"\x01\x01" + STRINGS),
    (r"Tuple(`a\`, (` UInt8, `b\\` String)", b"\x01\x02" + STRINGS),
    ("QBit(BFloat16, 9)", bytes(2 * 16 * 2)),
    ("Geometry", number(0) + b"\x03\xff" + bytes(16)),
    ("Variant(String, UInt64)", number(0) + b"\x00\x00" + STRINGS),
    ("Variant(LowCardinality(String), UInt64)", number(0) + number(1) + b"\x01\xff" + bytes(8)),
    ("Array(Variant(String, UInt8))", number(0) + number(0) * 2),
    ("Dynamic", number(1) + b"\x01\x01" + text(b"Int8") + number(0) + b"\x01\x00\x07" + text(b"\x15\x01x")),
    ("Dynamic", number(3) + b"\x02" + text(b"Int8") + text(b"String") + b"\x01\x02" + text(b"x")),
    ("JSON", number(0) + b"\x00\x00" + number(0) + number(2) + STRINGS * 2),
    ("JSON(a UInt8, SKIP B)", number(0) + b"\x01\x01" + text(b"b") + NOTHING + b"\x01\x02\xff\xff" + number(0) * 2),
    ("JSON(max_dynamic_paths=1)", number(3) + b"\x01" + text(b"b") + number(3) + b"\x00\x00\x00"),
    ("JSON", number(1) + STRINGS),
]


def test_an_old_client_gets_the_block_as_it_is_and_a_newer_one_its_info() -> None:
    plain = block(("UInt8", b"\x01\x02"))
    assert for_protocol(plain, 0) == plain
    assert for_protocol(plain, 54405) == INFO + plain


@pytest.mark.parametrize(("kind", "body"), COLUMNS)
def test_each_column_is_marked_as_ordinary(kind: str, body: bytes) -> None:
    columns = [(kind, body), ("UInt8", b"\x01\x02")]
    assert for_protocol(block(*columns), 54454) == INFO + block(*columns, mark=b"\x00")


def test_blocks_in_a_row_are_told_apart() -> None:
    one, two = block(*COLUMNS), block(("String", b""), rows=0)
    marked = [INFO + block(*COLUMNS, mark=b"\x00"), INFO + block(("String", b""), rows=0, mark=b"\x00")]
    assert each_for_protocol(one + two, 54460) == b"".join(marked)


ENDLESS = [
    ("AggregateFunction(sum, UInt64)", b"??"),
    ("Variant(String, UInt64)", number(1) + b"??"),
    ("Dynamic", number(4) + b"??"),
    ("Dynamic", number(3) + b"\xff\x01" + text(b"Int8") * 255 + b"??"),
    ("JSON", number(4) + b"??"),
]


@pytest.mark.parametrize(("kind", "body"), ENDLESS)
def test_a_column_without_an_end_may_only_be_the_last(kind: str, body: bytes) -> None:
    column = (kind, body)
    assert for_protocol(block(("UInt8", b"12"), column), 54460).endswith(b"??")
    with pytest.raises(Failure) as problem:
        for_protocol(block(column, ("UInt8", b"12")), 54460)
    assert problem.value.code == 48

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


def test_a_column_without_an_end_may_only_be_the_last() -> None:
    states = ("AggregateFunction(sum, UInt64)", b"??")
    assert for_protocol(block(("UInt8", b"12"), states), 54460).endswith(b"??")
    with pytest.raises(Failure) as problem:
        for_protocol(block(states, ("UInt8", b"12")), 54460)
    assert problem.value.code == 48

"""Native results as newer clients read them: with what ClickHouse adds to a block for their protocol version.

chDB writes blocks for version 0. From 51903 on a block begins with its info, from 54454 on every column tells whether
its serialization is a special one (src/Formats/NativeWriter.cpp); to put that in, columns must be told apart.
"""

import re
from collections.abc import Callable

from infra.clickhouse.errors import NOT_IMPLEMENTED, failure

_BLOCK_INFO = 51903
_SERIALIZATION = 54454
_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # no overflow rows, no bucket
_ORDINARY = b"\x00"

_WIDTHS = {
    1: "Int8 UInt8 Bool Enum8 Nothing",
    2: "Int16 UInt16 Date Enum16 BFloat16",
    4: "Int32 UInt32 Float32 Date32 DateTime IPv4 Time Decimal32",
    8: "Int64 UInt64 Float64 DateTime64 Decimal64 Time64",
    16: "Int128 UInt128 UUID IPv6 Decimal128 Point",
    32: "Int256 UInt256 Decimal256",
}
_WIDTH = {name: width for width, names in _WIDTHS.items() for name in names.split()}
_SHAPES = {
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "MultiLineString": "Array(Array(Point))",
    "Polygon": "Array(Array(Point))",
    "MultiPolygon": "Array(Array(Array(Point)))",
}
_NAME = re.compile(r"(\w+)(?:\((.*)\))?$", re.DOTALL)
_ELEMENT = re.compile(r"^(?:\w+|`(?:[^`\\]|\\.)*`)\s+(?=[A-Z])")
_DIGITS = ((9, 4), (18, 8), (38, 16), (76, 32))
_KEY_WIDTHS = (1, 2, 4, 8)


def for_protocol(block: bytes, protocol: int) -> bytes:
    """One block of version 0 as the version has it. Raises Failure for a column whose end cannot be found."""
    if protocol < _BLOCK_INFO:
        return block
    return _INFO + (block if protocol < _SERIALIZATION else _with_serialization(block))


def each_for_protocol(blocks: bytes, protocol: int) -> bytes:
    """The same for any number of blocks in a row, whose columns all have to be of known sizes."""
    reader, done, start = _Reader(blocks), list[bytes](), 0
    while reader.at < len(blocks):
        reader.block()
        done.append(for_protocol(blocks[start : reader.at], protocol))
        start = reader.at
    return b"".join(done)


def _with_serialization(block: bytes) -> bytes:
    reader = _Reader(block)
    columns, rows = reader.number(), reader.number()
    parts, copied = [], 0
    for index in range(columns):
        reader.text()
        kind = reader.text()
        parts += [block[copied : reader.at], _ORDINARY]
        copied = reader.at
        if rows and index < columns - 1:
            reader.column(kind.decode(), rows)
    return b"".join([*parts, block[copied:]])


class _Reader:
    """Walks over a block."""

    def __init__(self, block: bytes) -> None:
        self.at = 0
        self._block = block

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self._block[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text(self) -> bytes:
        size = self.number()
        self.at += size
        return self._block[self.at - size : self.at]

    def block(self) -> None:
        columns, rows = self.number(), self.number()
        for _ in range(columns):
            self.text()
            kind = self.text().decode()
            if rows:
                self.column(kind, rows)

    def column(self, kind: str, rows: int) -> None:
        self._prefix(kind)
        self._values(kind, rows)

    def _prefix(self, kind: str) -> None:
        """What stands before the values of all: the version of each LowCardinality inside."""
        name, inner = _taken_apart(kind)
        if name == "LowCardinality":
            self.at += 8
        elif name in {"Nullable", "Array", "Tuple", "Nested", "Map", "SimpleAggregateFunction"}:
            for part in _inner(name, inner):
                self._prefix(part)

    def _values(self, kind: str, rows: int) -> None:
        name, inner = _taken_apart(kind)
        walk = self._walks().get(name)
        if width := _width(name, inner):
            self.at += width * rows
        elif walk is not None:
            walk(_inner(name, inner), rows)
        else:
            raise failure(
                NOT_IMPLEMENTED, f"A column of {name} before another one cannot be sent as Native: put it last."
            )

    def _walks(self) -> dict[str, Callable[[list[str], int], None]]:
        return {
            "String": lambda _, rows: self._strings(rows),
            "Nullable": self._nullable,
            "Array": self._array,
            "Nested": self._array,
            "Map": self._array,
            "Tuple": self._tuple,
            "SimpleAggregateFunction": self._tuple,
            "LowCardinality": self._low_cardinality,
        }

    def _strings(self, rows: int) -> None:
        block, at = self._block, self.at
        for _ in range(rows):
            size = block[at]
            at += 1
            if size > 0x7F:
                self.at = at - 1
                size = self.number()
                at = self.at
            at += size
        self.at = at

    def _nullable(self, inner: list[str], rows: int) -> None:
        self.at += rows
        self._values(inner[0], rows)

    def _array(self, inner: list[str], rows: int) -> None:
        self.at += 8 * rows
        total = int.from_bytes(self._block[self.at - 8 : self.at], "little") if rows else 0
        self._tuple(inner, total)

    def _tuple(self, inner: list[str], rows: int) -> None:
        for kind in inner:
            self._values(kind, rows)

    def _low_cardinality(self, inner: list[str], rows: int) -> None:
        if not rows:
            return
        width = _KEY_WIDTHS[self._block[self.at] & 3]
        keys = int.from_bytes(self._block[self.at + 8 : self.at + 16], "little")
        self.at += 16
        self._values(re.sub(r"^Nullable\((.*)\)$", r"\1", inner[0]), keys)
        self.at += 8 + width * rows


def _taken_apart(kind: str) -> tuple[str, str]:
    found = _NAME.match(_SHAPES.get(kind, kind))
    return (found.group(1), found.group(2) or "") if found else (kind, "")


def _width(name: str, inner: str) -> int:
    """Bytes of a value; 0 for those of no fixed width."""
    if name == "FixedString":
        return int(inner)
    if name == "Decimal":
        digits = int(inner.partition(",")[0])
        return next(width for most, width in _DIGITS if digits <= most)
    return 8 if name.startswith("Interval") else _WIDTH.get(name, 0)


def _inner(name: str, inner: str) -> list[str]:
    """The types inside a type."""
    parts = _split(inner)
    if name == "SimpleAggregateFunction":
        return parts[1:]
    return [_ELEMENT.sub("", part) for part in parts] if name in {"Tuple", "Nested"} else parts


def _split(text: str) -> list[str]:
    depth, start, parts, quote = 0, 0, [], ""
    for place, sign in enumerate(text):
        if quote or sign in "'`":
            quote = "" if sign == quote and text[place - 1] != "\\" else quote or sign
        elif sign == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
        else:
            depth += {"(": 1, ")": -1}.get(sign, 0)
    return [part for part in [*parts, text[start:].strip()] if part]

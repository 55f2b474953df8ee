"""How Kafka's protocol writes numbers, texts and lists; "compact" is what its newer versions use."""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_INT16, _INT32, _INT64 = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">q")
NOTHING_MORE = b"\0"
"""No tagged fields."""


@dataclass(slots=True)
class Reader:
    """Reads an answer from its beginning."""

    data: bytes
    at: int = 0

    def int8(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def int16(self) -> int:
        return self._number(_INT16)

    def int32(self) -> int:
        return self._number(_INT32)

    def int64(self) -> int:
        return self._number(_INT64)

    def string(self) -> str:
        """Also one that may be missing."""
        return self._text(self.int16())

    def compact_string(self) -> str:
        return self._text(self.varint() - 1)

    def array(self, item: Callable[["Reader"], T]) -> list[T]:
        return [item(self) for _ in range(self.int32())]

    def compact_array(self, item: Callable[["Reader"], T]) -> list[T]:
        return [item(self) for _ in range(self.varint() - 1)]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.int8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def tags(self) -> dict[int, bytes]:
        """Tagged fields, by their number."""
        found: dict[int, bytes] = {}
        for _ in range(self.varint()):
            number, size = self.varint(), self.varint()
            found[number] = self.data[self.at : self.at + size]
            self.at += size
        return found

    def _number(self, kind: struct.Struct) -> int:
        (value,) = kind.unpack_from(self.data, self.at)
        self.at += kind.size
        return int(value)

    def _text(self, size: int) -> str:
        begin, self.at = self.at, self.at + max(size, 0)
        return self.data[begin : self.at].decode()


def int16(value: int) -> bytes:
    return _INT16.pack(value)


def int32(value: int) -> bytes:
    return _INT32.pack(value)


def int64(value: int) -> bytes:
    return _INT64.pack(value)


def string(text: str) -> bytes:
    encoded = text.encode()
    return _INT16.pack(len(encoded)) + encoded


def sized(data: bytes) -> bytes:
    """Bytes with their number before them."""
    return _INT32.pack(len(data)) + data


def array(items: Sequence[bytes]) -> bytes:
    return _INT32.pack(len(items)) + b"".join(items)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def compact_string(text: str | None) -> bytes:
    if text is None:
        return b"\0"
    encoded = text.encode()
    return varint(len(encoded) + 1) + encoded


def compact_bytes(data: bytes) -> bytes:
    return varint(len(data) + 1) + data


def compact_array(items: Sequence[bytes]) -> bytes:
    return varint(len(items) + 1) + b"".join(items)


def tagless(*parts: bytes) -> bytes:
    """A structure of a flexible version, without tagged fields."""
    return b"".join(parts) + NOTHING_MORE


def by_topic(parts: Iterable[tuple[str, bytes]]) -> Mapping[str, list[bytes]]:
    """What is said of each topic's partitions."""
    grouped: dict[str, list[bytes]] = {}
    for topic, part in parts:
        grouped.setdefault(topic, []).append(part)
    return grouped

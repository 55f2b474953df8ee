"""Kafka's wire protocol, as far as a transactional producer needs it: a connection, and what requests are made of."""

import socket
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

Address = tuple[str, int]
CONNECT_S = 5.0
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; what claims to be longer is no answer of a broker's."""

_HEAD = struct.Struct(">hhi")
_INT16, _INT32, _INT64 = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">q")
_NOTHING_MORE = b"\0"
"""No tagged fields."""


class Lost(OSError):
    """The connection is gone, or no answer came in time: whether the broker has heard is not known."""


class Connection:
    """One connection to one broker. Requests are answered in order; one is asked at a time."""

    def __init__(self, address: Address, client_id: str) -> None:
        self.address = address
        self._client = string(client_id)
        self._numbers = count(1)
        self._socket: socket.socket | None = None

    def ask(self, api: int, version: int, body: bytes, deadline: float, *, flexible: bool = False) -> "Reader":
        """The answer's body. Raises Lost; the next request connects anew."""
        number = next(self._numbers)
        head = _HEAD.pack(api, version, number) + self._client + (_NOTHING_MORE if flexible else b"")
        try:
            connected = self._connected(deadline)
            connected.sendall(_INT32.pack(len(head) + len(body)) + head + body)
            answer = Reader(self._read(connected, _INT32.unpack(self._read(connected, 4, deadline))[0], deadline))
        except (OSError, ValueError) as problem:
            self.close()
            raise Lost(f"{self.address[0]}:{self.address[1]}: {problem or 'no answer'}") from None
        if answer.int32() != number:
            self.close()
            raise Lost(f"{self.address[0]}:{self.address[1]} answered another question")
        if flexible:
            answer.tags()
        return answer

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self, deadline: float) -> socket.socket:
        left = max(deadline - monotonic(), 0.01)
        if self._socket is None:
            self._socket = socket.create_connection(self.address, min(left, CONNECT_S))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(left)
        return self._socket

    def _read(self, connected: socket.socket, size: int, deadline: float) -> bytes:
        if not 0 <= size <= LARGEST_ANSWER:
            raise ValueError(f"an answer of {size} bytes")
        pieces: list[bytes] = []
        while size:
            connected.settimeout(max(deadline - monotonic(), 0.01))
            piece = connected.recv(min(size, 1 << 20))
            if not piece:
                raise ConnectionResetError("the broker has closed the connection")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


@dataclass(slots=True)
class Reader:
    """Reads an answer from its beginning."""

    data: bytes
    at: int = field(default=0)

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

    def tags(self) -> None:
        """Fields that nobody here knows."""
        for _ in range(self.varint()):
            self.varint()
            self.at += self.varint()

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


def compact_array(items: Sequence[bytes]) -> bytes:
    return varint(len(items) + 1) + b"".join(items)


def tagless(*parts: bytes) -> bytes:
    """A structure of a flexible version, without tagged fields."""
    return b"".join(parts) + _NOTHING_MORE


def by_topic(places: Iterable[tuple[str, int]]) -> Mapping[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for topic, partition in places:
        grouped.setdefault(topic, []).append(partition)
    return grouped

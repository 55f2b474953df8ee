"""A connection to one broker."""

import socket
import struct
from itertools import count
from time import monotonic

from streams.wire.packing import NOTHING_MORE, Reader, string

Address = tuple[str, int]
CONNECT_S = 5.0
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; what claims to be longer is no answer of a broker's."""

PIECE_BYTES = 65_536
SHORTEST_S = 0.01
"""Seconds that an answer gets at least."""

_HEAD, _SIZE = struct.Struct(">hhi"), struct.Struct(">i")


class Lost(OSError):
    """The connection is gone, or no answer came in time: whether the broker has heard is not known."""


class Connection:
    """One connection to one broker. One request is asked at a time. Not for several threads at a time."""

    def __init__(self, address: Address, client_id: str) -> None:
        self.address = address
        self._client = string(client_id)
        self._numbers = count(1)
        self._socket: socket.socket | None = None

    def ask(
        self, api: int, version: int, body: bytes, deadline: float, *, flexible: bool = False, plain: bool = False
    ) -> Reader:
        """The answer's body. Raises Lost; the next request connects anew.

        ``flexible``: the version is one with tagged fields; ``plain``: its answer's head has none all the same.
        """
        number = next(self._numbers)
        head = _HEAD.pack(api, version, number) + self._client + (NOTHING_MORE if flexible else b"")
        try:
            connected = self._connected(deadline)
            connected.sendall(_SIZE.pack(len(head) + len(body)) + head + body)
            answer = Reader(_read(connected, deadline))
        except (OSError, ValueError) as problem:
            raise self._lost(str(problem) or "no answer") from None
        if answer.int32() != number:
            raise self._lost("it answered another question")
        if flexible and not plain:
            answer.tags()
        return answer

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self, deadline: float) -> socket.socket:
        left = _left(deadline)
        if self._socket is None:
            self._socket = socket.create_connection(self.address, min(left, CONNECT_S))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(left)
        return self._socket

    def _lost(self, why: str) -> Lost:
        self.close()
        return Lost(f"{self.address[0]}:{self.address[1]}: {why}")


def _read(connected: socket.socket, deadline: float) -> bytes:
    """One answer, without its size."""
    found, wanted = b"", _SIZE.size
    while len(found) < wanted:
        connected.settimeout(_left(deadline))
        piece = connected.recv(PIECE_BYTES)
        if not piece:
            raise ConnectionResetError("the broker has closed the connection")
        found += piece
        if wanted == _SIZE.size <= len(found):
            (size,) = _SIZE.unpack_from(found)
            if not 0 <= size <= LARGEST_ANSWER:
                raise ValueError("it does not speak Kafka's protocol")
            wanted += size
    return found[_SIZE.size :]


def _left(deadline: float) -> float:
    return max(deadline - monotonic(), SHORTEST_S)

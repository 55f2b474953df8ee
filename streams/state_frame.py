"""How a state stands in its changelog: msgpack of [state, applied]; where it has timers, these stand in front.

With timers: byte 0xC1, which msgpack never uses; when the first of them is due, f64 big-endian; the length of the
timers, u32 big-endian; msgpack of the timers, name to seconds since the epoch; then as without. So what is due is found
by comparing bytes: for times since the epoch, their order is that of the numbers.
"""

import math
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from agents.ports import Kept

TIMED = b"\xc1"
_FIRST = slice(len(TIMED), len(TIMED) + 8)
_HEAD = _FIRST.stop + 4
_time = struct.Struct(">d")
_NEGATIVE = b"\x80"
"""From here on, times from before the epoch."""

_pack: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
_timers: Callable[[bytes | memoryview], dict[str, float]] = msgspec.msgpack.Decoder(dict[str, float]).decode

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


def encode(kept: Kept[Any]) -> bytes:
    """The value that the changelog gets."""
    body = _pack((kept.state, kept.applied))
    if not kept.wakes:
        return body
    timers = _pack(kept.wakes)
    first = _time.pack(min(kept.wakes.values()))
    return b"".join((TIMED, first, len(timers).to_bytes(4, "big"), timers, body))


def decoder(state: type[Any]) -> Callable[[bytes], Kept[Any]]:
    """Reads values of a type of state. What it returns raises one of UNREADABLE."""
    plain = msgspec.msgpack.Decoder(tuple[state, dict[str, int]]).decode  # type: ignore[valid-type]

    def decode(value: bytes) -> Kept[Any]:
        if not value.startswith(TIMED):
            return Kept(*plain(value))
        end = _end(value)
        return Kept(*plain(memoryview(value)[end:]), wakes=_timers(memoryview(value)[_HEAD:end]))

    return decode


def wakes(value: bytes | None) -> Mapping[str, float]:
    """The timers of a value; none where there is no value, or none that can be read."""
    if value is None or not value.startswith(TIMED):
        return {}
    try:
        return _timers(memoryview(value)[_HEAD : _end(value)])
    except UNREADABLE:
        return {}


def first_wake(value: bytes | None) -> float | None:
    """When the first timer of a value is due; None where it has none."""
    if value is None or not value.startswith(TIMED) or len(value) < _HEAD:
        return None
    at: float = _time.unpack(value[_FIRST])[0]
    return None if math.isnan(at) else at


def due_until(values: Iterable[tuple[bytes, bytes]], until: float) -> list[tuple[bytes, float]]:
    """Keys of values whose first timer is due at ``until`` or before, with its time."""
    last = _time.pack(max(until, 0.0))
    timed = ((key, value, value[_FIRST]) for key, value in values if value[:1] == TIMED)
    found = [(key, value) for key, value, first in timed if first <= last or first >= _NEGATIVE]
    return [(key, at) for key, value in found if (at := first_wake(value)) is not None]


def _end(value: bytes) -> int:
    return _HEAD + int.from_bytes(value[_FIRST.stop : _HEAD], "big")

"""How a state stands in its changelog: msgpack of [state, applied]; where it has timers, these stand in front.

With timers: byte 0xC1, which msgpack never uses; the length of the timers, u32 big-endian; msgpack of the timers, name
to seconds since the epoch; then as without. So reading back looks at timers only where there are any.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agents.ports import Kept

TIMED = b"\xc1"
_HEAD = len(TIMED) + 4

_pack: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
_timers: Callable[[bytes | memoryview], dict[str, float]] = msgspec.msgpack.Decoder(dict[str, float]).decode

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


def encode(kept: Kept[Any]) -> bytes:
    """The value that the changelog gets."""
    body = _pack((kept.state, kept.applied))
    if not kept.wakes:
        return body
    timers = _pack(kept.wakes)
    return b"".join((TIMED, len(timers).to_bytes(4, "big"), timers, body))


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
    return min(wakes(value).values(), default=None)


def _end(value: bytes) -> int:
    return _HEAD + int.from_bytes(value[len(TIMED) : _HEAD], "big")

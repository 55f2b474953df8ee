"""How states stand in their changelog: old values stay readable, timers are found without reading the state."""

import struct

import msgspec
import pytest

from agents.ports import Kept
from streams import state_frame
from tests.changelogs import Seen, seen

decode = state_frame.decoder(Seen)


def test_without_timers_a_value_is_as_it_always_was() -> None:
    value = state_frame.encode(seen(3, 7))
    assert value == msgspec.msgpack.encode([{"count": 3}, {"t": 7}])
    assert decode(value) == seen(3, 7)
    assert state_frame.wakes(value) == {}
    assert state_frame.first_wake(value) is None


def test_timers_stand_in_front_with_their_length() -> None:
    value = state_frame.encode(seen(3, 7, {"tea": 9.5, "bed": 4.25}))
    timers = msgspec.msgpack.encode({"tea": 9.5, "bed": 4.25})
    assert value == b"\xc1" + struct.pack(">d", 4.25) + len(timers).to_bytes(4, "big") + timers + state_frame.encode(
        seen(3, 7)
    )
    assert decode(value) == Kept(Seen(3), {"t": 7}, {"tea": 9.5, "bed": 4.25})
    assert state_frame.wakes(value) == {"tea": 9.5, "bed": 4.25}
    assert state_frame.first_wake(value) == 4.25


def test_a_whole_number_of_seconds_is_a_time_too() -> None:
    value = state_frame.encode(Kept(Seen(), {}, {"tea": 9}))
    assert state_frame.first_wake(value) == 9.0
    assert decode(value).wakes == {"tea": 9.0}


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x91\x01",
        b"\xc1",
        b"\xc1" + bytes(11) + b"\x09\x80",
        b"\xc1" + bytes(12) + b"\x92\x80\x80",
        b"{}",
        b"\xff\xff",
    ],
)
def test_what_is_no_state_has_no_timers_and_is_not_read(value: bytes) -> None:
    assert state_frame.wakes(value) == {}
    with pytest.raises(state_frame.UNREADABLE):
        decode(value)


def test_what_is_due_is_found_by_its_bytes() -> None:
    values = {
        f"k{at}".encode(): state_frame.encode(seen(1, wakes={"tea": at, "bed": at + 5})) for at in (0.5, 9.0, 1.8e9)
    }
    values |= {b"none": state_frame.encode(seen(1)), b"empty": b"", b"short": b"\xc1", b"half": b"\xc1" + bytes(4)}
    assert state_frame.due_until(values.items(), 9.0) == [(b"k0.5", 0.5), (b"k9.0", 9.0)]
    assert state_frame.due_until(values.items(), -1.0) == []
    assert len(state_frame.due_until(values.items(), 2e9)) == 3

"""How states stand in their changelog: old values stay readable, timers are found without reading the state."""

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
    assert value == b"\xc1" + len(timers).to_bytes(4, "big") + timers + state_frame.encode(seen(3, 7))
    assert decode(value) == Kept(Seen(3), {"t": 7}, {"tea": 9.5, "bed": 4.25})
    assert state_frame.wakes(value) == {"tea": 9.5, "bed": 4.25}
    assert state_frame.first_wake(value) == 4.25


def test_a_whole_number_of_seconds_is_a_time_too() -> None:
    value = state_frame.encode(Kept(Seen(), {}, {"tea": 9}))
    assert state_frame.first_wake(value) == 9.0
    assert decode(value).wakes == {"tea": 9.0}


@pytest.mark.parametrize(
    "value",
    [b"", b"\x91\x01", b"\xc1", b"\xc1\x00\x00\x00\x09\x80", b"\xc1\x00\x00\x00\x00\x92\x80\x80", b"{}", b"\xff\xff"],
)
def test_what_is_no_state_has_no_timers_and_is_not_read(value: bytes) -> None:
    assert state_frame.wakes(value) == {}
    with pytest.raises(state_frame.UNREADABLE):
        decode(value)

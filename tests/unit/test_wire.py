"""What of our transactional producer needs no broker: packing, batches, memberships."""

import os

import pytest
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import MAX_RECORD_BYTES
from streams.progress import Place
from streams.transaction import group_metadata
from streams.wire.batches import BATCH_BYTES, ROUND_BYTES, Batches
from streams.wire.packing import Reader, array, compact_array, compact_bytes, compact_string, int32, string, varint
from streams.wire.producer import read_membership
from streams.wire.requests import Membership, Transaction

HELD = Transaction("worker", producer_id=7, epoch=3, joins=True)
_PRODUCER_ID, _EPOCH, _SEQUENCE = slice(43, 51), slice(51, 53), slice(53, 57)
"""Where they stand in a batch (format 2)."""


@given(st.integers(0, 2**31 - 1))
def test_a_varint_comes_back(number: int) -> None:
    assert Reader(varint(number)).varint() == number


@given(st.text(max_size=200), st.text(max_size=200))
def test_texts_come_back(first: str, second: str) -> None:
    reader = Reader(string(first) + compact_string(second))
    assert (reader.string(), reader.compact_string()) == (first, second)
    assert reader.at == len(reader.data)


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_lists_come_back(numbers: list[int]) -> None:
    packed = [int32(number) for number in numbers]
    reader = Reader(array(packed) + compact_array(packed))
    assert reader.array(Reader.int32) == reader.compact_array(Reader.int32) == numbers


def test_what_is_missing_is_an_empty_text_or_an_empty_list() -> None:
    reader = Reader(b"\xff\xff" + compact_string(None) + b"\xff\xff\xff\xff" + b"\x00")
    assert (reader.string(), reader.compact_string()) == ("", "")
    assert (reader.array(Reader.int32), reader.compact_array(Reader.int32)) == ([], [])


def test_tags_are_read_by_their_number() -> None:
    assert Reader(b"\x02" + b"\x02\x01a" + b"\x05\x02bc").tags() == {2: b"a", 5: b"bc"}
    assert compact_bytes(b"abc") == b"\x04abc"


@pytest.mark.parametrize("instance", [None, "worker-1"])
def test_a_membership_is_read_out_of_librdkafkas_form(instance: str | None) -> None:
    form = group_metadata(12, "kefu-dialogue", "member-5", instance)
    assert read_membership(form) == Membership("kefu-dialogue", 12, "member-5", instance)


def test_a_batch_says_who_writes_and_where_it_goes_on_and_stays_as_it_was_sent() -> None:
    batches, place = Batches(), Place("t", 0)
    for number in range(3):
        batches.add(*place, b"k", b"%d" % number, None)
    ((_, first),) = batches.next_round(HELD)
    assert int.from_bytes(first[_PRODUCER_ID], "big") == 7
    assert int.from_bytes(first[_EPOCH], "big") == 3
    assert int.from_bytes(first[_SEQUENCE], "big") == 0
    batches.add(*place, b"k", b"later", None)
    assert dict(batches.next_round(HELD)) == {place: first}
    assert batches.taken(place).key == b"k"
    ((_, second),) = batches.next_round(HELD)
    assert int.from_bytes(second[_SEQUENCE], "big") == 3
    batches.taken(place)
    assert not batches


def test_a_new_epoch_counts_from_the_beginning() -> None:
    batches, place = Batches(), Place("t", 0)
    batches.add(*place, None, None, [("h", b"1")])
    assert dict(batches.next_round(HELD))
    batches.clear()
    batches.begin_anew()
    batches.add(*place, b"k", b"v", None)
    assert int.from_bytes(dict(batches.next_round(HELD))[place][_SEQUENCE], "big") == 0


def test_sequences_begin_again_after_the_largest() -> None:
    batches, place = Batches(), Place("t", 0)
    batches._sequences[place] = 2**31 - 1
    for value in (b"last", b"first"):
        batches.add(*place, b"k", value, None)
        ((_, data),) = batches.next_round(HELD)
        batches.taken(place)
    assert int.from_bytes(data[_SEQUENCE], "big") == 0


def test_a_round_holds_one_batch_of_a_partition_and_no_more_than_goes_out_at_a_time() -> None:
    batches, places = Batches(), [Place("t", number) for number in range(ROUND_BYTES // BATCH_BYTES + 3)]
    for place in places:
        for _ in range(2):
            batches.add(*place, b"k", os.urandom(MAX_RECORD_BYTES - 500), None)
    for place in places:
        assert len(batches._waiting[place]) == 2
    rounds = 0
    while batches:
        going = dict(batches.next_round(HELD))
        assert sum(map(len, going.values())) <= ROUND_BYTES
        for place in going:
            batches.taken(place)
        rounds += 1
    assert rounds > 2


PLAIN = "我想退货 ".encode() * 400


@pytest.mark.parametrize("value", [b"short", PLAIN, os.urandom(100_000)], ids=["short", "plain", "random"])
def test_a_batch_is_read_as_it_was_written_and_is_smaller_where_that_pays(value: bytes) -> None:
    batches = Batches()
    for number in range(3):
        batches.add("t", 0, b"k%d" % number, value, [("h", b"%d" % number)])
    (data,) = dict(batches.next_round(HELD)).values()
    batch = MemoryRecords(data).next_batch()
    assert batch.validate_crc()
    assert batch.is_transactional
    found = [(record.offset, record.key, record.value, tuple(record.headers)) for record in batch]
    assert found == [(n, b"k%d" % n, value, (("h", b"%d" % n),)) for n in range(3)]
    assert (len(data) < 3 * len(value)) == (value == PLAIN)

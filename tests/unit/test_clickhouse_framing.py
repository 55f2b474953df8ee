"""ClickHouse's own compressed blocks, and the encodings of HTTP, a part at a time."""

import random
import struct
from collections.abc import Iterator

import cramjam
import pytest
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]

from infra.clickhouse.compression import Framed, Plain, decoded, encoder
from infra.clickhouse.errors import Failure
from infra.clickhouse.framing import MAX_BLOCK, framed, unframed

# One block of `SELECT 1 FORMAT TSV` as clickhouse-server sends it for compress=1 with NONE: two bytes of contents.
CONTENTS = random.Random(1).randbytes(1000) * 3000


def cut(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def block(method: int, packed: bytes, size: int) -> bytes:
    body = struct.pack("<BII", method, len(packed) + 9, size) + packed
    number: int = CityHash128(body)
    return struct.pack("<QQ", number >> 64, number & (1 << 64) - 1) + body


@pytest.mark.parametrize("size", [7, 10_000, 10**9])
def test_what_is_framed_comes_out_again(size: int) -> None:
    packed = framed(CONTENTS)
    assert len(packed) < len(CONTENTS) / 10
    parts = list(unframed(cut(packed, size) if size > 100 else cut(framed(b"abc" * 100), size)))
    assert b"".join(parts) == (CONTENTS if size > 100 else b"abc" * 100)
    assert max(map(len, parts)) <= MAX_BLOCK


@pytest.mark.parametrize(("method", "packed"), [(0x02, b"abc" * 9), (0x90, bytes(cramjam.zstd.compress(b"abc" * 9)))])
def test_every_method_is_read(method: int, packed: bytes) -> None:
    assert b"".join(unframed([block(method, packed, 27)])) == b"abc" * 9


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (framed(b"abc")[:-1], 271),
        (b"x" * 10, 271),
        (framed(b"abc")[:-1] + b"x", 40),
        (block(0x33, b"abc", 3), 271),
        (block(0x02, b"abc", 4), 271),
        (block(0x82, b"\xff", 4), 271),
        (b"x" * 16 + struct.pack("<BII", 0x82, 1 << 31, 3), 271),
    ],
)
def test_what_is_no_block_is_said_to_be_none(body: bytes, code: int) -> None:
    with pytest.raises(Failure) as problem:
        list(unframed([body]))
    assert problem.value.code == code


@pytest.mark.parametrize("name", ["br", "lz4", "zstd", "gzip", "deflate"])
def test_encodings_take_a_body_part_by_part(name: str) -> None:
    machine, chosen = encoder(f"identity, {name};q=0.5")
    packed = b"".join(machine.encode(part) for part in cut(CONTENTS, 100_000)) + machine.finish()
    assert chosen == name
    assert len(packed) < len(CONTENTS) / 2
    assert b"".join(decoded(cut(packed, 1000), name)) == CONTENTS
    with pytest.raises(Failure) as problem:
        list(decoded([packed[:-7]], name))
    assert problem.value.code == 271


@pytest.mark.parametrize("name", ["lz4", "zstd", "gzip"])
def test_several_bodies_in_a_row_are_one(name: str) -> None:
    one = bytes(getattr(cramjam, name).compress(b"abc"))
    assert b"".join(decoded(cut(one + one, 5), name)) == b"abcabc"


def test_frames_lie_within_the_encoding() -> None:
    machine = Framed(encoder("gzip")[0])
    packed = machine.encode(b"abc") + machine.finish()
    assert b"".join(unframed(decoded([packed], "gzip"))) == b"abc"
    assert Framed(Plain()).encode(b"") == b""


def test_the_best_encoding_is_chosen() -> None:
    assert encoder("gzip, zstd, lz4")[1] == "lz4"
    assert encoder("")[1] == encoder("identity, *")[1] == ""

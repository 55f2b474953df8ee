"""ClickHouse's own framing of compressed bytes, for ``compress=1`` answers and ``decompress=1`` bodies.

A block is its checksum (CityHash128 of version 1.0.2, 16 bytes), the method (1 byte), its size with this header
(4 bytes), the size of its contents (4 bytes), and the contents: src/Compression/CompressedReadBufferBase.cpp.
"""

import struct
from collections.abc import Iterable, Iterator

import cramjam
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]

from infra.clickhouse.errors import CANNOT_DECOMPRESS, CHECKSUM_DOESNT_MATCH, failure

MAX_BLOCK = 1 << 20
"""Bytes of contents in a block that we make."""

_MAX_INPUT = 1 << 30
_CHECKSUM = 16
_HEADER = struct.Struct("<BII")
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90


def framed(contents: bytes) -> bytes:
    """The contents as LZ4 blocks."""
    view = memoryview(contents)
    return b"".join(_block(view[start : start + MAX_BLOCK]) for start in range(0, len(view), MAX_BLOCK))


def unframed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The contents of the blocks that the parts hold between them. Raises Failure for what is no such block."""
    buffer = bytearray()
    for part in parts:
        buffer += part
        while (size := _size(buffer)) and len(buffer) >= size:
            yield _contents(bytes(buffer[:size]))
            del buffer[:size]
    if buffer:
        raise failure(CANNOT_DECOMPRESS, f"The last compressed block is cut after {len(buffer)} bytes.")


def _block(contents: memoryview) -> bytes:
    packed = bytes(cramjam.lz4.compress_block(contents, store_size=False))
    body = _HEADER.pack(_LZ4, len(packed) + _HEADER.size, len(contents)) + packed
    return _checksum(body) + body


def _size(buffer: bytearray) -> int:
    """Bytes of the first block with its checksum; 0 while its header is not there yet."""
    if len(buffer) < _CHECKSUM + _HEADER.size:
        return 0
    _, packed, contents = _HEADER.unpack_from(buffer, _CHECKSUM)
    if packed < _HEADER.size or max(packed, contents) > _MAX_INPUT:
        raise failure(CANNOT_DECOMPRESS, f"No compressed block: it would have {packed} and {contents} bytes.")
    return int(packed) + _CHECKSUM


def _contents(block: bytes) -> bytes:
    body = block[_CHECKSUM:]
    if _checksum(body) != block[:_CHECKSUM]:
        raise failure(CHECKSUM_DOESNT_MATCH, "Checksum doesn't match: corrupted data.")
    method, _, size = _HEADER.unpack_from(body)
    packed = body[_HEADER.size :]
    try:
        contents = _unpacked(method, packed, size)
    except (cramjam.DecompressionError, ValueError) as problem:
        raise failure(CANNOT_DECOMPRESS, f"A compressed block cannot be read: {problem}.") from None
    if len(contents) != size:
        raise failure(CANNOT_DECOMPRESS, f"A compressed block holds {len(contents)} bytes instead of {size}.")
    return contents


def _unpacked(method: int, packed: bytes, size: int) -> bytes:
    if method == _NONE:
        return packed
    if method == _LZ4:
        return bytes(cramjam.lz4.decompress_block(packed, output_len=size))
    if method == _ZSTD:
        return bytes(cramjam.zstd.decompress(packed))
    raise failure(CANNOT_DECOMPRESS, f"Unknown compression method {method:#x}; known: NONE, LZ4, ZSTD.")


def _checksum(body: bytes) -> bytes:
    # The library gives the high half first; the server writes the low one first.
    number: int = CityHash128(body)
    return struct.pack("<QQ", number >> 64, number & (1 << 64) - 1)

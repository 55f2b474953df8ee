"""Bodies in the encodings that ClickHouse's HTTP interface knows, a part at a time."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import cramjam
import lz4.frame
import zstandard

from infra.clickhouse.errors import CANNOT_DECOMPRESS, UNKNOWN_COMPRESSION_METHOD, failure
from infra.clickhouse.framing import framed

_PART = 1 << 20


class Encoder(Protocol):
    """Makes the parts of a body into those that go out."""

    def encode(self, part: bytes) -> bytes:
        """What can go out once this part has come."""
        ...

    def finish(self) -> bytes:
        """What ends the body."""
        ...


class Plain:
    """A body as it is."""

    def encode(self, part: bytes) -> bytes:
        """The part itself."""
        return part

    def finish(self) -> bytes:
        """Nothing."""
        return b""


class Framed:
    """A body in ClickHouse's own blocks, within another encoding."""

    def __init__(self, outer: Encoder) -> None:
        """Hand the blocks on to the outer encoding."""
        self._outer = outer

    def encode(self, part: bytes) -> bytes:
        """The part's blocks."""
        return self._outer.encode(framed(part))

    def finish(self) -> bytes:
        """The end of the outer encoding."""
        return self._outer.finish()


class _Packed:
    def __init__(self, compressor: Any) -> None:
        self._compressor = compressor

    def encode(self, part: bytes) -> bytes:
        self._compressor.compress(part)
        return bytes(self._compressor.flush())

    def finish(self) -> bytes:
        return bytes(self._compressor.finish())


class _Rare:
    """A body in an encoding of Python's own, which gives nothing before a whole block."""

    def __init__(self, compressor: Any) -> None:
        self._compressor = compressor

    def encode(self, part: bytes) -> bytes:
        return bytes(self._compressor.compress(part))

    def finish(self) -> bytes:
        return bytes(self._compressor.flush())


# In the server's order of preference (src/IO/CompressionMethod.cpp), at levels that cost less than the query.
_ENCODERS: Mapping[str, Callable[[], Encoder]] = {
    "br": lambda: _Packed(cramjam.brotli.Compressor(3)),
    "lz4": lambda: _Packed(cramjam.lz4.Compressor(1)),
    "zstd": lambda: _Packed(cramjam.zstd.Compressor(1)),
    "gzip": lambda: _Packed(cramjam.gzip.Compressor(3)),
    "deflate": lambda: _Packed(cramjam.zlib.Compressor(3)),
    "xz": lambda: _Rare(lzma.LZMACompressor(preset=1)),
    "bz2": lambda: _Rare(bz2.BZ2Compressor(3)),
}
_ALIASES: Mapping[str, str] = {"gz": "gzip", "brotli": "br"}
_DECODERS: Mapping[str, Callable[[], Any]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "gzip": lambda: zlib.decompressobj(31),
    "deflate": lambda: zlib.decompressobj(47),
    "xz": lzma.LZMADecompressor,
    "bz2": bz2.BZ2Decompressor,
}
_BROKEN = (lzma.LZMAError, OSError, cramjam.DecompressionError, zstandard.ZstdError, zlib.error, RuntimeError, EOFError)


def decoded(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The body as it was before it was encoded. Raises Failure for an unknown encoding and for broken bytes."""
    encoding = _ALIASES.get(encoding, encoding)
    if encoding in {"", "identity"}:
        yield from parts
        return
    if encoding not in _ENCODERS:
        known = ", ".join(_ENCODERS)
        raise failure(UNKNOWN_COMPRESSION_METHOD, f"Unknown Content-Encoding {encoding}; known: {known}.")
    try:
        yield from _brotli(parts) if encoding == "br" else _members(parts, _DECODERS[encoding])
    except _BROKEN as problem:
        raise failure(CANNOT_DECOMPRESS, f"The request body is no {encoding}: {problem}.") from None


def encoder(accepted: str) -> tuple[Encoder, str]:
    """The best encoding that the client accepts, and its name, "" for none."""
    names = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    name = next((name for name in _ENCODERS if name in names), "")
    return (_ENCODERS[name](), name) if name else (Plain(), "")


def _members(parts: Iterable[bytes], make: Callable[[], Any]) -> Iterator[bytes]:
    """Each of the formats may be several bodies in a row."""
    machine = None
    for part in parts:
        rest = part
        while rest:
            machine = make() if machine is None or machine.eof else machine
            yield machine.decompress(rest)
            rest = (machine.unused_data or b"") if machine.eof else b""
    if machine is not None and not machine.eof:
        raise EOFError("it is cut")


def _brotli(parts: Iterable[bytes]) -> Iterator[bytes]:
    # No decoder at hand takes Brotli a part at a time.
    if body := b"".join(parts):
        whole = memoryview(cramjam.brotli.decompress(body))
        for start in range(0, len(whole), _PART):
            yield bytes(whole[start : start + _PART])

"""Bodies in the encodings that ClickHouse's HTTP interface knows."""

from collections.abc import Callable

import cramjam

from infra.clickhouse.errors import CANNOT_DECOMPRESS, UNKNOWN_COMPRESSION_METHOD, failure

_DECODE: dict[str, Callable[[bytes], cramjam.Buffer]] = {
    "br": cramjam.brotli.decompress,
    "lz4": cramjam.lz4.decompress,
    "zstd": cramjam.zstd.decompress,
    "gzip": cramjam.gzip.decompress,
    "deflate": cramjam.zlib.decompress,
}

# In the server's order of preference (src/IO/CompressionMethod.cpp), at levels that cost less than the query.
_ENCODE: dict[str, Callable[[bytes], cramjam.Buffer]] = {
    "br": lambda body: cramjam.brotli.compress(body, 3),
    "lz4": lambda body: cramjam.lz4.compress(body, 1),
    "zstd": lambda body: cramjam.zstd.compress(body, 1),
    "gzip": lambda body: cramjam.gzip.compress(body, 3),
    "deflate": lambda body: cramjam.zlib.compress(body, 3),
}


def decoded(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was encoded. Raises Failure for an unknown encoding and for broken bytes."""
    if encoding in {"", "identity"} or not body:
        return body
    if encoding not in _DECODE:
        raise failure(UNKNOWN_COMPRESSION_METHOD, f"Unknown Content-Encoding {encoding}; known: {', '.join(_DECODE)}.")
    try:
        return bytes(_DECODE[encoding](body))
    except cramjam.DecompressionError as problem:
        raise failure(CANNOT_DECOMPRESS, f"The request body is no {encoding}: {problem}.") from None


def encoded(body: bytes, accepted: str) -> tuple[bytes, str]:
    """The body in the best encoding that the client accepts, and that encoding's name, "" for none."""
    names = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    name = next((name for name in _ENCODE if name in names), "")
    return (bytes(_ENCODE[name](body)), name) if name and body else (body, "")

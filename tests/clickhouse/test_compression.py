"""Bodies and answers in every encoding, and in ClickHouse's own blocks."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from contextlib import suppress

import cramjam
import httpx
import pytest

from tests.clickhouse.asking import Http, failed

CODECS: dict[str, tuple[Callable[[bytes], object], Callable[[bytes], object]]] = {
    "lz4": (cramjam.lz4.compress, cramjam.lz4.decompress),
    "zstd": (cramjam.zstd.compress, cramjam.zstd.decompress),
    "gzip": (cramjam.gzip.compress, cramjam.gzip.decompress),
    "br": (cramjam.brotli.compress, cramjam.brotli.decompress),
    "deflate": (cramjam.zlib.compress, cramjam.zlib.decompress),
    "xz": (lzma.compress, lzma.decompress),
    "bz2": (bz2.compress, bz2.decompress),
}
ROWS = b"".join(b"%d,%s\n" % (number, b"x" * 50) for number in range(2000))


def table(http: Http) -> str:
    http.done("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    return "t"


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("whole", [True, False], ids=["statement in the body", "statement in the address"])
def test_bodies(http: Http, codec: str, whole: bool) -> None:
    insert = f"INSERT INTO {table(http)} FORMAT CSV"
    packed = bytes(CODECS[codec][0](insert.encode() + b"\n" + ROWS if whole else ROWS))  # type: ignore[call-overload]
    headers = {"Content-Encoding": codec}
    answer = http.post(packed, headers) if whole else http.put(insert, packed, headers)
    assert answer.status_code == 200, answer.text
    assert http.done("SELECT count(), sum(a) FROM t") == "2000\t1999000"


@pytest.mark.parametrize("codec", CODECS)
def test_answers(http: Http, codec: str) -> None:
    sql = "SELECT number, repeat('x', 50) FROM numbers(2000) FORMAT TSV"
    plain = http.done(sql).encode() + b"\n"
    with http.stream(sql, {"Accept-Encoding": codec}, enable_http_compression=1) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == codec
    assert len(raw) < len(plain) / 4
    assert bytes(CODECS[codec][1](raw)) == plain  # type: ignore[call-overload]


def test_an_answer_takes_the_first_encoding_that_both_know(http: Http) -> None:
    headers = {"Accept-Encoding": "compress, gzip;q=0.9, *;q=0"}
    with http.stream("SELECT 1", headers, enable_http_compression=1) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"


def test_answers_stay_plain_unless_asked(http: Http) -> None:
    for headers, enabled in (({"Accept-Encoding": "gzip"}, 0), ({"Accept-Encoding": "identity"}, 1)):
        answer = http.post("SELECT 1", headers, enable_http_compression=enabled)
        assert "Content-Encoding" not in answer.headers
        assert answer.text == "1\n"


def test_errors_come_compressed_as_well(http: Http) -> None:
    answer = http.post("SELECT nothing", {"Accept-Encoding": "gzip"}, enable_http_compression=1)
    assert failed(answer) == 47


@pytest.mark.parametrize("codec", CODECS)
def test_a_body_that_was_cut_is_refused(http: Http, codec: str) -> None:
    insert = f"INSERT INTO {table(http)} FORMAT CSV"
    packed = bytes(CODECS[codec][0](ROWS))  # type: ignore[call-overload]
    answer = http.put(insert, packed[: len(packed) // 2], {"Content-Encoding": codec})
    assert answer.status_code >= 400
    assert http.done("SELECT count() FROM t") == "0"


def test_an_encoding_by_another_name(http: Http) -> None:
    insert = f"INSERT INTO {table(http)} FORMAT CSV"
    for name, codec in (("gz", "gzip"), ("brotli", "br")):
        packed = bytes(CODECS[codec][0](ROWS))  # type: ignore[call-overload]
        assert http.put(insert, packed, {"Content-Encoding": name}).status_code == 200


def test_the_encoding_of_an_answer_that_fails_has_no_end(http: Http) -> None:
    sql = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000) FORMAT RowBinary"
    options = {"enable_http_compression": 1, "max_block_size": 10_000, "max_threads": 1}
    raw = bytearray()
    with suppress(httpx.RemoteProtocolError), http.stream(sql, {"Accept-Encoding": "gzip"}, **options) as answer:
        for part in answer.iter_raw():
            raw += part
    machine = zlib.decompressobj(31)
    assert b"Code: 395" in machine.decompress(raw)[-2000:]
    assert not machine.eof


def test_an_unknown_encoding_is_refused(http: Http) -> None:
    assert http.post("SELECT 1", {"Content-Encoding": "lzma2"}).status_code >= 400


def test_blocks_of_clickhouse_go_out_and_in(http: Http) -> None:
    insert = f"INSERT INTO {table(http)} FORMAT Native"
    sql = "SELECT number::UInt32 AS a, repeat('x', 50) AS b FROM numbers(2000) FORMAT Native"
    plain, blocks = http.post(sql).content, http.post(sql, compress=1).content
    assert blocks[16] in (0x82, 0x90)
    assert len(blocks) < len(plain) / 4
    put = http.put(insert, blocks, decompress=1)
    assert put.status_code == 200, put.text
    assert http.done("SELECT count(), sum(a) FROM t") == "2000\t1999000"


def test_a_changed_block_is_noticed(http: Http) -> None:
    insert = f"INSERT INTO {table(http)} FORMAT TSV"
    blocks = bytearray(http.post("SELECT number, 'x' FROM numbers(100) FORMAT TSV", compress=1).content)
    blocks[-1] ^= 1
    assert failed(http.put(insert, bytes(blocks), decompress=1)) == 40
    assert http.done("SELECT count() FROM t") == "0"


def test_the_whole_statement_in_blocks(http: Http) -> None:
    blocks = http.post("SELECT 'SELECT 7' FORMAT TSVRaw", compress=1).content
    assert http.done(blocks, decompress=1) == "7"

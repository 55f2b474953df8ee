"""What curl sends to the embedded ClickHouse, and what comes back."""

import gzip
import json
from collections.abc import Iterator

import cramjam
import httpx
import pytest

from tests.servers.clickhouse import embedded_clickhouse

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("clickhouse")
    with (
        embedded_clickhouse(folder) as url,
        httpx.Client(base_url=url, headers={"Accept-Encoding": "identity"}, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def table(http: httpx.Client) -> Iterator[str]:
    created = http.post("/", content="CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    assert created.is_success, created.text
    yield "t"
    http.post("/", content="DROP TABLE t SYNC")


def rows(http: httpx.Client) -> str:
    return http.post("/", content="SELECT * FROM t ORDER BY a FORMAT CSV").text


@pytest.mark.parametrize("path", ["/ping", "/replicas_status", "/"])
def test_health(http: httpx.Client, path: str) -> None:
    assert (http.get(path).status_code, http.get(path).text, http.head(path).status_code) == (200, "Ok.\n", 200)


def test_the_query_may_be_in_the_address_or_the_body_or_both(http: httpx.Client) -> None:
    assert http.get("/", params={"query": "SELECT 1"}).text == "1\n"
    assert http.post("/", content="SELECT 1").text == "1\n"
    assert http.post("/", params={"query": "SELECT"}, content="2").text == "2\n"
    assert http.post("/", files={"query": (None, "SELECT {x:String}"), "param_x": (None, "你好")}).text == "你好\n"
    assert http.head("/", params={"query": "SELECT 1"}).headers["X-ClickHouse-Format"] == "TabSeparated"


@pytest.mark.parametrize(
    ("form", "kind", "text"),
    [
        ("JSONEachRow", "application/x-ndjson; charset=UTF-8", '{"a":1,"b":"x"}\n'),
        ("CSV", "text/csv; charset=UTF-8; header=absent", '1,"x"\n'),
        ("TabSeparatedWithNames", "text/tab-separated-values; charset=UTF-8", "a\tb\n1\tx\n"),
        ("Values", "text/plain; charset=UTF-8", "(1,'x')"),
    ],
)
def test_formats(http: httpx.Client, form: str, kind: str, text: str) -> None:
    sql = "SELECT 1 AS a, 'x' AS b"
    answers = [
        http.post("/", content=f"{sql} FORMAT {form}"),
        http.post("/", content=sql, params={"default_format": form}),
        http.post("/", content=sql, headers={"X-ClickHouse-Format": form}),
    ]
    for answer in answers:
        assert (answer.text, answer.headers["Content-Type"], answer.headers["X-ClickHouse-Format"]) == (
            text,
            kind,
            form,
        )


def test_json_and_pretty(http: httpx.Client) -> None:
    found = http.post("/", content="SELECT 1 AS a, [2, 3] AS b FORMAT JSON").json()
    assert (found["data"], found["rows"]) == ([{"a": 1, "b": [2, 3]}], 1)
    assert "┌─a─┐" in http.post("/", content="SELECT 1 AS a FORMAT PrettyCompact").text


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("JSONEachRow", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'),
        ("CSV", b'1,"x"\n2,"y"\n'),
        ("TabSeparated", b"1\tx\n2\ty\n"),
        ("RowBinary", b"\x01\0\0\0\x01x\x02\0\0\0\x01y"),
        ("Native", b"\x02\x02\x01a\x06UInt32\x01\0\0\0\x02\0\0\0\x01b\x06String\x01x\x01y"),
        ("Values", b"(1, 'x'), (2, 'y')"),
    ],
)
def test_inserts(http: httpx.Client, table: str, form: str, body: bytes) -> None:
    in_address = http.post("/", params={"query": f"INSERT INTO {table} FORMAT {form}"}, content=body)
    assert json.loads(in_address.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert rows(http) == '1,"x"\n2,"y"\n'
    in_body = http.post("/", content=f"INSERT INTO {table} (a, b) FORMAT {form}\n".encode() + body)
    assert (in_body.status_code, in_body.text) == (200, "")
    assert rows(http).count("\n") == 4


@pytest.mark.parametrize("codec", ["gzip", "deflate", "lz4", "zstd", "br"])
def test_compressed_both_ways(http: httpx.Client, table: str, codec: str) -> None:
    library = {"deflate": cramjam.zlib, "br": cramjam.brotli}.get(codec) or getattr(cramjam, codec)
    body = b"".join(b"%d,%s\n" % (number, b"x" * 50) for number in range(1000))
    packed = bytes(library.compress(body))
    inserted = http.post(
        "/",
        params={"query": f"INSERT INTO {table} FORMAT CSV"},
        content=packed,
        headers={"Content-Encoding": codec},
    )
    assert inserted.is_success, inserted.text
    with http.stream(
        "POST",
        "/",
        params={"enable_http_compression": "1"},
        content=f"SELECT a, b FROM {table} ORDER BY a SETTINGS format_csv_delimiter = ',' FORMAT CSV",
        headers={"Accept-Encoding": codec},
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == codec
    assert len(raw) < len(body) / 4
    assert bytes(library.decompress(raw)).replace(b'"', b"") == body


def test_answers_stay_plain_when_compression_is_off(http: httpx.Client) -> None:
    options = {"enable_http_compression": "0", "query": "SELECT 1"}
    assert "Content-Encoding" not in http.get("/", params=options, headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize(
    ("options", "sql", "code", "status"),
    [
        ({}, "SELEC 1", 62, 400),
        ({}, "", 62, 400),
        ({}, "SELECT 1; SELECT 2", 62, 400),
        ({}, "SELECT * FROM nowhere", 60, 404),
        ({"database": "nowhere"}, "SELECT 1", 81, 404),
        ({"no_such_setting": "1"}, "SELECT 1", 115, 404),
        ({}, "SELECT 1 FORMAT Nothing", 73, 404),
        ({}, "SELECT toDate('x')", 38, 400),
        ({"param_n": "x"}, "SELECT {n:UInt8}", 457, 500),
        ({"max_execution_time": "1"}, "SELECT sleep(3)", 159, 408),
        ({"user": "joe"}, "SELECT 1", 516, 403),
        ({"password": "x"}, "SELECT 1", 516, 403),
        ({"readonly": "1"}, "CREATE DATABASE forbidden", 164, 500),
    ],
)
def test_errors(http: httpx.Client, options: dict[str, str], sql: str, code: int, status: int) -> None:
    answer = http.post("/", params=options, content=sql)
    assert (answer.headers["X-ClickHouse-Exception-Code"], answer.status_code) == (str(code), status)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_a_get_changes_nothing(http: httpx.Client, table: str) -> None:
    answer = http.get("/", params={"query": f"INSERT INTO {table} VALUES (1, 'x')"})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164"
    assert rows(http) == ""


def test_headers_tell_about_the_query(http: httpx.Client) -> None:
    answer = http.post("/", params={"query_id": "q-1"}, content="SELECT number FROM numbers(5)")
    assert answer.headers["X-ClickHouse-Query-Id"] == "q-1"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    assert answer.headers["X-ClickHouse-Timezone"] == http.post("/", content="SELECT timezone()").text.strip()
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"], summary["result_bytes"]) == ("5", "5", "10")


def test_pages_of_other_sites_are_refused(http: httpx.Client) -> None:
    for headers in ({"Origin": "https://kefu.example"}, {"Host": "kefu.example"}):
        assert http.post("/", content="SELECT 1", headers=headers).status_code == 403


def test_a_broken_body_is_said_to_be_one(http: httpx.Client) -> None:
    cut = gzip.compress(b"SELECT 1")[:-6]
    answer = http.post("/", content=cut, headers={"Content-Encoding": "gzip"})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "271"


def test_an_unknown_path_is_not_found(http: httpx.Client) -> None:
    assert http.get("/nothing").status_code == 404

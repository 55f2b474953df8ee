"""Large answers and inserts of the embedded ClickHouse, its compressed blocks, progress, and failures on the way."""

import gzip
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import httpx
import psutil
import pytest
from clickhouse_connect.driver.exceptions import StreamFailureError

from infra.clickhouse.framing import framed, unframed
from tests.servers.clickhouse import start, stop

pytestmark = pytest.mark.clickhouse

FAILING = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000)"
ROWS = 2_000_000


class Server:
    def __init__(self, folder: Path) -> None:
        self.process, self.url = start(folder)
        self.http = httpx.Client(base_url=self.url, headers={"Accept-Encoding": "identity"}, timeout=60)

    def peak(self) -> int:
        """Bytes that it has been resident in at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found.group(1)) << 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.http.close()
    stop(running.process)


def test_a_large_answer_is_one_document_and_not_held(server: Server) -> None:
    sql = f"SELECT number, repeat('x', 100) AS text FROM numbers({ROWS}) FORMAT JSONCompactEachRowWithNames"
    before, size, last = server.peak(), 0, b""
    with server.http.stream("POST", "/", content=sql) as answer:
        first = next(parts := answer.iter_raw())
        for part in parts:
            size, last = size + len(part), part
    assert first.startswith(b'["number", "text"]\n[0, "xxx')
    assert last.endswith(b'xxx"]\n')
    assert size > 200 << 20
    assert server.peak() - before < 150 << 20


@pytest.mark.parametrize("form", ["JSON", "CSVWithNames", "Parquet", "ArrowStream", "Native", "Pretty"])
def test_a_streamed_answer_is_the_same_as_one_that_waited(server: Server, form: str) -> None:
    sql = f"SELECT number % 7 AS a, toString(number) AS b FROM numbers(400000) ORDER BY number FORMAT {form}"
    options = {"output_format_write_statistics": "0", "max_threads": "1"}
    streamed = server.http.post("/", params=options, content=sql).content
    waited = server.http.post("/", params=options | {"wait_end_of_query": "1"}, content=sql)
    assert streamed == waited.content
    assert json.loads(waited.headers["X-ClickHouse-Summary"])["result_rows"] == "400000"


def test_a_failure_on_the_way_is_told_at_the_end(server: Server) -> None:
    received, failed = b"", False
    with server.http.stream("POST", "/", content=FAILING) as answer:
        try:
            for part in answer.iter_raw():
                received += part
        except httpx.RemoteProtocolError:
            failed = True
    tag = answer.headers["X-ClickHouse-Exception-Tag"]
    assert (answer.status_code, failed, len(tag)) == (200, True, 16)
    end = re.search(
        rb"\r\n__exception__\r\n(\w{16})\r\n(Code: 395\..*\n)(\d+) \1\r\n__exception__\r\n$", received, re.DOTALL
    )
    assert end is not None
    assert end.group(1) == tag.encode()
    assert int(end.group(3)) == len(end.group(2))


@pytest.mark.parametrize("options", [{"wait_end_of_query": "1"}, {"buffer_size": str(1 << 30)}])
def test_an_answer_that_is_waited_for_fails_as_a_whole(server: Server, options: dict[str, str]) -> None:
    answer = server.http.post("/", params=options, content=FAILING)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "395")


def test_clickhouse_connect_sees_a_failure_on_the_way(server: Server) -> None:
    with (
        clickhouse_connect.get_client(dsn=server.url) as client,
        pytest.raises(StreamFailureError, match="FUNCTION_THROW_IF"),
        client.query_row_block_stream(FAILING) as blocks,
    ):
        for _ in blocks:
            pass


def test_a_client_that_stops_reading_stops_its_query(server: Server) -> None:
    options = {"query_id": "left"}
    with server.http.stream("POST", "/", params=options, content="SELECT number FROM system.numbers") as answer:
        next(answer.iter_raw())
    count = "SELECT count() FROM system.processes WHERE query_id = 'left'"
    for _ in range(300):
        if server.http.post("/", content=count).text == "0\n":
            return
        threading.Event().wait(0.05)
    raise AssertionError("it still runs")


def test_a_large_insert_flows_in(server: Server) -> None:
    server.http.post("/", content="CREATE TABLE big (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    block = b"".join(b"%d,%s\n" % (row, b"x" * 200) for row in range(50_000))
    before = server.peak()
    options = {
        "query": "INSERT INTO big FORMAT CSV",
        "max_insert_block_size": "65536",
        "min_insert_block_size_rows": "1",
    }
    answer = server.http.post("/", params=options, content=(block for _ in range(30)))
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "1500000"
    assert server.http.post("/", content="SELECT count() FROM big").text == "1500000\n"
    assert server.peak() - before < 200 << 20


def test_an_insert_that_is_cut_leaves_nothing(server: Server) -> None:
    server.http.post("/", content="CREATE TABLE cut (a UInt32) ENGINE = MergeTree ORDER BY a")

    def broken() -> Iterator[bytes]:
        yield b"1\n" * 1000
        raise OSError("the client dies")

    with pytest.raises(OSError, match="dies"):
        server.http.post("/", params={"query": "INSERT INTO cut FORMAT CSV"}, content=broken())
    assert server.http.post("/", content="SELECT count() FROM cut").text == "0\n"


def test_an_insert_reads_from_its_input(server: Server) -> None:
    server.http.post("/", content="CREATE TABLE fed (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    sql = "INSERT INTO fed SELECT a + 1, upper(b) FROM input('a UInt32, b String') WHERE a > 1 FORMAT CSV\n1,x\n2,y\n"
    assert server.http.post("/", content=sql).status_code == 200
    assert server.http.post("/", content="SELECT * FROM fed FORMAT CSV").text == '3,"Y"\n'


@pytest.mark.parametrize("rows", [3, 500_000])
def test_blocks_of_clickhouses_own(server: Server, rows: int) -> None:
    sql = f"SELECT number FROM numbers({rows})"
    answer = server.http.post("/", params={"compress": "1"}, content=sql)
    expected = "".join(f"{number}\n" for number in range(rows)).encode()
    assert b"".join(unframed([answer.content])) == expected
    both = server.http.post("/", params={"compress": "1"}, content=sql, headers={"Accept-Encoding": "gzip"})
    assert b"".join(unframed([both.content])) == expected
    failed = server.http.post("/", params={"compress": "1"}, content="SELECT throwIf(1)")
    assert b"".join(unframed([failed.content])).startswith(b"Code: 395.")


def test_bodies_in_blocks_of_clickhouses_own(server: Server) -> None:
    server.http.post("/", content="CREATE TABLE blocks (a UInt32) ENGINE = MergeTree ORDER BY a")
    rows = "".join(f"{number}\n" for number in range(200_000)).encode()
    options = {"query": "INSERT INTO blocks FORMAT TSV", "decompress": "1"}
    for body, headers in ((framed(rows), {}), (gzip.compress(framed(rows)), {"Content-Encoding": "gzip"})):
        assert server.http.post("/", params=options, content=body, headers=headers).status_code == 200
    assert server.http.post("/", content="SELECT count(), max(a) FROM blocks").text == "400000\t199999\n"
    assert (
        server.http.post("/", params=options, content=framed(rows)[:-1]).headers["X-ClickHouse-Exception-Code"] == "271"
    )


def test_progress_is_told(server: Server) -> None:
    options = {"send_progress_in_http_headers": "1", "wait_end_of_query": "1"}
    answer = server.http.post("/", params=options, content="SELECT sum(sipHash64(number)) FROM numbers(50000000)")
    reports = [json.loads(value) for name, value in answer.headers.multi_items() if name == "x-clickhouse-progress"]
    assert reports
    assert int(reports[-1]["read_rows"]) > 0
    assert reports[-1]["total_rows_to_read"] == "50000000"
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "50000000"


def test_no_file_is_left_open(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    for _ in range(20):
        server.http.post("/", content="SELECT 1")
    before = process.num_fds()
    for _ in range(200):
        assert server.http.post("/", content="SELECT 1").text == "1\n"
    assert process.num_fds() <= before + 50, "the engine opens some of its own meanwhile, but not one in four requests"

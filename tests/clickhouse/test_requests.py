"""How a request says what it wants: address, body, form and headers; parameters, settings, database, formats."""

import base64

import pytest

from tests.clickhouse.asking import Http, Server, failed

PARAMETERS = [
    ("UInt8", "255", "255"),
    ("Int64", "-9223372036854775808", "-9223372036854775808"),
    ("UInt256", "1", "1"),
    ("Float64", "-1.5", "-1.5"),
    ("Decimal(10, 2)", "1.25", "1.25"),
    ("Bool", "true", "true"),
    ("String", "it's; --", "it\\'s; --"),
    ("String", "a\\tb", "a\\tb"),
    ("FixedString(2)", "ab", "ab"),
    ("Date", "2026-01-31", "2026-01-31"),
    ("DateTime('UTC')", "2026-01-31 08:05:09", "2026-01-31 08:05:09"),
    ("DateTime64(3, 'UTC')", "2026-01-31 08:05:09.120", "2026-01-31 08:05:09.120"),
    ("UUID", "61f0c404-5cb3-11e7-907b-a6006ad3dba0", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
    ("IPv4", "192.0.2.1", "192.0.2.1"),
    ("IPv6", "2001:db8::1", "2001:db8::1"),
    ("Enum8('like' = 1, 'dislike' = 2)", "like", "like"),
    ("Array(String)", "['a','b']", "['a','b']"),
    ("Array(Array(UInt8))", "[[1],[]]", "[[1],[]]"),
    ("Tuple(String, UInt8)", "('a',1)", "('a',1)"),
    ("Map(String, UInt32)", "{'a':1}", "{'a':1}"),
    ("Nullable(UInt8)", "\\N", "\\N"),
    ("LowCardinality(String)", "web", "web"),
]


@pytest.mark.parametrize(("kind", "value", "shown"), PARAMETERS)
def test_parameters_of_every_type(http: Http, kind: str, value: str, shown: str) -> None:
    assert http.done(f"SELECT {{p:{kind}}}", param_p=value) == shown
    in_form = http.form({"query": (None, f"SELECT toTypeName({{p:{kind}}})"), "param_p": (None, value)})
    assert in_form.text.strip().replace("\\'", "'") == kind


def test_the_query_in_the_address_the_body_or_both(http: Http) -> None:
    assert http.get("SELECT 1").text == "1\n"
    assert http.done("SELECT 1") == "1"
    assert http.done("+ 1", query="SELECT 1") == "2"


@pytest.mark.parametrize("how", ["option", "header", "qualified"])
def test_the_database(http: Http, server: Server, database: str, how: str) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = Memory")
    bare = Http(http.connections, server.url)
    if how == "option":
        assert bare.done("SELECT count() FROM t", database=database) == "0"
    elif how == "header":
        headers = {"X-ClickHouse-Database": database}
        assert bare.post("SELECT currentDatabase(), count() FROM t", headers).text == f"{database}\t0\n"
    else:
        assert bare.done(f"SELECT currentDatabase(), count() FROM {database}.t") == "default\t0"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-ClickHouse-User": "default", "X-ClickHouse-Key": ""},
        {"Authorization": "Basic " + base64.b64encode(b"default:").decode()},
        {},
    ],
)
def test_the_user_in_headers(http: Http, headers: dict[str, str]) -> None:
    assert http.post("SELECT currentUser()", headers).text == "default\n"


def test_the_user_in_the_address(http: Http) -> None:
    assert http.done("SELECT currentUser()", user="default", password="") == "default"


@pytest.mark.parametrize(
    ("name", "value", "sql", "expected"),
    [
        ("session_timezone", "Asia/Shanghai", "SELECT timezone(), toDateTime(0)", "Asia/Shanghai\t1970-01-01 08:00:00"),
        ("output_format_json_quote_64bit_integers", "1", "SELECT 1::UInt64 AS a FORMAT JSONEachRow", '{"a":"1"}'),
        ("date_time_output_format", "iso", "SELECT toDateTime(0, 'UTC')", "1970-01-01T00:00:00Z"),
        ("join_use_nulls", "1", "SELECT b FROM (SELECT 1 a) x LEFT JOIN (SELECT 2 a, 3 b) y USING a", "\\N"),
        ("max_block_size", "7", "SELECT max(blockSize()) FROM numbers(20)", "7"),
        ("limit", "2", "SELECT number FROM numbers(5)", "0\n1"),
        ("offset", "3", "SELECT number FROM numbers(5)", "3\n4"),
        ("extremes", "1", "SELECT number FROM numbers(3) FORMAT TSV", "0\n1\n2\n\n0\n2"),
        ("param_x", "7", "SELECT {x:UInt8}", "7"),
        ("additional_result_filter", "number > 1", "SELECT number FROM numbers(3)", "2"),
        ("result_overflow_mode", "break", "SELECT 1", "1"),
    ],
)
def test_settings_in_the_address(http: Http, name: str, value: str, sql: str, expected: str) -> None:
    assert http.done(sql, **{name: value}) == expected


def test_settings_in_the_statement_win_over_those_in_the_address(http: Http) -> None:
    sql = "SELECT getSetting('max_block_size') SETTINGS max_block_size = 9"
    assert http.done(sql, max_block_size=7) == "9"
    assert http.done("SELECT getSetting('max_block_size')") != "9"


FORMS = {
    "TabSeparated": ("1\tx\n", "text/tab-separated-values; charset=UTF-8"),
    "TSVWithNames": ("a\tb\n1\tx\n", "text/tab-separated-values; charset=UTF-8"),
    "CSV": ('1,"x"\n', "text/csv; charset=UTF-8; header=absent"),
    "CSVWithNames": ('"a","b"\n1,"x"\n', "text/csv; charset=UTF-8; header=present"),
    "JSONEachRow": ('{"a":1,"b":"x"}\n', "application/x-ndjson; charset=UTF-8"),
    "JSONCompactEachRow": ('[1, "x"]\n', "text/plain; charset=UTF-8"),
    "JSONStringsEachRow": ('{"a":"1","b":"x"}\n', "application/x-ndjson; charset=UTF-8"),
    "Values": ("(1,'x')", "text/plain; charset=UTF-8"),
    "Vertical": ("Row 1:\n──────\na: 1\nb: x\n", "text/plain; charset=UTF-8"),
    "LineAsString": ("1\tx\n", "text/tab-separated-values; charset=UTF-8"),
    "Markdown": ("| a | b |\n|-:|:-|\n| 1 | x |\n", "text/plain; charset=UTF-8"),
    "Null": ("", "text/plain; charset=UTF-8"),
}


@pytest.mark.parametrize("way", ["clause", "option", "header"])
@pytest.mark.parametrize("form", FORMS)
def test_the_format_of_the_answer(http: Http, form: str, way: str) -> None:
    sql = "SELECT 1 AS a, 'x' AS b"
    if way == "clause":
        answer = http.post(f"{sql} FORMAT {form}")
    elif way == "option":
        answer = http.post(sql, default_format=form)
    else:
        answer = http.post(sql, {"X-ClickHouse-Format": form})
    assert (answer.text, answer.headers["Content-Type"]) == FORMS[form]
    assert answer.headers["X-ClickHouse-Format"] == form


@pytest.mark.parametrize("form", ["JSON", "JSONCompact", "JSONStrings", "JSONColumnsWithMetadata"])
def test_documents_in_json(http: Http, form: str) -> None:
    found = http.post(f"SELECT number AS n FROM numbers(2) FORMAT {form}").json()
    assert found["meta"] == [{"name": "n", "type": "UInt64"}]
    assert found["rows"] == 2
    assert set(found["statistics"]) >= {"elapsed", "rows_read", "bytes_read"}


@pytest.mark.parametrize("form", ["Native", "RowBinaryWithNamesAndTypes", "ArrowStream", "ORC", "Avro", "MsgPack"])
def test_binary_forms_are_read_back(http: Http, form: str) -> None:
    http.done("CREATE TABLE t (a UInt32, b String) ENGINE = MergeTree ORDER BY a")
    body = http.post(f"SELECT number::UInt32 AS a, toString(number) AS b FROM numbers(100) FORMAT {form}").content
    put = http.put(f"INSERT INTO t FORMAT {form}", body)
    assert put.status_code == 200, put.text
    assert http.done("SELECT count(), sum(a), uniqExact(b) FROM t") == "100\t4950\t100"


def test_inserts_name_their_columns(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32, b String DEFAULT 'd', c UInt32 MATERIALIZED a * 2) ENGINE = Memory")
    http.put("INSERT INTO t (a) FORMAT TSV", b"1\n2\n")
    http.put("INSERT INTO t FORMAT JSONEachRow", b'{"b":"x","a":3}{"a":4}', input_format_skip_unknown_fields=1)
    http.done("INSERT INTO t (b, a) VALUES ('v', 5), (upper('w'), 2 + 4)")
    assert http.done("SELECT a, b, c FROM t ORDER BY a") == "1\td\t2\n2\td\t4\n3\tx\t6\n4\td\t8\n5\tv\t10\n6\tW\t12"


def test_rows_are_changed_on_their_way_in(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = Memory")
    put = http.put("INSERT INTO t SELECT x * 2 FROM input('x UInt32') WHERE x > 1 FORMAT CSV", b"1\n2\n3\n")
    assert put.status_code == 200, put.text
    assert http.done("SELECT sum(a) FROM t") == "10"


def test_rows_that_wait_for_company(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
    for number in range(3):
        http.put("INSERT INTO t FORMAT TSV", b"%d" % number, async_insert=1, wait_for_async_insert=1)
    assert http.done("SELECT count() FROM t") == "3"


def test_a_token_keeps_an_insert_from_counting_twice(http: Http) -> None:
    http.done(
        "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10"
    )
    for _ in range(2):
        http.put("INSERT INTO t FORMAT TSV", b"1\n2\n", insert_deduplication_token="block-1")
    assert http.done("SELECT count() FROM t") == "2"


def test_a_get_changes_nothing(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt32) ENGINE = Memory")
    assert failed(http.get("INSERT INTO t VALUES (1)")) == 164
    assert failed(http.get("DROP TABLE t")) == 164
    assert failed(http.get("BACKUP TABLE t TO File('/tmp/nobody')")) == 164
    assert http.get("SELECT count() FROM t").text == "0\n"


@pytest.mark.parametrize("path", ["/ping", "/replicas_status"])
def test_health(http: Http, path: str) -> None:
    assert http.connections.get(http.url + path).text == "Ok.\n"
    assert http.connections.head(http.url + path).status_code == 200


def test_bytes_that_are_no_text(http: Http) -> None:
    assert http.connections.post(f"{http.url}/?param_x=a%FFb", content="SELECT hex({x:String})").text == "61FF62\n"
    assert http.connections.get(f"{http.url}/?query=SELECT+hex('%FF')").text == "FF\n"
    assert failed(http.connections.get(f"{http.url}/?query=SELECT+1&user=%FF&password=%FF")) == 516


def test_another_address_for_queries(http: Http) -> None:
    assert http.connections.get(f"{http.url}/query", params={"query": "SELECT 1"}).text == "1\n"
    assert http.connections.post(f"{http.url}/query", content="SELECT 1").text == "1\n"


def test_a_look_with_options_is_a_query(http: Http) -> None:
    assert http.connections.get(http.url).text == "Ok.\n"
    assert failed(http.connections.get(http.url, params={"user": "nobody", "password": "x"})) == 516
    assert failed(http.connections.get(http.url, params={"database": "default"})) == 62


def test_statements_with_comments_and_an_end(http: Http) -> None:
    assert http.done("-- first\n/* second; */ SELECT 1 ; ") == "1"
    assert http.done("SELECT 1 UNION ALL SELECT 1 FORMAT CSV;") == "1\n1"
    assert http.done("WITH 1 AS one SELECT one FORMAT TSV SETTINGS max_threads = 1") == "1"


def test_a_head_has_no_body(http: Http) -> None:
    head = http.connections.head(http.url, params={"query": "SELECT 1"})
    assert (head.status_code, head.content) == (200, b"")

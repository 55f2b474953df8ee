"""Bad statements end in the code and the HTTP status that the real server gives.

Codes: src/Common/ErrorCodes.cpp of ClickHouse; statuses: src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
"""

import pytest

from tests.clickhouse.asking import Http, failed

BAD: list[tuple[str, dict[str, str], int, int]] = [
    ("SELEC 1", {}, 62, 400),
    ("", {}, 62, 400),
    ("SELECT 1; SELECT 2", {}, 62, 400),
    ("SELECT (1", {}, 62, 400),
    ("SELECT 'open", {}, 62, 400),
    ("SELECT * FROM nowhere", {}, 60, 404),
    ("SELECT * FROM nodb.t", {}, 81, 404),
    ("SELECT 1", {"database": "nowhere"}, 81, 404),
    ("SELECT nothing", {}, 47, 404),
    ("SELECT no_such_function(1)", {}, 46, 404),
    ("SELECT 1::Nothingness", {}, 50, 404),
    ("CREATE TABLE e (a UInt8) ENGINE = Nothing", {}, 56, 404),
    ("CREATE DATABASE e ENGINE = Nothing", {}, 336, 404),
    ("SELECT 1", {"no_such_setting": "1"}, 115, 404),
    ("SELECT 1 SETTINGS no_such_setting = 1", {}, 115, 404),
    ("SELECT 1 FORMAT Nothing", {}, 73, 404),
    ("SELECT 1", {"default_format": "Nothing"}, 73, 404),
    ("INSERT INTO t FORMAT Nothing\n1", {}, 73, 404),
    ("SELECT toDate('x')", {}, 38, 400),
    ("SELECT toDateTime('x')", {}, 41, 400),
    ("SELECT toUInt8('x')", {}, 6, 400),
    ("SELECT toUUID('x')", {}, 376, 400),
    ("SELECT toIPv4('x')", {}, 675, 400),
    ("SELECT toIPv6('x')", {}, 676, 400),
    ("SELECT match('a', '(')", {}, 427, 400),
    ("SELECT 1 + 'a'", {}, 43, 500),
    ("SELECT plus(1)", {}, 42, 500),
    ("SELECT [1, 'a'] SETTINGS use_variant_as_common_type = 0", {}, 386, 500),
    ("SELECT intDiv(1, 0)", {}, 153, 500),
    ("SELECT throwIf(1)", {}, 395, 500),
    ("SELECT a, sum(a) FROM t", {}, 215, 500),
    ("SELECT sum(sum(a)) FROM t", {}, 184, 500),
    ("SELECT * FROM t JOIN t USING b", {}, 47, 404),
    ("SELECT {n:UInt8}", {}, 456, 500),
    ("SELECT {n:UInt8}", {"param_n": "x"}, 457, 500),
    ("SELECT sleep(2)", {"max_execution_time": "0.3"}, 159, 408),
    ("SELECT sleep(60)", {}, 160, 500),
    ("SELECT * FROM numbers(100)", {"max_result_rows": "10"}, 396, 500),
    ("SELECT sum(number) FROM numbers(1000000)", {"max_rows_to_read": "10"}, 158, 500),
    ("SELECT sum(number) FROM numbers(1000000)", {"max_bytes_to_read": "10"}, 307, 500),
    ("SELECT groupArray(number) FROM numbers(10000000)", {"max_memory_usage": "5000000"}, 241, 500),
    ("SELECT uniqExact(number) FROM numbers(1000) GROUP BY number", {"max_rows_to_group_by": "10"}, 158, 500),
    ("CREATE TABLE t (a UInt8) ENGINE = Memory", {}, 57, 500),
    ("CREATE TABLE e (a UInt8, a UInt8) ENGINE = Memory", {}, 44, 400),
    ("CREATE DATABASE default", {}, 82, 500),
    ("DROP TABLE nowhere", {}, 60, 404),
    ("ALTER TABLE t ADD COLUMN a UInt8", {}, 15, 400),
    ("ALTER TABLE t DROP COLUMN nothing", {}, 10, 500),
    ("ALTER TABLE t MODIFY COLUMN a String", {"readonly": "1"}, 164, 500),
    ("INSERT INTO t VALUES ('x')", {}, 6, 400),
    ("INSERT INTO t VALUES (1, 2)", {}, 62, 400),
    ("INSERT INTO t (nothing) VALUES (1)", {}, 16, 500),
    ("INSERT INTO t SELECT 1, 2", {}, 20, 500),
    ("INSERT INTO t FORMAT CSV\nx\n", {}, 117, 400),
    ("INSERT INTO t FORMAT TSV\n1\t2\n", {}, 27, 400),
    ('INSERT INTO t FORMAT JSONEachRow {"nothing": 1}', {"input_format_skip_unknown_fields": "0"}, 117, 400),
    ('INSERT INTO t FORMAT JSONEachRow {"a": "x"}', {}, 27, 400),
    ("INSERT INTO t FORMAT JSONEachRow {a", {}, 26, 400),
    ("INSERT INTO t FORMAT RowBinary\n\x01\x02\x03", {"database": "default"}, 60, 404),
    ("SELECT 1", {"max_threads": "x"}, 27, 400),
    ("SELECT 1", {"user": "joe"}, 516, 403),
    ("SELECT 1", {"user": "default", "password": "wrong"}, 516, 403),
    ("CREATE DATABASE forbidden", {"readonly": "1"}, 164, 500),
    ("SET max_threads = 1", {"readonly": "1"}, 164, 500),
    ("SELECT 1 INTO OUTFILE 'x'", {}, 358, 500),
    ("SELECT * FROM nothing(1)", {}, 46, 404),
    ("SYSTEM NOTHING", {}, 62, 400),
    ("EXPLAIN SELECT nothing", {}, 47, 404),
    ("KILL QUERY", {}, 62, 400),
]


@pytest.mark.parametrize(("sql", "options", "code", "status"), BAD)
def test_bad_statements(http: Http, sql: str, options: dict[str, str], code: int, status: int) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    answer = http.post(sql, **options)
    assert (failed(answer), answer.status_code) == (code, status), answer.text
    assert answer.text.count("(version ") == 1


def test_a_failed_insert_leaves_nothing(http: Http) -> None:
    http.done("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
    rows = b"".join(b"%d\n" % (number % 200) for number in range(10_000)) + b"x\n"
    assert failed(http.put("INSERT INTO t FORMAT TSV", rows)) == 27
    assert http.done("SELECT count() FROM t") == "0"


def test_the_text_names_the_place(http: Http) -> None:
    assert "line 2, col 11" in http.post("SELECT 1\nFROM FROM t").text
    http.done("CREATE TABLE t (a UInt8) ENGINE = Memory")
    assert "row 2" in http.put("INSERT INTO t FORMAT CSV", b"1\nx\n").text.lower()


@pytest.mark.parametrize("sql", ["SELECT (1", "SELECT 1 FROM", "SELECT 1 LIMIT 1 foo", "SHOW FOO"])
def test_a_syntax_error_quotes_what_was_sent(http: Http, sql: str) -> None:
    answer = http.post(sql)
    assert failed(answer) == 62
    assert "fd/" not in answer.text
    assert "APPEND" not in answer.text


def test_what_shows_access_names_its_column_as_it_is(http: Http) -> None:
    for sql in ("SHOW GRANTS", "SHOW CREATE USER default"):
        names = http.done(f"{sql} FORMAT TabSeparatedWithNames").splitlines()[0]
        assert "OUTFILE" not in names


def test_an_unknown_path_is_not_found(http: Http) -> None:
    answer = http.connections.get(http.url + "/nothing")
    assert answer.status_code == 404
    assert "There is no handle /nothing" in answer.text

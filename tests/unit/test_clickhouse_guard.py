"""What the reader of the embedded ClickHouse may not write, in however many disguises."""

import pytest

from infra.clickhouse.errors import Failure
from infra.clickhouse.guard import Guard
from infra.clickhouse.statement import parse

GUARD = Guard(
    ["file", "url", "s3", "remote", "python", "executable", "eval", "generateRandom", "values", "numbers", "view"],
    ["aiGenerate", "AIFilter", "getClientHTTPHeader", "length"],
)

REFUSED = [
    "SELECT file('/etc/passwd')",
    "SELECT file /* why */ ('/etc/passwd')",
    "SELECT file // it's\n('/etc/passwd')",
    "SELECT 1 AS x$$, file('/etc/passwd'), 2 AS y$$",
    "SELECT \"file\"('/etc/passwd')",
    "SELECT `fil\\x65`('/etc/passwd')",
    "SELECT “file”('/etc/passwd')",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT (SELECT (SELECT file('/etc/passwd')))",
    "SELECT * FROM url('http://127.0.0.1', 'CSV')",
    "SELECT * FROM URL('http://127.0.0.1', 'CSV')",
    "SELECT * FROM view(SELECT * FROM s3('x'))",
    "SELECT * FROM python(x)",
    "SELECT aiGenerate('x')",
    "SELECT * FROM generateRandom('a String ALIAS fi' || 'le(1)')",
    "SELECT * FROM generateRandom('a String ALIAS 1')",
    "SELECT * FROM generateRandom({s:String})",
    "SELECT * FROM values('a String DEFAULT 1', 'x')",
    "SELECT * FROM values(concat('a'), 'x')",
    "CREATE TEMPORARY TABLE t (a String DEFAULT file('/etc/passwd'))",
    "SET ROLE owner",
    "SET DEFAULT ROLE owner TO default",
    "SET chdb_client_name = 'default q'",
    "SELECT 1 SETTINGS `chdb_client_name` = 'default q'",
    "CREATE TABLE a (b UInt8) PARALLEL WITH DROP TABLE c",
    "KILL MUTATION WHERE 1",
    "GRANT owner TO default",
    "EXECUTE AS default SELECT 1",
    "SYSTEM SHUTDOWN",
    "BACKUP DATABASE default TO File('x')",
    "ALTER TABLE t DELETE WHERE 1",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_a_reader_may_not(sql: str) -> None:
    with pytest.raises(Failure) as problem:
        GUARD.check(parse(sql.encode()), {})
    assert (problem.value.code, problem.value.status) == (497, 403)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM turns WHERE question LIKE '%file(%' -- file()",
        "SELECT t.file, length(x) AS url FROM t",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT * FROM numbers(3), values('a UInt8, b String', (1, 'x')), values((1), (2)), view(SELECT 1)",
        "SELECT * FROM generateRandom('a UInt8', 1) LIMIT 1",
        "CREATE TEMPORARY TABLE t (a UInt8)",
        "SHOW TABLES",
        "SET max_threads = 1",
        "KILL QUERY WHERE query_id = 'x'",
    ],
)
def test_a_reader_may(sql: str) -> None:
    GUARD.check(parse(sql.encode()), {"x": "file"})


def test_a_name_in_a_parameter_is_looked_at() -> None:
    statement = parse(b"SELECT arrayMap({f : Identifier}, ['/etc/passwd'])")
    GUARD.check(statement, {"f": "lower"})
    for value in ("file", "fil\\x65"):
        with pytest.raises(Failure):
            GUARD.check(statement, {"f": value})


def test_a_structure_holds_names_and_types() -> None:
    GUARD.check_structure("a UInt8, b Map(String, Enum8('x' = 1))")
    for structure in ("a String DEFAULT file('x')", "a String alias 1", "a Enum8('\\x65' = 1)"):
        with pytest.raises(Failure):
            GUARD.check_structure(structure)

"""What Superset sends through SQLAlchemy and clickhouse-connect's dialect."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    Table,
    column,
    create_engine,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy import types as sql_types

from tests.clickhouse.asking import Http, Server


@pytest.fixture
def engine(server: Server, database: str) -> Iterator[Engine]:
    address = server.url.replace("http://", "clickhousedb://default@")
    made = create_engine(f"{address}/{database}")
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def log(http: Http) -> None:
    http.done(
        "CREATE TABLE log (id UInt64, kind LowCardinality(String), at DateTime64(3, 'UTC'), ms Nullable(Float64), "
        "tags Array(String)) ENGINE = ReplacingMergeTree ORDER BY id COMMENT 'rows'"
    )
    http.done("CREATE VIEW kinds AS SELECT kind, count() AS n FROM log GROUP BY kind")
    http.done(
        "INSERT INTO log VALUES (1, 'received', '2026-01-31 08:05:09', NULL, []), (2, 'replied', now(), 7.5, ['a'])"
    )


def test_it_finds_its_way(engine: Engine, database: str) -> None:
    found = inspect(engine)
    assert database in found.get_schema_names()
    assert set(found.get_table_names(schema=database)) >= {"log"}
    assert found.has_table("log", schema=database)
    assert not found.has_table("nothing", schema=database)
    assert "kinds" in set(found.get_view_names(schema=database)) | set(found.get_table_names(schema=database))


def test_it_reads_columns(engine: Engine, database: str) -> None:
    columns = inspect(engine).get_columns("log", schema=database)
    assert [entry["name"] for entry in columns] == ["id", "kind", "at", "ms", "tags"]
    assert all(isinstance(entry["type"], sql_types.TypeEngine) for entry in columns)


def test_it_reflects_a_table(engine: Engine, database: str) -> None:
    reflected = Table("log", MetaData(schema=database), autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(select(reflected.c.id, reflected.c.ms).order_by(reflected.c.id)).all()
    assert [tuple(row) for row in rows] == [(1, None), (2, 7.5)]


def test_it_selects_as_a_chart_does(engine: Engine) -> None:
    log = table("log", column("kind"), column("at"), column("ms"))
    sql = (
        select(
            func.toStartOfDay(log.c.at).label("__timestamp"), func.count().label("n"), func.sum(log.c.ms).label("ms")
        )
        .where(log.c.kind.in_(["replied", "handed over"]))
        .group_by(text("__timestamp"))
        .order_by(text("n DESC"))
        .limit(1000)
    )
    with engine.connect() as connection:
        rows = connection.execute(sql).all()
    assert [(row.n, row.ms) for row in rows] == [(1, 7.5)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT version() IS NOT NULL", 1),
        ("SELECT count() AS n FROM (SELECT * FROM log) AS virtual_table LIMIT 1000", 2),
        ("SELECT toMonday(toDateTime(at)) AS week, count() FROM log GROUP BY week ORDER BY week LIMIT 1", None),
        ("SELECT quantile(0.9)(ms) FROM log", 7.5),
        ("SELECT 1 WHERE 'a' LIKE '%a%'", 1),
        ("EXPLAIN SELECT 1", None),
    ],
)
def test_it_sends_text(engine: Engine, sql: str, expected: object) -> None:
    with engine.connect() as connection:
        value = connection.execute(text(sql)).scalar()
    assert value == expected if expected is not None else value is not None


def test_it_binds_parameters(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id FROM log WHERE kind = :kind"), {"kind": "it's"}).all()
        assert found == []
        assert connection.execute(text("SELECT id FROM log WHERE kind = :kind"), {"kind": "replied"}).scalar() == 2


def test_it_inserts(engine: Engine, database: str) -> None:
    log = Table("log", MetaData(schema=database), autoload_with=engine)
    with engine.begin() as connection:
        connection.execute(insert(log), [{"id": 3, "kind": "x", "tags": ["b"]}, {"id": 4, "kind": "y", "tags": []}])
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(log)).scalar() == 4


def test_it_makes_and_drops_tables(engine: Engine, database: str) -> None:
    from clickhouse_connect.cc_sqlalchemy.datatypes.sqltypes import String, UInt32
    from clickhouse_connect.cc_sqlalchemy.ddl.tableengine import MergeTree

    metadata = MetaData(schema=database)
    made = Table("made", metadata, Column("id", UInt32), Column("name", String), MergeTree(order_by="id"))
    metadata.create_all(engine)
    assert inspect(engine).has_table("made", schema=database)
    made.drop(engine)
    assert not inspect(engine).has_table("made", schema=database)

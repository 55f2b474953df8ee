"""Backups of a running ClickHouse: whole, consistent beside a writer, refused where they would harm or mislead."""

import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.clickhouse.backup import LIST, Server, restore, save, started
from infra.clickhouse.errors import Unusable
from streams import store
from streams.settings import Settings
from tests.servers.clickhouse import embedded_clickhouse

pytestmark = pytest.mark.clickhouse

ROWS = 200
"""Rows of one insert of the writer."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as url:
        yield Server(url)


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    """A database with all that can stand in one: derived tables in two steps, views, a dictionary."""
    name = f"t_{uuid.uuid4().hex[:8]}"
    for sql in (
        f"CREATE DATABASE {name}",
        f"CREATE TABLE {name}.log (id UInt64, kind LowCardinality(String)) ENGINE = ReplacingMergeTree ORDER BY id",
        f"CREATE TABLE {name}.derived (id UInt64) ENGINE = MergeTree ORDER BY id",
        f"CREATE TABLE {name}.`a last one` (id UInt64) ENGINE = MergeTree ORDER BY id",
        f"CREATE MATERIALIZED VIEW {name}.first TO {name}.derived AS SELECT id FROM {name}.log",
        f"CREATE MATERIALIZED VIEW {name}.second TO {name}.`a last one` AS SELECT id FROM {name}.derived",
        f"CREATE MATERIALIZED VIEW {name}.own ENGINE = MergeTree ORDER BY id AS SELECT id FROM {name}.log",
        f"CREATE VIEW {name}.shown AS SELECT kind, count() AS n FROM {name}.log GROUP BY kind",
        f"CREATE DICTIONARY {name}.kinds (id UInt64, kind String) PRIMARY KEY id "
        f"SOURCE(CLICKHOUSE(TABLE 'log' DB '{name}')) LAYOUT(FLAT()) LIFETIME(0)",
    ):
        server.ask(sql)
    yield name
    server.ask(f"DROP DATABASE IF EXISTS {name} SYNC")


def fill(server: Server, database: str, first: int = 0, count: int = 1000) -> None:
    server.ask(f"INSERT INTO {database}.log SELECT number + {first}, 'replied' FROM numbers({count})")


def counts(server: Server, database: str) -> list[int]:
    tables = ("log", "derived", "`a last one`", "own")
    return [int(server.ask(f"SELECT count() FROM {database}.{table}")) for table in tables]


def test_all_of_a_database_comes_back(server: Server, database: str, tmp_path: Path) -> None:
    fill(server, database)
    contents = save(server, database, tmp_path / "backup")
    assert sorted(table for layer in contents.layers for table in layer) == ["a last one", "derived", "log", "own"]
    server.ask(f"DROP DATABASE {database} SYNC")
    restore(server, tmp_path / "backup")
    assert counts(server, database) == [1000] * 4
    assert server.ask(f"SELECT n FROM {database}.shown") == "1000\n"
    assert server.ask(f"SELECT dictGet('{database}.kinds', 'kind', 7)") == "replied\n"
    fill(server, database, first=1000)
    assert counts(server, database) == [2000] * 4


def test_a_backup_is_restored_beside_its_origin(server: Server, database: str, tmp_path: Path) -> None:
    fill(server, database)
    save(server, database, tmp_path / "it's")
    copy = f"{database}_copy"
    restore(server, tmp_path / "it's", copy)
    fill(server, copy, first=1000)
    assert (counts(server, copy), counts(server, database)) == ([2000] * 4, [1000] * 4)
    server.ask(f"DROP DATABASE {copy} SYNC")


def test_our_own_tables(server: Server, tmp_path: Path) -> None:
    name = f"t_{uuid.uuid4().hex[:8]}"
    settings = Settings(home=tmp_path, clickhouse_url=server.url, clickhouse_database=name)
    store.migrate(settings)
    server.ask(
        f"INSERT INTO {name}.feedback (feedback_id, reply_id, kafka_topic, kafka_offset, kafka_previous) "
        "SELECT toString(number), 'r', 'chat.feedback.v1', number, toInt64(number) - 1 FROM numbers(100)"
    )
    contents = save(server, name, tmp_path / "backup")
    order = {table: number for number, layer in enumerate(contents.layers) for table in layer}
    assert order["stored_offsets"] < min(order[table] for table in ("conversation_log", "feedback", "alerts"))
    server.ask(f"DROP DATABASE {name} SYNC")
    restore(server, tmp_path / "backup")
    assert store.migrate(settings) == []
    assert server.ask(f"SELECT stored, missing FROM {name}.reconciliation") == "100\t0\n"
    server.ask(f"DROP DATABASE {name} SYNC")


class Writer:
    """Inserts numbered blocks one after the other; ``acknowledged`` is how many were answered."""

    def __init__(self, server: Server, database: str) -> None:
        self.acknowledged = 0
        self._into, self._end = (server.url, database), threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _write(self) -> None:
        url, database = self._into
        with httpx.Client(timeout=30) as http:
            while not self._end.is_set():
                first = self.acknowledged * ROWS
                rows = "".join(f"{first + row}\tx\n" for row in range(ROWS))
                answer = http.post(url, content=f"INSERT INTO {database}.log FORMAT TSV\n{rows}")
                assert answer.status_code == httpx.codes.OK, answer.text
                self.acknowledged += 1


def test_backups_beside_a_writer_are_consistent(server: Server, database: str, tmp_path: Path) -> None:
    writer = Writer(server, database)
    spans = []
    try:
        for number in range(3):
            before = writer.acknowledged
            save(server, database, tmp_path / str(number))
            spans.append((before, writer.acknowledged + 1))
    finally:
        writer.stop()
    assert spans[-1][1] > spans[0][0] + 3
    for number, (least, most) in enumerate(spans):
        copy = f"{database}_{number}"
        restore(server, tmp_path / str(number), copy)
        blocks, whole = server.rows(
            f"SELECT max(intDiv(id, {ROWS})) + 1, count() = uniqExact(id) AND max(id) + 1 = count() FROM {copy}.log"
        )[0]
        assert whole == "1"
        assert least <= int(blocks) <= most
        for derived, source in (("derived", "log"), ("`a last one`", "derived"), ("own", "log")):
            lost = f"SELECT count() FROM {copy}.{derived} WHERE id NOT IN (SELECT id FROM {copy}.{source})"
            assert server.ask(lost) == "0\n"
            assert int(server.ask(f"SELECT count() FROM {copy}.{derived}")) >= least * ROWS
        server.ask(f"DROP DATABASE {copy} SYNC")


def test_a_backup_needs_a_new_folder_and_something_to_save(server: Server, database: str, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no tables in the database nothing"):
        save(server, "nothing", tmp_path / "none")
    save(server, database, tmp_path / "backup")
    with pytest.raises(Unusable, match="is there already"):
        save(server, database, tmp_path / "backup")
    (tmp_path / ".other.unfinished").mkdir()
    with pytest.raises(Unusable, match="left of a backup that was cut off"):
        save(server, database, tmp_path / "other")
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable, match="cannot be made"):
        save(server, database, tmp_path / "file" / "in it")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.unfinished", "backup", "file"]


def test_what_cannot_be_restored_is_refused(server: Server, database: str, tmp_path: Path) -> None:
    fill(server, database)
    save(server, database, tmp_path / "backup")
    with pytest.raises(Unusable, match=f"has tables in {database}"):
        restore(server, tmp_path / "backup")
    with pytest.raises(Unusable, match="is not there"):
        restore(server, tmp_path / "nowhere", f"{database}_x")
    for part, reason in ((LIST, "half of one"), ("structure", "structure is missing"), ("data-1", "data-1 is missing")):
        half = tmp_path / "half"
        shutil.copytree(tmp_path / "backup", half)
        (half / part).unlink() if part == LIST else shutil.rmtree(half / part)
        with pytest.raises(Unusable, match=reason):
            restore(server, half, f"{database}_x")
        shutil.rmtree(half)
    assert server.rows(f"SELECT name FROM system.databases WHERE name = '{database}_x'") == []


def test_a_restore_that_fails_leaves_nothing(server: Server, database: str, tmp_path: Path) -> None:
    fill(server, database)
    contents = save(server, database, tmp_path / "backup")
    last = tmp_path / "backup" / f"data-{len(contents.layers) - 1}"
    next(path for path in last.rglob("data.bin")).unlink()
    with pytest.raises(Unusable, match="refused"):
        restore(server, tmp_path / "backup", f"{database}_x")
    assert server.rows(f"SELECT name FROM system.databases WHERE name = '{database}_x'") == []


def command(*arguments: str) -> tuple[int, str]:
    """The exit code of the command line and all that it wrote."""
    call = [sys.executable, "-m", "infra.clickhouse.backup", *arguments]
    root = Path(__file__).parents[2]
    done = subprocess.run(call, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_commands(server: Server, database: str, tmp_path: Path) -> None:
    fill(server, database)
    backup, data = str(tmp_path / "backup"), tmp_path / "data"
    code, text = command("save", backup, "--url", server.url, "--database", database)
    assert (code, f"saved: 4 tables of {database}" in text) == (0, True), text
    assert command("save", backup, "--url", server.url, "--database", database)[0] == 1
    code, text = command("restore", backup, "--data", str(data), "--database", "kefu")
    assert (code, "restored: 4 tables" in text) == (0, True), text
    with started(data) as url:
        assert counts(Server(url), "kefu") == [1000] * 4
        code, text = command("restore", backup, "--data", str(data))
        assert (code, "in use by process" in text) == (1, True), text
    code, text = command("restore", backup, "--url", "http://127.0.0.1:9")
    assert (code, text.startswith("backup: http://127.0.0.1:9 does not answer"), text.count("\n")) == (1, True, 1)

"""The migrations and the client: applied once, in words when ClickHouse refuses or is away."""

import uuid

import pytest

from schemas.errors import Misconfigured, Unavailable
from schemas.migrations import migrations
from schemas.rows import INSERT_SETTINGS, NO_PREVIOUS, TABLES, line
from streams import store
from streams.settings import Settings
from tests.sinking import ask, step

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.fixture
def bare(spine: Settings, shared_clickhouse: str) -> Settings:
    """Settings whose database is not there yet."""
    own = {"clickhouse_url": shared_clickhouse, "clickhouse_database": f"t_{uuid.uuid4().hex[:8]}"}
    return spine.model_copy(update=own)


def names() -> list[str]:
    return [f"{step.number:04d}_{step.name}" for step in migrations()]


def shape(settings: Settings) -> list[tuple[object, ...]]:
    """Every table and view with its definition and its row count."""
    query = (
        "SELECT name, create_table_query, total_rows FROM system.tables WHERE database = currentDatabase() ORDER BY 1"
    )
    return ask(settings, query)


def test_the_first_time_creates_everything_and_the_second_changes_nothing(bare: Settings) -> None:
    assert store.migrate(bare) == names()
    with store.connect(bare) as client:
        row = line(step(1), "t", 0, 0, NO_PREVIOUS)
        client.raw_insert("conversation_log", insert_block=row, fmt="JSONEachRow", settings=INSERT_SETTINGS)
    before = shape(bare)
    tables = {"schema_migrations", "turns", "reconciliation", *(table.name for table in TABLES)}
    assert tables <= {row[0] for row in before}
    assert store.migrate(bare) == []
    assert shape(bare) == before


def test_only_the_steps_that_are_missing_are_applied(bare: Settings) -> None:
    store.migrate(bare)
    with store.connect(bare) as client:
        client.command(f"DELETE FROM schema_migrations WHERE number = {migrations()[-1].number}")
    assert store.migrate(bare) == names()[-1:]
    assert [row[0] for row in ask(bare, "SELECT number FROM schema_migrations ORDER BY 1")] == [
        step.number for step in migrations()
    ]


@pytest.mark.parametrize("wrong", [{"clickhouse_password": "hush"}, {"clickhouse_user": "nobody"}])
def test_a_user_that_is_refused_is_no_reason_to_wait(bare: Settings, wrong: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="refuses KEFU_CLICKHOUSE_USER and its password") as said:
        store.migrate(bare.model_copy(update=wrong))
    assert "hush" not in str(said.value)


def test_a_clickhouse_that_is_away_is_said_so_quietly(spine: Settings, caplog: pytest.LogCaptureFixture) -> None:
    for verb in (store.connect, store.migrate):
        with pytest.raises(Unavailable, match="ClickHouse does not answer"):
            verb(spine)
    assert caplog.records == []


def test_a_database_that_is_missing_is_said_so(bare: Settings) -> None:
    with pytest.raises(Unavailable, match=f"{bare.clickhouse_database} does not exist"):
        store.connect(bare)

"""What the integration tests share beside the servers: kefu's own topics and a database of the test's own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import store, topology
from streams.settings import Settings
from tests.asking import alone
from tests.servers.clickhouse import embedded_clickhouse
from tests.topics import PARTITIONS


@pytest.fixture(scope="session")
def spine(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a kefu on the shared broker, whose topics are there; nothing answers as ClickHouse or gateway."""
    topology.create(kafka, partitions=PARTITIONS, replication=1)
    return alone(kafka, tmp_path_factory.mktemp("home"), partitions=PARTITIONS)


@pytest.fixture(scope="session")
def shared_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a ClickHouse in which each test has a database of its own."""
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as url:
        yield url


@pytest.fixture
def settings(spine: Settings, shared_clickhouse: str, tmp_path: Path) -> Settings:
    """Settings with a migrated database and a home of the test's own."""
    own = {"clickhouse_url": shared_clickhouse, "clickhouse_database": f"t_{uuid.uuid4().hex[:8]}", "home": tmp_path}
    settings = spine.model_copy(update=own)
    store.migrate(settings)
    return settings

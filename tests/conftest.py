"""Servers that many tests share: each real, on a free port, started on first use, stopped at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.clickhouse import embedded_clickhouse
from tests.servers.kafka import broker


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker. Tests use topics of their own."""
    with broker(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty ClickHouse of the test's own."""
    with embedded_clickhouse(tmp_path / "clickhouse") as url:
        yield url

"""Servers that many tests share: each real, on a free port, started on first use, stopped at the end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.clickhouse import embedded_clickhouse
from tests.servers.kafka import broker

settings.register_profile("kefu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kefu")

os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
"""Brokers and jobs that live for a minute: half of their time went into compiling what they then hardly ran."""

LONG = ("recovery", "integration", "clickhouse")
"""Folders whose files come first, so that the short ones fill what is left where several workers share the run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = {item.path: item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    items.sort(key=lambda item: LONG.index(folders[item.path]) if folders[item.path] in LONG else len(LONG))


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

"""One suite for every ClickHouse: the embedded one, and a real server where one is given or can be started."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client

from tests.clickhouse.asking import Http, Server
from tests.servers.clickhouse import embedded_clickhouse

ADDRESS = "KEFU_TEST_CLICKHOUSE_URL"
"""Setting with the address of a real server, whose user may create databases and users."""

IMAGE = "clickhouse/clickhouse-server:26.9"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        metafunc.parametrize("server", _reachable(), indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.clickhouse)


def _reachable() -> list[str]:
    return ["embedded", "real"] if ADDRESS in os.environ or _containers() else ["embedded"]


def _containers() -> bool:
    docker = shutil.which("docker")
    command = [docker, "version", "--format", "{{.Server.Version}}"] if docker else ["false"]
    return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0


@pytest.fixture(scope="session")
def connections() -> Iterator[httpx.Client]:
    """Kept connections for everything that is asked over plain HTTP."""
    with httpx.Client(headers={"Accept-Encoding": "identity"}, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, connections: httpx.Client
) -> Iterator[Server]:
    """A running server; tests keep to databases of their own."""
    embedded = request.param == "embedded"
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) if embedded else _real() as url:
        if not embedded:
            owner = Http(connections, url)
            owner.done(
                "CREATE USER IF NOT EXISTS viewer IDENTIFIED WITH plaintext_password BY '' SETTINGS readonly = 2"
            )
            owner.done("GRANT SELECT, dictGet, CREATE TEMPORARY TABLE ON *.* TO viewer")
        yield Server(url, embedded)


def _real() -> AbstractContextManager[str]:
    return nullcontext(os.environ[ADDRESS]) if ADDRESS in os.environ else _container()


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy

    container = DockerContainer(IMAGE).with_exposed_ports(8123).with_env("CLICKHOUSE_SKIP_USER_SETUP", "1")
    container.with_env("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1").waiting_for(HttpWaitStrategy(8123, "/ping"))
    with container as running:
        yield f"http://{running.get_container_host_ip()}:{running.get_exposed_port(8123)}"


@pytest.fixture
def database(server: Server, connections: httpx.Client) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"t_{uuid.uuid4().hex[:8]}"
    owner = Http(connections, server.url)
    owner.done(f"CREATE DATABASE {name}")
    yield name
    owner.done(f"DROP DATABASE {name} SYNC")


@pytest.fixture
def http(server: Server, connections: httpx.Client, database: str) -> Http:
    """What curl can send, in the test's database."""
    return Http(connections, server.url, {"database": database})


@pytest.fixture
def viewer(http: Http, database: str) -> Http:
    """The same as the user that may only read."""
    return Http(http.connections, http.url, {"database": database, "user": "viewer"})


@pytest.fixture
def client(server: Server, database: str) -> Iterator[Client]:
    """clickhouse-connect's client in the test's database."""
    with clickhouse_connect.get_client(dsn=f"{server.url}/{database}") as connected:
        yield connected

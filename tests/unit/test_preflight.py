"""What stops a start before anything runs, and what it says."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams.settings import Settings
from streams.up import preflight
from streams.up.preflight import Occupied
from tests.servers.ports import free_port


def settings(**changed: object) -> Settings:
    return Settings(_env_file=None, **changed)  # type: ignore[arg-type]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_names_its_holder_and_the_setting(taken: int) -> None:
    with pytest.raises(Occupied, match=rf"port {taken} of KEFU_HTTP_PORT is not free.*pid {os.getpid()}"):
        preflight.require_free(settings(http_port=taken, embedded=""))


def test_two_servers_cannot_have_one_port() -> None:
    with pytest.raises(Misconfigured, match="KEFU_KAFKA name the same port 8000"):
        preflight.addresses(settings(kafka="127.0.0.1:8000"))


@pytest.mark.parametrize("kafka", ["127.0.0.1:9092,127.0.0.1:9093", "192.0.2.1:9092", "broker.example:9092"])
def test_the_embedded_broker_has_one_loopback_address(kafka: str) -> None:
    with pytest.raises(Misconfigured, match="drop kafka from KEFU_EMBEDDED"):
        preflight.addresses(settings(kafka=kafka))
    assert "KEFU_KAFKA" not in preflight.addresses(settings(kafka=kafka, embedded="clickhouse"))


def test_the_embedded_clickhouse_needs_a_port() -> None:
    with pytest.raises(
        Misconfigured, match=r"KEFU_CLICKHOUSE_URL='127\.0\.0\.1' is not one loopback address with a port"
    ):
        preflight.addresses(settings(clickhouse_url="http://127.0.0.1"))


def test_a_second_start_on_the_folder_names_the_first(tmp_path: Path) -> None:
    preflight.prepare(tmp_path)
    handle = preflight.lock(tmp_path)
    with pytest.raises(Occupied, match=rf"another kefu \(pid {os.getpid()}\) runs on {tmp_path}.*KEFU_HOME"):
        preflight.lock(tmp_path)
    os.close(handle)
    os.close(preflight.lock(tmp_path))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(Misconfigured, match=r"KEFU_HOME=.*home: cannot write there"):
        preflight.prepare(tmp_path / "home")


def test_missing_jars_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"make setup.*drop flink from KEFU_EMBEDDED"):
        preflight.require_jars(settings(jars=tmp_path))
    preflight.require_jars(settings(jars=tmp_path, embedded="clickhouse"))


def test_the_business_system_takes_a_free_port_where_nobody_chose_one(taken: int) -> None:
    usual = settings(embedded="business")
    free = settings(embedded="business", http_port=8010)
    assert preflight.placed(free).business_url != usual.business_url, "the gateway has the usual port"
    chosen = settings(embedded="business", business_url=f"http://127.0.0.1:{taken}", http_port=free_port())
    assert preflight.placed(chosen) is chosen
    with pytest.raises(Occupied, match=rf"port {taken} of KEFU_BUSINESS_URL is not free"):
        preflight.require_free(chosen)
    elsewhere = settings(embedded="", http_port=8010)
    assert preflight.placed(elsewhere) is elsewhere


def test_the_embedded_business_system_has_one_loopback_address() -> None:
    with pytest.raises(Misconfigured, match="drop business from KEFU_EMBEDDED"):
        preflight.addresses(settings(embedded="business", business_url="http://erp.example:80"))


def test_where_the_business_system_went_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert preflight.business_url(settings(home=tmp_path)) == "http://127.0.0.1:8010"
    (tmp_path / "run" / "business.url").write_text("http://127.0.0.1:40123\n")
    assert preflight.business_url(settings(home=tmp_path)) == "http://127.0.0.1:40123"
    assert preflight.business_url(settings(home=tmp_path, business_url="http://10.0.0.1:80")) == "http://10.0.0.1:80"

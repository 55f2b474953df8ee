"""Settings: every wrong value is refused with its name, its value and the reason; environment before ``.env``."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.errors import Misconfigured
from streams.settings import Settings, read


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ``.env`` and no KEFU_ variable of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KEFU_{name.upper()}", raising=False)


WRONG = [
    ("KAFKA", "broker", "'broker' is not host:port"),
    ("KAFKA", "", "'' is not host:port"),
    ("KAFKA", "a:1,b", "'b' is not host:port"),
    ("KAFKA", "a:1,", "'' is not host:port"),
    ("KAFKA", ":9092", "':9092' is not host:port"),
    ("KAFKA", "a:99999", "'a:99999' is not host:port"),
    ("KAFKA", "a:0", "'a:0' is not host:port"),
    ("PARTITIONS", "many", "valid integer"),
    ("PARTITIONS", "0", "greater than or equal to 1"),
    ("PARTITIONS", "1001", "less than or equal to 1000"),
    ("REPLICATION", "0", "greater than or equal to 1"),
    ("REPLICATION", "8", "less than or equal to 7"),
    ("DELIVERY", "sometimes", "at_least_once"),
    ("WORKER", "a b", "pattern"),
    ("WORKER", "", "pattern"),
    ("COMMIT_MS", "4", "greater than or equal to 5"),
    ("COMMIT_MS", "10001", "less than or equal to 10000"),
    ("CLICKHOUSE_URL", "127.0.0.1:8123", "is not an http:// or https:// address"),
    ("CLICKHOUSE_URL", "http://", "is not an http:// or https:// address"),
    ("CLICKHOUSE_URL", "", "is not an http:// or https:// address"),
    ("CLICKHOUSE_URL", "http://a:1,http://b:1", "is no"),
    ("CLICKHOUSE_URL", "http://a:99999", "Port out of range"),
    ("CLICKHOUSE_URL", "http://[::1", "Invalid IPv6"),
    ("CLICKHOUSE_DATABASE", "my-db", "pattern"),
    ("CLICKHOUSE_DATABASE", "1st", "pattern"),
    ("OLLAMA_URLS", "http://a:1,ftp://b", "'ftp://b' is not an http:// or https:// address"),
    ("MODEL_SLOTS", "0", "greater than or equal to 1"),
    ("MODEL_SLOTS", "257", "less than or equal to 256"),
    ("MODEL_TIMEOUT_S", "0", "greater than 0"),
    ("MODEL_TIMEOUT_S", "3601", "less than or equal to 3600"),
    ("MODEL_FIRST_TOKEN_S", "-1", "greater than 0"),
    ("ANSWER_DEADLINE_S", "0", "greater than 0"),
    ("QUERY_TIMEOUT_S", "601", "less than or equal to 600"),
    ("HTTP_PORT", "0", "greater than or equal to 1"),
    ("HTTP_PORT", "65536", "less than or equal to 65535"),
    ("METRICS_PORT", "-1", "greater than or equal to 0"),
    ("METRICS_PORT", "65536", "less than or equal to 65535"),
    ("STALLED_S", "0", "greater than 0"),
    ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
    ("EMBEDDED", "kafka,redis", "'redis' is none of kafka, clickhouse, flink"),
]


@pytest.mark.parametrize(("name", "value", "reason"), WRONG)
def test_a_wrong_value_is_said_with_its_name_and_the_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(f"KEFU_{name}", value)
    with pytest.raises(Misconfigured) as said:
        read()
    assert str(said.value).startswith(f"KEFU_{name}={value!r}: ")
    assert reason in str(said.value)
    assert "Value error" not in str(said.value)


def test_every_wrong_value_is_said_in_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFU_PARTITIONS", "0")
    monkeypatch.setenv("KEFU_KAFKA", "nowhere")
    with pytest.raises(Misconfigured) as said:
        read()
    assert sorted(line.partition("=")[0] for line in str(said.value).splitlines()) == ["KEFU_KAFKA", "KEFU_PARTITIONS"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "kefu.example", ""])
def test_an_address_that_others_reach_is_refused_without_authentication(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("KEFU_HTTP_HOST", host)
    with pytest.raises(Misconfigured, match=r"KEFU_HTTP_HOST.*not loopback"):
        read()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_taken(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("KEFU_HTTP_HOST", host)
    assert read().http_host == host


def test_without_any_setting_everything_has_the_documented_default() -> None:
    settings = read()
    assert (settings.kafka, settings.clickhouse_url, settings.http_port) == (
        "127.0.0.1:9092",
        "http://127.0.0.1:8123",
        8000,
    )
    assert settings.parts == {"kafka", "clickhouse", "flink", "business"}
    assert settings.servers == ("http://127.0.0.1:11434",)


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("KEFU_PARTITIONS=3\nKEFU_HTTP_PORT=8001\nOTHER=1\nKEFU_UNKNOWN=1\n")
    monkeypatch.setenv("KEFU_PARTITIONS", "5")
    settings = read()
    assert (settings.partitions, settings.http_port, settings.replication) == (5, 8001, 1)


def test_a_wrong_value_in_the_file_is_said_like_one_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEFU_PARTITIONS=none\n")
    with pytest.raises(Misconfigured, match="KEFU_PARTITIONS='none'"):
        read()


def test_lists_are_read_with_spaces_and_without_empty_parts() -> None:
    settings = Settings(ollama_urls=" http://a:1/ , https://b ,", embedded=" kafka , flink,", kafka="a:1, [::1]:2")
    assert settings.servers == ("http://a:1", "https://b")
    assert settings.parts == {"kafka", "flink"}
    assert Settings(ollama_urls="", embedded="").servers == ()
    assert Settings(embedded="").parts == frozenset()


def test_settings_are_frozen_and_do_not_show_the_password() -> None:
    settings = Settings(clickhouse_password="hush")
    assert "hush" not in repr(settings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.partitions = 3  # type: ignore[misc]

"""Log lines: one each, for people or as JSON, and the libraries' chatter kept out."""

import json
import logging
import re
from collections.abc import Iterator

import pytest

from streams import logs


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The logging of the test run, as it was."""
    monkeypatch.delenv("KEFU_LOG_JSON", raising=False)
    root = logging.getLogger()
    names = (*logs.NOISY, "mode.timers")
    kept = root.level, root.handlers[:], {name: logging.getLogger(name).level for name in names}
    root.handlers.clear()
    yield
    root.setLevel(kept[0])
    root.handlers[:] = kept[1]
    for name, level in kept[2].items():
        logging.getLogger(name).setLevel(level)


def said(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return capfd.readouterr().err.splitlines()


def test_a_line_has_time_level_worker_and_words(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("sinks", "info")
    logging.getLogger("kefu.x").info("ready in %d s", 3)
    (line,) = said(capfd)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info     sinks: ready in 3 s", line)


def test_a_failure_brings_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("sinks", "info")
    _fail()
    lines = said(capfd)
    assert lines[0].endswith("error    sinks: it broke")
    assert lines[-1].startswith("ValueError: ")


def test_as_json_each_record_is_one_line_whatever_it_holds(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFU_LOG_JSON", "1")
    logs.configure("sinks", "info")
    logging.getLogger("kefu.x").warning('两行\n"text"')
    _fail()
    lines = said(capfd)
    assert "两行" in lines[0]
    first, second = map(json.loads, lines)
    assert first["message"] == '两行\n"text"'
    assert (first["log.level"], first["service.name"], first["log.logger"]) == ("warning", "sinks", "kefu.x")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["@timestamp"])
    assert second["message"].startswith("it broke\nTraceback")
    assert second["message"].endswith("'坏'")


def _fail() -> None:
    try:
        int("坏")
    except ValueError:
        logging.getLogger("kefu.x").exception("it broke")


def test_the_level_is_the_settings_and_libraries_only_warn(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("sinks", "info")
    logging.getLogger("kefu.x").debug("unseen")
    for name in logs.NOISY:
        logging.getLogger(f"{name}.part").info("unseen")
        logging.getLogger(f"{name}.part").warning("seen")
    assert len(said(capfd)) == len(logs.NOISY)


def test_at_level_error_libraries_do_not_warn(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("sinks", "error")
    logging.getLogger("aiokafka").warning("unseen")
    logging.getLogger("kefu.x").error("seen")
    assert len(said(capfd)) == 1


def test_a_second_start_does_not_say_everything_twice(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("sinks", "info")
    logs.configure("sinks", "info")
    logging.getLogger("kefu.x").info("once")
    assert len(said(capfd)) == 1

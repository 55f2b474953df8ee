"""The command's surface: what it offers, and that no failure of a user's making ends in a traceback."""

import re
import sys
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException
from typer.testing import CliRunner, Result

from schemas.errors import Misconfigured, Rejected, Unavailable
from streams import cli, talk

WRONG = ["nothing"], ["send"], ["tail"], ["worker"], ["dlq", "list", "--limit", "0"], ["send", "hi", "--wait", "long"]
COMMANDS = ("up", "chat", "send", "tail", "topics", "migrate", "doctor", "demo", "dlq", "bench", "worker")


def kefu(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments, prog_name="kefu", color=False)


def test_every_command_of_the_contract_is_offered_and_says_what_it_does() -> None:
    said = kefu("--help")
    assert said.exit_code == 0
    for command in COMMANDS:
        assert re.search(rf"│ {command} +\w+ ", said.output), command


@pytest.mark.parametrize("command", [*COMMANDS, "dlq list", "dlq show", "dlq replay"])
def test_every_command_has_help(command: str) -> None:
    said = kefu(*command.split(), "--help")
    assert said.exit_code == 0
    assert f"Usage: kefu {command}" in said.output


def test_the_version_is_told_without_a_command() -> None:
    said = kefu("--version")
    assert said.exit_code == 0
    assert re.fullmatch(r"kefu \d+\.\d+\.\d+\n", said.output)


@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_use_is_explained(arguments: list[str]) -> None:
    said = kefu(*arguments)
    assert said.exit_code == 2
    assert "Usage: kefu" in said.output
    assert "Traceback" not in said.output


ENDINGS: list[tuple[BaseException, int, str]] = [
    (Misconfigured("KEFU_X=1: no"), 1, "kefu: KEFU_X=1: no\n"),
    (Unavailable("nobody is there"), 1, "kefu: nobody is there\n"),
    (Rejected("not a Reply"), 1, "kefu: not a Reply\n"),
    (KafkaException(KafkaError(KafkaError._TIMED_OUT, "too late")), 1, "Kafka says: too late; try again"),
    (KafkaException("odd"), 1, "Kafka says: odd; try again"),
    (KeyboardInterrupt(), 130, ""),
    (BrokenPipeError(), 141, ""),
]


def ending(problem: BaseException) -> Callable[..., int]:
    def end(*arguments: object, **more: object) -> int:
        raise problem

    return end


@pytest.mark.parametrize(("problem", "code", "words"), ENDINGS, ids=lambda value: type(value).__name__)
def test_each_failure_has_its_exit_code_and_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: BaseException, code: int, words: str
) -> None:
    monkeypatch.setattr(talk, "say", ending(problem))
    monkeypatch.setattr(sys, "argv", ["kefu", "send", "hello"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert words in said
    assert said.count("\n") <= 1

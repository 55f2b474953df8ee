"""The lines of supervisord's log and what is said of them."""

import pytest

from streams.up.journal import Event, Exited, Fate, Spawned, Steady, read, step

SPAWNED: Event
KILLED: Event
SPAWNED, STEADY, KILLED = Spawned("sinks", 7), Steady("sinks"), Exited("sinks", "killed by signal 9")


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("2026-01-01 12:00:00,123 INFO spawned: 'sinks' with pid 7", SPAWNED),
        ("… INFO success: sinks entered RUNNING state, process has stayed up for > than 3 seconds (startsecs)", STEADY),
        ("… WARN exited: sinks (terminated by SIGKILL; not expected)", KILLED),
        ("… WARN exited: sinks (exit status 1; not expected)", Exited("sinks", "exit status 1")),
        ("… INFO exited: sinks (exit status 0; expected)", Exited("sinks", "exit status 0")),
        ("… INFO stopped: sinks (exit status 0)", None),
        ("… CRIT Supervisor is running as root.", None),
    ],
)
def test_lines_of_supervisord(line: str, event: Event | None) -> None:
    assert read(line) == event


def said(*events: Event) -> list[str]:
    """Everything that is said along the events, the last line of the log being 'why'."""
    fate, texts = Fate(), []
    for event in events:
        fate, text = step(fate, event, "why")
        texts.append(text)
    return [text for text in texts if text]


def test_a_start_is_no_news() -> None:
    assert said(SPAWNED, STEADY) == []


def test_a_restart_is_said_with_its_cause() -> None:
    assert said(SPAWNED, STEADY, KILLED, SPAWNED, STEADY) == ["sinks ended (killed by signal 9), started again"]


def test_failing_again_and_again_is_said_ever_more_seldom() -> None:
    complaints = [text for text in said(*[SPAWNED, KILLED] * 40) if "again and again" in text]
    assert [text.split("(")[1].split()[0] for text in complaints] == ["3", "8", "16", "32"]
    assert all(text.endswith("its last line: why") for text in complaints)


def test_recovery_from_that_is_said_and_forgotten() -> None:
    texts = said(*[SPAWNED, KILLED] * 3, SPAWNED, STEADY, KILLED, SPAWNED)
    assert texts[-2:] == ["sinks runs again", "sinks ended (killed by signal 9), started again"]

"""What supervisord's log says about the processes, in words for the person at the terminal."""

import re
import signal
from dataclasses import dataclass, replace

AGAIN_AND_AGAIN = 3
_LINE = re.compile(
    r"spawned: '(?P<spawned>[\w-]+)' with pid (?P<pid>\d+)"
    r"|success: (?P<steady>[\w-]+) entered RUNNING"
    r"|exited: (?P<exited>[\w-]+) \((?P<how>.*); (?:not )?expected\)"
)
_KILLED = re.compile(r"terminated by (SIG\w+)")


@dataclass(frozen=True, slots=True)
class Spawned:
    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class Steady:
    """The process has stayed up for the seconds that the process file asks for."""

    name: str


@dataclass(frozen=True, slots=True)
class Exited:
    """``how`` in supervisord's words, such as ``exit status 1`` or ``terminated by SIGKILL``."""

    name: str
    how: str


Event = Spawned | Steady | Exited


@dataclass(frozen=True, slots=True)
class Fate:
    """One process so far: its pid, how it ended last, and how often since it last was steady."""

    pid: int = 0
    ended: str = ""
    failures: int = 0


def read(line: str) -> Event | None:
    """The event in a line of supervisord's log, where there is one."""
    found = _LINE.search(line)
    if not found:
        return None
    if name := found["spawned"]:
        return Spawned(name, int(found["pid"]))
    if name := found["steady"]:
        return Steady(name)
    return Exited(
        found["exited"], _KILLED.sub(lambda name: f"killed by signal {signal.Signals[name[1]]}", found["how"])
    )


def step(fate: Fate, event: Event, last_line: str = "") -> tuple[Fate, str]:
    """The fate after an event, and what there is to say of it: empty when nothing."""
    match event:
        case Spawned(name, pid):
            again = fate.ended and fate.failures < AGAIN_AND_AGAIN
            return replace(fate, pid=pid), f"{name} ended ({fate.ended}), started again" if again else ""
        case Steady(name):
            text = f"{name} runs again" if fate.failures >= AGAIN_AND_AGAIN else ""
            return Fate(fate.pid), text
        case Exited(name, how):
            failures = fate.failures + 1
            return Fate(0, how, failures), _complaint(name, how, failures, last_line)


def _complaint(name: str, how: str, failures: int, last_line: str) -> str:
    """Said at the third failure in a row, the eighth, and then at each doubling."""
    if failures != AGAIN_AND_AGAIN and (failures < 8 or failures.bit_count() > 1):
        return ""
    return f"{name} fails again and again ({failures} times, {how}); its last line: {last_line or '(none)'}"

"""Values that tools have told: found by path, cleaned for people, cut to what a task uses, and tested."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from agents.tasks.declaration import Condition
from schemas import times
from schemas.messages import JsonValue

SHOWN = 120
"""Characters of a value that are said."""
KEPT = 200
"""Characters of a text that are kept of what a tool has told."""
ENTRIES = 10
"""Entries of a list that are kept."""
_UNSAID = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>{}`|*]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")

Path = tuple[str, ...]


@lru_cache(4_096)
def dotted(text: str) -> Path:
    """A path as it is declared: ``order.status``."""
    return tuple(text.split("."))


def found(value: JsonValue, path: Path) -> JsonValue:
    """What lies at a path; through a list it leads to the list of what its entries hold. None where nothing lies."""
    for place, name in enumerate(path):
        if isinstance(value, list | tuple):
            return [held for entry in value if (held := found(entry, path[place:])) is not None]
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def said(value: JsonValue) -> str:
    """A value as people read it: one line without markup, bounded. Empty where there is none."""
    if isinstance(value, list | tuple):
        return " + ".join(filter(None, (said(entry) for entry in value[:ENTRIES])))[:SHOWN]
    if value is None or isinstance(value, bool | Mapping):
        return ""
    text = f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    cleaned = " ".join(_UNSAID.sub(" ", text).split())
    return cleaned if len(cleaned) <= SHOWN else f"{cleaned[: SHOWN - 1]}…"


def day(value: JsonValue) -> str:
    """The day of a time, as 2026-03-02; a text that is no time is said as it is."""
    moment = _moment(value)
    return f"{moment:%Y-%m-%d}" if moment else said(value)


def holds(condition: Condition, known: Mapping[str, JsonValue], now: float) -> bool:
    """Whether a condition holds at ``now``, in seconds since the epoch."""
    value = found(known, dotted(condition.value))
    if condition.given is not None:
        return (value not in (None, "", [], {})) == condition.given
    if condition.past is not None:
        return is_past(value, now) == condition.past
    text = str(value).lower() if isinstance(value, bool) else said(value)
    return text in condition.any_of if condition.any_of else text not in condition.none_of


def is_past(value: JsonValue, now: float) -> bool:
    """Whether a time lies before ``now``; a day ends with its last moment, what is no time is never past."""
    moment = _moment(value)
    return moment is not None and times.seconds(moment.isoformat()) < now


def _moment(value: JsonValue) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment + timedelta(days=1) - timedelta(seconds=1) if moment and _DAY.match(value) else moment
    except (ValueError, OverflowError):
        return None


def kept(value: JsonValue, paths: Iterable[Path]) -> JsonValue:
    """What the paths lead to, in the shape it had, with bounded texts and lists: a conversation's state is small."""
    wanted = {path for path in paths if path}
    if not wanted:
        return _bounded(value)
    if isinstance(value, list | tuple):
        return [kept(entry, wanted) for entry in value[:ENTRIES]]
    if not isinstance(value, Mapping):
        return None
    names = sorted({path[0] for path in wanted})
    return {
        name: kept(value[name], [path[1:] for path in wanted if path[0] == name]) for name in names if name in value
    }


def _bounded(value: JsonValue) -> JsonValue:
    if isinstance(value, list | tuple):
        return [entry for entry in map(_bounded, value[:ENTRIES]) if entry is not None]
    return value[:KEPT] if isinstance(value, str) else None if isinstance(value, Mapping) else value

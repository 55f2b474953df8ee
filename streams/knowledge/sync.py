"""Synchronises one source: reads it, with three more tries, publishes what differs, or raises an alert."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas import codec, ids, times
from schemas.errors import KefuError, Misconfigured, Unavailable
from schemas.operations import Alert, Setting
from schemas.topics import ALERTS, ARTICLES, SETTINGS
from streams.desk import SYNCED
from streams.knowledge import plan
from streams.knowledge.declared import FILES, Source
from streams.knowledge.files import Files
from streams.knowledge.plan import Changes, Published, Reading
from streams.knowledge.tables import Tables
from streams.sender import Sender

log = logging.getLogger("kefu.knowledge")

PAUSES_S = (1.0, 3.0, 9.0)
"""Seconds before the second, third and fourth try."""
RULE = "knowledge_sync_failed"

Compare = Callable[[Source, Reading, Published, float], Changes]
"""plan.changes, or plan.refreshed for the values alone."""


class Failed(KefuError):
    """A source could not be read, however often it was tried; the text is the last reason."""


class Synced(NamedTuple):
    """What a synchronisation found, and when it read the source (seconds since the epoch)."""

    changes: Changes
    at: float


def read(
    source: Source, there: Published, compare: Compare = plan.changes, pauses: Sequence[float] = PAUSES_S
) -> Synced:
    """What differs between the source and what is published. Raises Failed after the last try."""
    for pause in (*pauses, None):
        at = time.time()
        try:
            reading: Reading = Files(source) if source.kind in FILES else Tables(source)
            try:
                return Synced(compare(source, reading, there, at), at)
            finally:
                reading.close()
        except (Unavailable, Misconfigured) as problem:
            if pause is None:
                raise Failed(str(problem)) from None
            log.warning("source %s: %s; tried again in %g s", source.name, problem, pause)
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def publish(sender: Sender, source: Source, found: Synced) -> None:
    """Send what differs, then note when the source was read. Killed half way, the next one sends what is left.

    Raises DeliveryFailed when the broker does not take it.
    """
    for article in found.changes.changed:
        sender.send(ARTICLES.name, article.article_id.encode(), codec.encode(article))
    for article_id in found.changes.removed:
        sender.send(ARTICLES.name, article_id.encode(), None)
    sender.flush_now()
    at = times.rfc3339(found.at)
    value = {"at": at, "fingerprint": source.fingerprint}
    read_at = Setting(name=SYNCED + source.name, value=value, actor="knowledge", occurred_at=at)
    sender.send(SETTINGS.name, SETTINGS.key_of(read_at), codec.encode(read_at))
    sender.flush_now()


def forget(sender: Sender, name: str, article_ids: Sequence[str]) -> None:
    """Delete the articles of a source that is no more, then what is noted of it."""
    for article_id in article_ids:
        sender.send(ARTICLES.name, article_id.encode(), None)
    sender.flush_now()
    sender.send(SETTINGS.name, f"{SYNCED}{name}".encode(), None)
    sender.flush_now()


def alert(sender: Sender, source: Source, reason: str, since: float, now: float) -> None:
    """Say that a source cannot be read; ``since`` is when the first try began. Times in seconds since the epoch."""
    begun, ended = times.rfc3339(since), times.rfc3339(now)
    failed = Alert(
        alert_id=ids.derived("alert", RULE, source.name, begun),
        rule=RULE,
        subject=f"knowledge:{source.name}",
        value=len(PAUSES_S) + 1,
        limit=len(PAUSES_S),
        message=f"knowledge source {source.name} cannot be read: {reason}",
        window_start=begun,
        window_end=ended,
        occurred_at=ended,
    )
    sender.send(ALERTS.name, ALERTS.key_of(failed), codec.encode(failed))
    sender.flush_now()

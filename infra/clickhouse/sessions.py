"""Sessions: those that clients name, each with a link of its own, for one query at a time, until their time is over."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infra.clickhouse.errors import SESSION_IS_LOCKED, SESSION_NOT_FOUND, failure
from infra.clickhouse.link import Link
from infra.clickhouse.query import Session

_Key = tuple[str, str]


@dataclass(slots=True)
class _Kept:
    link: Link
    until: float = 0.0
    busy: bool = field(default=True)


class Sessions:
    """The named sessions of all users. Any number of threads may use it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Start with none; `now` gives seconds."""
        self._now = now
        self._kept: dict[_Key, _Kept] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    @contextmanager
    def entered(self, user: str, session: Session, made: Callable[[], Link]) -> Iterator[Link]:
        """The session's link, made when there is no such session yet, locked inside the block. Raises Failure."""
        self.sweep()
        key = (user, session.id)
        kept = self._found(key, session, made)
        try:
            yield kept.link
        finally:
            self._left(key, kept, session)

    def timezone(self, user: str, session: Session) -> str:
        """The time zone that the session has set; empty for none."""
        with self._lock:
            kept = self._kept.get((user, session.id))
            return kept.link.timezone if kept else ""

    def sweep(self) -> None:
        """End the sessions whose time is over."""
        now = self._now()
        with self._lock:
            over = [key for key, kept in self._kept.items() if not kept.busy and kept.until <= now]
            ended = [self._kept.pop(key) for key in over]
        for kept in ended:
            kept.link.close()

    def close(self) -> None:
        """End all that are not in use."""
        with self._lock:
            idle = [key for key, kept in self._kept.items() if not kept.busy]
            ended = [self._kept.pop(key) for key in idle]
        for kept in ended:
            kept.link.close()

    def _found(self, key: _Key, session: Session, made: Callable[[], Link]) -> _Kept:
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.busy:
                raise failure(SESSION_IS_LOCKED, f"Session {session.id} is locked by a concurrent client.")
            if kept is None:
                if session.must_exist:
                    raise failure(SESSION_NOT_FOUND, f"Session {session.id} not found.")
                kept = self._kept[key] = _Kept(made())
            kept.busy = True
            return kept

    def _left(self, key: _Key, kept: _Kept, session: Session) -> None:
        with self._lock:
            kept.busy = False
            kept.until = self._now() + session.timeout
            if session.close:
                del self._kept[key]
        if session.close:
            kept.link.close()

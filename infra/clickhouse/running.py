"""Running queries: who runs what under which id, and how one is stopped."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infra.clickhouse.errors import QUERY_WAS_CANCELLED, QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, failure

_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Ticket:
    """A query that runs."""

    user: str
    id: str
    stopped: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def tag(self) -> str:
        """How the engine knows it."""
        return f"{self.user} {self.id}"

    def check(self) -> None:
        """Raise Failure once the query has been told to stop."""
        if self.stopped.is_set():
            raise failure(QUERY_WAS_CANCELLED, "Query was cancelled.")


class Running:
    """The queries that run now. Any number of threads may use it."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        """Take what tells the engine to stop the query of a tag; it may be told again and again."""
        self._stop = stop
        self._tickets: dict[str, Ticket] = {}
        self._lock = threading.Lock()

    @contextmanager
    def entered(self, user: str, query_id: str, replace_within: float) -> Iterator[Ticket]:
        """Run under the id inside the block. Raises Failure when another query does and does not end in the seconds."""
        ticket = Ticket(user, query_id)
        if replace_within and (other := self._tickets.get(query_id)) and other.user == user:
            self.stop(other, replace_within)
        with self._lock:
            if query_id in self._tickets:
                text = f"Query with id = {query_id} is already running."
                raise failure(QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, text)
            self._tickets[query_id] = ticket
        try:
            yield ticket
        finally:
            with self._lock:
                del self._tickets[query_id]
            ticket.done.set()

    def found(self, user: str, query_id: str) -> Ticket | None:
        """The query of this user under this id."""
        ticket = self._tickets.get(query_id)
        return ticket if ticket and ticket.user == user else None

    def stop(self, ticket: Ticket, seconds: float = 0) -> bool:
        """Tell the query to stop, and wait for it for so long; whether it has ended."""
        ticket.stopped.set()
        end = time.monotonic() + seconds
        while not ticket.done.is_set():
            # A query that the engine has not begun yet cannot be stopped there: ask again.
            self._stop(ticket.tag)
            if time.monotonic() >= end:
                break
            ticket.done.wait(_PAUSE)
        return ticket.done.is_set()

    def stop_all(self) -> None:
        """Tell every query to stop."""
        for ticket in list(self._tickets.values()):
            self.stop(ticket)

"""All cases, followed from the handover's topic: what is open, who has it, and what the log made of an event."""

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from contextlib import aclosing

from schemas.errors import Unavailable
from schemas.messages import Event
from schemas.operations import HandoverEvent
from streams.gateway.cases import Case, fold
from streams.gateway.ports import Outbox
from streams.waiting import pauses

log = logging.getLogger("kefu.gateway")

CLOSED, REMEMBERED = 1_000, 50_000
"""Closed cases and ids of events that are kept."""


class Board:
    """The cases by conversation. An event that comes twice counts once."""

    def __init__(self) -> None:
        self._open: dict[str, Case] = {}
        self._closed: OrderedDict[str, Case] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()

    def take(self, events: Sequence[Event]) -> list[str]:
        """Fold events in their order; the ids of those that are new."""
        return [event.event_id for event in events if isinstance(event, HandoverEvent) and self._new(event)]

    def owner_after(self, event_id: str) -> str | None:
        """Who had the conversation right after an event: empty for nobody, None for an event that is not known."""
        return self._owners.get(event_id)

    def case(self, conversation_id: str) -> Case | None:
        return self._open.get(conversation_id) or self._closed.get(conversation_id)

    def open(self) -> list[Case]:
        """The open cases: those that wait for somebody first, the longest waiting before the others."""
        return sorted(
            self._open.values(), key=lambda case: (case.status != "waiting", case.since, case.conversation_id)
        )

    def closed(self) -> list[Case]:
        """The cases that were closed last, the newest first."""
        return list(reversed(self._closed.values()))

    def _new(self, event: HandoverEvent) -> bool:
        if event.event_id in self._owners:
            return False
        case = fold(self.case(event.conversation_id), event)
        self._open.pop(case.conversation_id, None)
        self._closed.pop(case.conversation_id, None)
        shelf = self._closed if case.status == "closed" else self._open
        shelf[case.conversation_id] = case
        self._owners[event.event_id] = case.agent_id
        while len(self._closed) > CLOSED:
            self._closed.popitem(last=False)
        while len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)
        return True


class Watched:
    """The board as it is now, and futures of events that are under way; ``caught_up`` once it holds what there was."""

    def __init__(self) -> None:
        self.board, self.caught_up = Board(), False
        self._waiting: defaultdict[str, set[asyncio.Future[str]]] = defaultdict(set)

    async def owner_after(self, event_id: str, within_s: float) -> str | None:
        """Who has the conversation once the log holds an event; None where that took longer."""
        known = self.board.owner_after(event_id)
        if known is not None:
            return known
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[event_id].add(future)
        try:
            return await asyncio.wait_for(future, within_s)
        except TimeoutError:
            return None
        finally:
            self._waiting[event_id].discard(future)
            if not self._waiting[event_id]:
                del self._waiting[event_id]

    async def follow(self, outbox: Outbox) -> None:
        """Never ends: what fails is followed anew from the beginning, beside the board that is shown until then."""
        for pause in pauses():
            try:
                await self._read(outbox)
            except Unavailable as problem:
                log.warning("the handovers are not followed: %s", problem)
            except Exception:
                log.exception("following the handovers failed")
            await asyncio.sleep(pause)

    async def _read(self, outbox: Outbox) -> None:
        fresh = Board()
        async with aclosing(outbox.follow()) as batches:
            async for batch in batches:
                new = fresh.take(batch.events)
                if batch.caught_up:
                    self.board, self.caught_up = fresh, True
                    self._tell(new)

    def _tell(self, event_ids: Sequence[str]) -> None:
        for event_id in event_ids if self._waiting else ():
            for future in self._waiting.get(event_id, ()):
                if not future.done():
                    future.set_result(self.board.owner_after(event_id) or "")

"""Brings what Kafka says to whom it concerns: open sockets, waiting queries, the ledger."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager

from schemas.errors import Unavailable
from schemas.messages import DeliveryReceipt, Event, Reply, ReplyChunk
from schemas.operations import ConversationKey, Setting
from streams.gateway import frames
from streams.gateway.ledger import Ledger, answered
from streams.gateway.mailbox import Frame, Mailbox
from streams.gateway.ports import Batch, Outbox
from streams.gateway.vault import Vault
from streams.waiting import pauses

log = logging.getLogger("kefu.gateway")

PATIENCE_S = 1.0
"""Topics that were just made have no leaders for a moment: pauses below this are not worth a word."""


class Hub:
    """Lives on one event loop. Sockets get no reply before it has caught up: its receipt may still be unread."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float], *, room: int, vault: Vault) -> None:
        self.ledger, self.models, self.caught_up = ledger, frames.Models(), False
        self.pools: dict[str, Setting] = {}
        self._clock, self._room, self._vault = clock, room, vault
        self._mailboxes: defaultdict[str, set[Mailbox]] = defaultdict(set)
        self._waiting: defaultdict[str, set[asyncio.Future[Reply]]] = defaultdict(set)

    @contextmanager
    def mailbox(self, conversation_id: str) -> Iterator[Mailbox]:
        """A mailbox that begins with the models' status and with what the conversation missed."""
        first = [Frame(frames.status(self.models, conversation_id))]
        if self.caught_up:
            first += [
                Frame(frames.reply(self._vault.filled(reply)), reply) for reply in self.ledger.missed(conversation_id)
            ]
        mailbox = Mailbox(conversation_id, self._room, first)
        self._mailboxes[conversation_id].add(mailbox)
        try:
            yield mailbox
        finally:
            self._mailboxes[conversation_id].discard(mailbox)
            if not self._mailboxes[conversation_id]:
                del self._mailboxes[conversation_id]

    @contextmanager
    def answer_to(self, message_id: str) -> Iterator[asyncio.Future[Reply]]:
        """A future of the reply to a message, done at once where the reply is known."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        known = self.ledger.answer_to(message_id)
        if known is not None:
            future.set_result(self._vault.filled(known))
        self._waiting[message_id].add(future)
        try:
            yield future
        finally:
            self._waiting[message_id].discard(future)
            if not self._waiting[message_id]:
                del self._waiting[message_id]

    def take(self, batch: Batch) -> None:
        """Tell everybody whom the events concern."""
        for event in batch.events:
            self._heard(event)
        if batch.caught_up and not self.caught_up:
            self.caught_up = True
            self._vault.caught_up.set()
            for conversation_id in self._mailboxes:
                for reply in self.ledger.missed(conversation_id):
                    self._push(reply)

    async def problem(self) -> str | None:
        """Readiness: None once everything that Kafka had at the start has been read."""
        return None if self.caught_up else "still reading the replies and receipts of the last minutes"

    def _heard(self, event: Event) -> None:
        match event:
            case Reply():
                self._replied(event)
            case ReplyChunk() if self.caught_up and self.ledger.get(event.reply_id) is None:
                for mailbox in self._mailboxes.get(event.conversation_id, ()):
                    mailbox.chunk(event)
            case DeliveryReceipt(status="sent"):
                self.ledger.deliver(event.reply_id)
            case ConversationKey():
                self._vault.key_changed(event)
            case Setting(name=frames.MODELS_SETTING):
                self._models_changed(frames.models_of(event.value))
            case Setting(name=name) if name.startswith(frames.POOL_SETTING):
                self.pools[name.removeprefix(frames.POOL_SETTING)] = event

    def _replied(self, reply: Reply) -> None:
        if not self.ledger.add(reply, self._clock()):
            return
        for message_id in answered(reply):
            for future in self._waiting.get(message_id, ()):
                if not future.done():
                    future.set_result(self._vault.filled(reply))
        if self.caught_up and not self.ledger.is_delivered(reply.reply_id):
            self._push(reply)

    def _push(self, reply: Reply) -> None:
        for mailbox in self._mailboxes.get(reply.conversation_id, ()):
            mailbox.reply(reply, self._vault.filled(reply))

    def _models_changed(self, models: frames.Models) -> None:
        if models == self.models:
            return
        self.models = models
        for conversation_id, mailboxes in self._mailboxes.items():
            for mailbox in mailboxes:
                mailbox.tell(frames.status(models, conversation_id))


async def follow(hub: Hub, outbox: Outbox) -> None:
    """Never ends: what fails is followed anew, which is harmless, since the hub knows what it has heard."""
    for pause in pauses():
        try:
            async with aclosing(outbox.follow()) as batches:
                async for batch in batches:
                    hub.take(batch)
        except Unavailable as problem:
            log.log(logging.WARNING if pause > PATIENCE_S else logging.DEBUG, "replies are not followed: %s", problem)
        except Exception:
            log.exception("following the replies failed")
        await asyncio.sleep(pause)

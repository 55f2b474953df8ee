"""Receipts: what was sent is told to Kafka, so that nobody sends it again, and to the log."""

import asyncio
from collections.abc import Callable
from functools import partial

from schemas import codec, ids, times
from schemas.messages import DeliveryReceipt, Reply
from schemas.operations import LogEvent
from schemas.topics import DELIVERY, LOG, Send
from streams.gateway.ledger import Ledger, answered
from streams.gateway.ports import Inbox
from streams.waiting import until_async

ACTOR = "gateway"
AT_ONCE = 200


def receipt(reply: Reply, now: float) -> DeliveryReceipt:
    """The receipt of a reply that was sent at ``now``; a second one is equal but for its time."""
    return DeliveryReceipt(
        receipt_id=ids.derived("receipt", reply.reply_id, "sent"),
        reply_id=reply.reply_id,
        conversation_id=reply.conversation_id,
        tenant=reply.tenant,
        channel=reply.channel,
        occurred_at=times.rfc3339(now),
    )


def logged(reply: Reply, message_id: str, now: float) -> LogEvent:
    """The log's event that the answer to a message was delivered."""
    return LogEvent(
        event_id=ids.derived("log", "delivered", reply.conversation_id, message_id),
        kind="delivered",
        conversation_id=reply.conversation_id,
        message_id=message_id,
        tenant=reply.tenant,
        channel=reply.channel,
        occurred_at=times.rfc3339(now),
        actor=ACTOR,
        language=reply.language,
        source=reply.source,
        output_hash=ids.content_hash(reply.text),
        detail={"reply_id": reply.reply_id, "status": "sent"},
    )


def told(reply: Reply, now: float) -> list[Send]:
    events = [logged(reply, message_id, now) for message_id in answered(reply)]
    return [Send(DELIVERY, receipt(reply, now)), *(Send(LOG, event) for event in events)]


class Receipts:
    """Writes receipts behind the senders' backs; while Kafka is away they wait, as no new reply can come then."""

    def __init__(self, inbox: Inbox, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._inbox, self._ledger, self._clock = inbox, ledger, clock
        self._sends: asyncio.Queue[Send] = asyncio.Queue()

    def sent(self, reply: Reply) -> bool:
        """Note that a reply was sent; False when it had been sent before."""
        if not self._ledger.deliver(reply.reply_id):
            return False
        for send in told(reply, self._clock()):
            self._sends.put_nowait(send)
        return True

    async def run(self) -> None:
        """Write what is noted, for ever."""
        while True:
            sends = [await self._sends.get()]
            while len(sends) < AT_ONCE and not self._sends.empty():
                sends.append(self._sends.get_nowait())
            await asyncio.gather(*(until_async("Kafka", partial(self._append, send)) for send in sends))
            for _ in sends:
                self._sends.task_done()

    async def written(self) -> None:
        """Return once everything noted is in Kafka."""
        await self._sends.join()

    async def _append(self, send: Send) -> None:
        await self._inbox.append(send.topic, send.topic.key_of(send.event), codec.encode(send.event))

"""Shoppers that talk with a running system over its topics, many at a time."""

import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from schemas import codec, ids, times, topics
from schemas.errors import Rejected
from schemas.messages import InboundMessage, Reply
from streams import records
from streams.sender import Sender
from streams.settings import Settings
from tests.shopping.goals import goal
from tests.shopping.judging import Verdict, verdict
from tests.shopping.ledger import Ledger
from tests.shopping.shopper import Shopper


@dataclass
class Visit:
    """A shopper in its conversation; ``waits_for`` is the message that was not answered yet, ``until`` how long."""

    customer: str
    shopper: Shopper
    waits_for: str = ""
    until: float = 0.0
    told: set[str] = field(default_factory=set)


class Shop:
    """A running system: its topics, its business system and what that has on record."""

    def __init__(self, kafka: str, business: str, ledger: Ledger, *, token: str = "", wait_s: float = 60.0) -> None:
        self._settings, self._ledger, self._wait_s = Settings(kafka=kafka), ledger, wait_s
        self._sender = Sender(kafka, client_id="kefu-shopper")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._business = httpx.Client(base_url=business, headers=headers, trust_env=False, timeout=30)

    def close(self) -> None:
        """Leave the business system."""
        self._business.close()

    def visits(self, task: str, count: int, seed: int, at_once: int) -> Iterator[Verdict]:
        """Verdicts of so many conversations about one task, as they end."""
        run = f"{int(time.time()) % 100_000:05d}"
        due = deque(self._visit(task, number, seed, run) for number in range(count))
        under_way: dict[str, Visit] = {}
        for record in records.from_now(self._settings, topics.OUTBOUND.name, since_s=1):
            while due and len(under_way) < at_once:
                visit = due.popleft()
                under_way[visit.customer] = visit
                self._say(visit, visit.shopper.first())
            if record is not None:
                self._heard(under_way, _reply(record.value()))
            for visit in [visit for visit in under_way.values() if visit.shopper.over or self._is_late(visit)]:
                del under_way[visit.customer]
                yield verdict(visit.shopper, self._ledger.of(visit.customer, visit.shopper.goal))
            if not due and not under_way:
                return

    def _visit(self, task: str, number: int, seed: int, run: str) -> Visit:
        """A shopper whose orders the business system knows."""
        draw = random.Random(f"{seed}-{task}-{number}")
        shopper = Shopper(goal(task, draw, f"KF{run}{number:04d}"), draw)
        customer = ids.derived("shopper", run, task, str(number))
        for order in shopper.goal.orders:
            headers = {"Idempotency-Key": ids.derived("order", run, task, order.number)}
            answer = self._business.post("/v1/orders", json=order.body(customer, time.time()), headers=headers)
            answer.raise_for_status()
        return Visit(customer, shopper)

    def _say(self, visit: Visit, text: str) -> None:
        message = InboundMessage(
            message_id=ids.fresh("msg"),
            conversation_id=visit.customer,
            channel="web",
            user_id=visit.customer,
            text=text,
            occurred_at=times.rfc3339(time.time()),
        )
        visit.waits_for, visit.until = message.message_id, time.monotonic() + self._wait_s
        self._sender.send(topics.INBOUND.name, topics.INBOUND.key_of(message), codec.encode(message))
        self._sender.flush_now()

    def _heard(self, under_way: dict[str, Visit], reply: Reply | None) -> None:
        """The answer that a shopper waits for; a reply that comes twice is one."""
        visit = under_way.get(reply.conversation_id) if reply else None
        if reply is None or visit is None or reply.reply_id in visit.told:
            return
        if visit.waits_for not in (reply.in_reply_to, *reply.in_reply_to_all):
            return
        visit.told.add(reply.reply_id)
        text = visit.shopper.hear(reply.text, reply.source)
        if text is not None:
            self._say(visit, text)

    def _is_late(self, visit: Visit) -> bool:
        return time.monotonic() > visit.until


def _reply(value: Any) -> Reply | None:
    """The reply, or None for what another producer left there."""
    try:
        reply: Reply = codec.decode(topics.OUTBOUND, value)
    except Rejected:
        return None
    return reply

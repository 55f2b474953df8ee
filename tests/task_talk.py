"""A conversation with the tasks alone: messages in, texts out, tools answered by the business system in memory."""

from typing import Any

from agents.tasks.move import Move, Progress
from schemas import ids, times
from schemas.tools import ToolRequest
from tests.dialogues.business import Business
from tests.understood import asked, sample_tasks

NOW = 1_772_442_931.0
DAY = 86_400.0
CALLS = 8


def order(number: str, *items: str, customer: str = "u1", placed: float = 5, **more: float) -> dict[str, Any]:
    """An order of a customer; ``placed``, ``shipped`` and ``delivered`` in days ago."""
    moments = {f"{name}_at": times.rfc3339(NOW - days * DAY) for name, days in (("placed", placed), *more.items())}
    goods = [{"sku": sku, "price": 99} for sku in items or ("headphones",)]
    parcel = {"carrier": "SF Express", "tracking_number": "SF0000012345678"} if "shipped" in more else {}
    return {"order_number": number, "customer": customer, "items": goods, "address": "x", **moments, **parcel}


class TaskTalk:
    """One conversation. ``said`` are the texts of the desk, ``moves`` all that the tasks decided."""

    def __init__(self, *orders: dict[str, Any], user_id: str = "u1", facts: dict[str, str] | None = None) -> None:
        self.business = Business(NOW, orders)
        self.user_id, self.facts = user_id, facts or {}
        self.progress: Progress | None = None
        self.moves, self.said, self.count = list[Move](), list[str](), 0

    def say(self, *texts: str) -> "TaskTalk":
        for text in texts:
            self._say(text)
        return self

    def _say(self, text: str) -> None:
        self.count += 1
        question = asked(text, message_id=f"m{self.count}", user_id=self.user_id, written=NOW)
        tasks, move = sample_tasks(), None
        if self.progress:
            move = tasks.turn(self.progress, question, self.facts)
        if move is None and (name := tasks.begins(question)) and (not self.progress or self.progress.name != name):
            move = tasks.turn(Progress(name), question, self.facts)
        self.said.append("")
        for step in range(CALLS):
            if move is None:
                return
            self.moves.append(move)
            self.progress = move.progress
            self.said[-1] = move.text
            if move.call is None:
                return
            assert move.progress is not None
            request = ToolRequest(
                request_id=ids.derived("call", question.message_id, move.call.tool, str(step)),
                message_id=question.message_id,
                conversation_id="c1",
                user_id=self.user_id,
                tool=move.call.tool,
                arguments=move.call.arguments,
                language=str(move.progress.known.get("_language", "en")),
                deadline=times.rfc3339(NOW + 10),
                occurred_at=times.rfc3339(NOW),
            )
            move = tasks.told(move.progress, self.business.answer(request), question)
        raise AssertionError("the task calls tools without end")

    @property
    def last(self) -> str:
        return self.said[-1]

    @property
    def move(self) -> Move:
        return self.moves[-1]

    @property
    def tools(self) -> list[str]:
        return [request.tool for request in self.business.calls]

    def arguments(self, tool: str) -> list[dict[str, Any]]:
        return [request.arguments for request in self.business.calls if request.tool == tool]

"""Whatever is said and whatever tools tell: no task raises, and each change has its own yes."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.tasks.move import Move, Progress
from schemas.tools import ToolResult
from tests.dialogues.business import CHANGES
from tests.understood import asked, sample_tasks

NOW = 1_772_442_931.0
SAID = (
    "我要退货", "I want to return KF30000001", "换成42码", "exchange it for a blue one", "开发票",
    "invoice please", "我要投诉快递员扔包裹",
    "change the address", "上海市浦东新区张江路88号3栋502室", "退款到哪了", "where is my order",
    "优惠码 SUMMER20 报错", "对", "好的", "yes", "no",
    "不是", "no, the other one", "the second one", "1", "2", "算了", "never mind", "质量问题", "too small",
    "KF30000002", "不是KF30000001,是KF30000002",
    "都退", "both", "个人", "没有", "none", "运费谁出?", "谢谢", "再试", "气死我了", "订单错了", "the reason",
    "not sure", "{order.status}", "[ADDRESS_1]",
)  # fmt: skip
WORDS = st.sampled_from(SAID) | st.text(max_size=30)
ORDER = {"order_number": "KF30000001", "status": "delivered", "items": [{"sku": "a", "name": "lamp"}, {"sku": "b"}]}
VALUES = st.sampled_from(
    [
        ORDER, {"orders": [ORDER, ORDER | {"order_number": "KF30000002"}]}, {"orders": []}, {"orders": 7}, {},
        {"code": "too_late"}, {"code": "not_found"}, {"status": ["x"], "items": "y", "valid": True},
        {"order_number": {"a": None}, "status": "shipped"},
    ]
)  # fmt: skip
OUTCOMES = st.sampled_from(["done", "done", "done", "refused", "unavailable", "failed", "expired"])
EVENTS = st.lists(st.tuples(WORDS, st.lists(st.tuples(OUTCOMES, VALUES), max_size=6)), max_size=14)


class Player:
    """Plays a history, and counts the changes against what was said yes to."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.changes: list[str] = []

    def heard(self, text: str, number: int) -> Move | None:
        question, tasks = asked(text, message_id=f"m{number}", written=NOW), sample_tasks()
        before, move = self.progress, None
        if before:
            assert isinstance(tasks.again(before, "zh", "s"), str)
            move = tasks.turn(before, question, {"order_number": "KF30000002"})
        if move is None and not self.progress and (name := tasks.begins(question)):
            move = tasks.turn(Progress(name), question, {})
        if move and move.call and move.call.tool in CHANGES:
            assert before is not None
            assert before.asked == "confirm"
            self.changes.append(question.message_id)
        return self._moved(move)

    def told(self, outcome: Any, value: Any, number: int) -> Move | None:
        assert self.progress is not None
        tool = "unknown"
        for ready in sample_tasks()._ready.values():
            if ready.task.name == self.progress.name and self.progress.step in ready.calls:
                tool = ready.calls[self.progress.step].tool
        result = ToolResult(
            request_id="r", message_id="m", conversation_id="c", tool=tool, outcome=outcome, value=value, occurred_at=""
        )
        move = sample_tasks().told(self.progress, result, asked("1", message_id=f"m{number}", written=NOW))
        assert not (move.call and move.call.tool in CHANGES)
        return self._moved(move)

    def _moved(self, move: Move | None) -> Move | None:
        if move is not None:
            assert sum((bool(move.text), move.call is not None, bool(move.hand_over))) == 1
            self.progress = move.progress
            encoded = msgspec.json.encode(move.progress)
            assert len(encoded) < 6_000
            assert msgspec.json.decode(encoded, type=Progress | None) == move.progress
        return move


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS)
def test_no_history_raises_or_changes_anything_without_its_own_yes(events: list[Any]) -> None:
    player = Player()
    for number, (text, results) in enumerate(events):
        player.heard(text, number)
        for outcome, value in results:
            if player.progress and player.progress.step:
                player.told(outcome, value, number)
    assert len(player.changes) == len(set(player.changes))

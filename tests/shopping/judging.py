"""How the conversations of shoppers ended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.shopping.goals import COUPONS, Goal
from tests.shopping.shopper import Shopper

Ledgered = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Verdict:
    """``resolved``: the goal is reached without a person; ``wrong`` are changes that it does not contain."""

    goal: Goal
    resolved: bool
    wrong: Ledgered
    handed: bool


def verdict(shopper: Shopper, ledger: Ledgered) -> Verdict:
    """Judge a conversation by what the business system has on record; what only asks, by what it was told."""
    goal = shopper.goal
    wrong = ledger - goal.expected
    resolved = ledger == goal.expected and shopper.over and not shopper.handed and _told(shopper)
    return Verdict(goal, resolved, wrong, shopper.handed)


def _told(shopper: Shopper) -> bool:
    """Whether a shopper that wants to know something has been told the business system's own data."""
    goal, said = shopper.goal, "\n".join(shopper.seen)
    if goal.task == "order_status":
        return f"SF{goal.order.number[2:]:0>13}" in said
    if goal.task == "refund_status":
        return goal.order.number in said and ("没有退款记录" in said or "no refund" in said)
    return goal.task != "coupon" or any(word in said for word in COUPONS[goal.code])


def table(verdicts: Iterable[Verdict]) -> str:
    """A line for each task: conversations, resolved, handed over, wrong actions."""
    by_task: dict[str, Counter[str]] = {}
    for one in verdicts:
        counts = by_task.setdefault(one.goal.task, Counter())
        counts.update({"all": 1, "resolved": one.resolved, "person": one.handed, "wrong": len(one.wrong)})
    lines = [
        f"{task:15} {c['all']:5} conversations, resolved {c['resolved'] / c['all']:6.1%}, "
        f"to a person {c['person']}, wrong actions {c['wrong']}"
        for task, c in by_task.items()
    ]
    return "\n".join(lines)

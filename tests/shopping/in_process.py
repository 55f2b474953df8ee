"""Shoppers that talk with the pure dialogue, one after the other."""

import random
from collections.abc import Callable, Iterator

from tests.dialogues.business import Business
from tests.dialogues.runner import START, Played
from tests.shopping.goals import goal
from tests.shopping.judging import Verdict, verdict
from tests.shopping.ledger import Ledger
from tests.shopping.shopper import MOST, Shopper

Trace = Callable[[str, str], None]
"""Told who says what."""


def _silent(who: str, text: str) -> None:
    """Tells nobody."""


def shop(task: str, count: int, seed: int, trace: Trace = _silent) -> Iterator[Verdict]:
    """Verdicts of so many conversations about one task."""
    for number in range(count):
        draw = random.Random(f"{seed}-{task}-{number}")
        shopper = Shopper(goal(task, draw, f"KF5{number:05d}{seed % 10}"), draw)
        yield _shopped(shopper, f"shopper-{number}", trace)


def _shopped(shopper: Shopper, customer: str, trace: Trace) -> Verdict:
    business = Business(START, tuple(order.body(customer, START) for order in shopper.goal.orders))
    played = Played(business, user_id=customer, seed=customer)
    text: str | None = shopper.first()
    for _ in range(MOST + 2):
        if text is None:
            break
        trace(">", text)
        played.say([text])
        reply = played.replies[-1]
        trace("<", reply.text)
        text = shopper.hear(reply.text, reply.source)
    judged = verdict(shopper, Ledger(business.rows).of(customer, shopper.goal))
    business.close()
    return judged

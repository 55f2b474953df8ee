"""What a shopper wants, with the orders that it has, and what must be on record afterwards."""

import random
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from infra.business.goods import PRODUCTS, Product
from schemas import times

DAY = 86_400.0
TASKS = (
    "return", "exchange", "order_status", "refund_status", "invoice", "address_change", "coupon", "complaint"
)  # fmt: skip
READ = ("order_status", "refund_status", "coupon")
"""Tasks that change nothing: what was asked wrongly is answered, and cannot be taken back."""
Language = Literal["zh", "en"]
Ending = Literal["done", "refused", "cancelled"]

REASONS = ("quality", "damaged", "wrong_size", "wrong_item", "changed_mind", "not_as_described")
COUPONS = {"SUMMER20": ("过期", "expired"), "WELCOME10": ("有效", "valid"), "USED2026": ("使用过", "used")}
_GOODS = tuple(product for product in PRODUCTS if not product.excluded)


@dataclass(frozen=True)
class Bought:
    """An order of the shopper; days ago."""

    number: str
    goods: tuple[Product, ...]
    placed: float
    shipped: float | None = None
    delivered: float | None = None

    def body(self, customer: str, now: float) -> dict[str, Any]:
        """The order as the business system takes it over."""
        days = {"placed_at": self.placed, "shipped_at": self.shipped, "delivered_at": self.delivered}
        moments = {name: times.rfc3339(now - ago * DAY) for name, ago in days.items() if ago is not None}
        parcel = {"carrier": "SF Express", "tracking_number": f"SF{self.number[2:]:0>13}"}
        goods = [{"sku": product.sku, "price": product.price / 100} for product in self.goods]
        own = {"order_number": self.number, "customer": customer, "items": goods, "address": "-"}
        return own | moments | (parcel if self.shipped is not None else {})


@dataclass(frozen=True)
class Goal:
    """What is wanted of which order, and how it should end. ``items`` are what is sent back of it."""

    task: str
    language: Language
    ending: Ending
    orders: tuple[Bought, ...]
    order: Bought
    items: tuple[Product, ...] = ()
    reason: str = "other"
    code: str = ""
    expected: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    """Rows of the ledger that must be there in the end, and no others."""


def goal(task: str, draw: random.Random, prefix: str) -> Goal:
    """A goal; ``prefix`` makes the order numbers of this shopper its own."""
    language: Language = draw.choice(("zh", "en"))
    ending: Ending = draw.choices(("done", "refused", "cancelled"), (0.76, 0.14, 0.10))[0]
    if task in READ:
        ending = "done"
    if task in ("complaint", "invoice") and ending == "refused":
        ending = "done"
    orders = _orders(task, ending, draw, prefix)
    wanted = orders[0]
    items = tuple(draw.sample(wanted.goods, draw.randint(1, len(wanted.goods)))) if task == "return" else ()
    if len(items) not in (1, len(wanted.goods)):
        items = items[:1]
    items = tuple(product for product in wanted.goods if product in items)
    reason, code = draw.choice(_reasons(task)), draw.choice(list(COUPONS)) if task == "coupon" else ""
    made = Goal(task, language, ending, tuple(draw.sample(orders, len(orders))), wanted, items, reason, code)
    return replace(made, expected=_expected(made))


def _reasons(task: str) -> tuple[str, ...]:
    return ("wrong_size", "changed_mind", "quality") if task == "exchange" else REASONS


def _orders(task: str, ending: Ending, draw: random.Random, prefix: str) -> list[Bought]:
    """The order that it is about, first, and up to three others of other goods."""
    goods = draw.sample(_GOODS, 6)
    own = goods[: 2 if task == "return" and draw.random() < 0.3 else 1]
    orders = [_ordered(task, ending, draw, f"{prefix}1", tuple(own))]
    for place, product in enumerate(goods[2 : 2 + draw.choice((0, 0, 1, 2, 3))], 2):
        days = draw.uniform(1, 5)
        orders.append(Bought(f"{prefix}{place}", (product,), days + 4, days + 3, days))
    return orders


def _ordered(task: str, ending: Ending, draw: random.Random, number: str, goods: tuple[Product, ...]) -> Bought:
    ago = draw.uniform(1, 5)
    if task == "address_change":
        return Bought(number, goods, 2, 1) if ending == "refused" else Bought(number, goods, 1)
    if task == "order_status":
        return Bought(number, goods, ago + 1, ago)
    if task in ("return", "exchange") and ending == "refused":
        return Bought(number, goods, 2, 1) if draw.random() < 0.5 else Bought(number, goods, 40, 39, 30)
    return Bought(number, goods, ago + 4, ago + 3, ago)


def _expected(goal: Goal) -> frozenset[tuple[str, ...]]:
    if goal.ending != "done":
        return frozenset()
    number = goal.order.number
    skus = ",".join(sorted(product.sku for product in goal.items or goal.order.goods))
    rows: dict[str, tuple[str, ...]] = {
        "return": ("return", number, skus),
        "exchange": ("exchange", number, skus),
        "invoice": ("invoice", number),
        "address_change": ("address", number),
        "complaint": ("complaint",),
    }
    return frozenset({rows[goal.task]} if goal.task in rows else ())

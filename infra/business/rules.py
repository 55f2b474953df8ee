"""The shop's rules about orders, over values: who may ask, what may be returned until when, what may be changed."""

import datetime
from collections.abc import Collection, Sequence
from typing import NamedTuple

from infra.business.goods import BY_SKU
from infra.business.refusals import Refusal
from infra.business.sample import ANYBODY

NO_REASON_DAYS, FAULTY_DAYS, EXCHANGE_DAYS = 7, 15, 15
"""Days after the day of delivery: to return without a reason, to return what is faulty, to exchange."""
FAULTY = frozenset(
    {"quality", "damaged", "defective", "wrong_item", "missing_item", "not_as_described", "counterfeit", "expired",
     "allergy"}
)  # fmt: skip
REFUND_DAYS = 7
"""Days within which the money of a return is back."""


class Item(NamedTuple):
    sku: str
    quantity: int
    price: int


class Order(NamedTuple):
    """An order as the rules see it; times are RFC 3339 in UTC, ``busy`` what is being returned or exchanged."""

    number: str
    owner: str
    placed_at: str
    shipped_at: str | None
    delivered_at: str | None
    cancelled: bool
    address_changes: int
    items: tuple[Item, ...]
    busy: frozenset[str]

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        if self.busy and self.busy >= {item.sku for item in self.items}:
            return "returning"
        return "delivered" if self.delivered_at else "shipped" if self.shipped_at else "paid"

    @property
    def total(self) -> int:
        return sum(item.price * item.quantity for item in self.items)


def may_see(order: Order, customer: str) -> None:
    """Raises Refusal for an order of somebody else."""
    if order.owner not in (ANYBODY, customer):
        raise Refusal("not_yours")


def until(order: Order, days: int) -> str | None:
    """The last day, such as 2026-03-09, of a window that begins with delivery."""
    if order.delivered_at is None:
        return None
    return (datetime.date.fromisoformat(order.delivered_at[:10]) + datetime.timedelta(days=days)).isoformat()


def returned(order: Order, wanted: Sequence[str], reason: str, today: str) -> tuple[Item, ...]:
    """The items that a return takes: the wanted ones, else all. Raises Refusal."""
    items = _chosen(order, wanted)
    faulty = reason in FAULTY
    if not faulty and any(BY_SKU[item.sku].excluded for item in items if item.sku in BY_SKU):
        raise Refusal("not_returnable")
    _in_time(order, FAULTY_DAYS if faulty else NO_REASON_DAYS, today)
    return items


def exchanged(order: Order, today: str) -> tuple[Item, ...]:
    """The items that an exchange takes. Raises Refusal."""
    items = _chosen(order, ())
    _in_time(order, EXCHANGE_DAYS, today)
    return items


def may_move(order: Order) -> None:
    """Whether its address can still be changed. Raises Refusal."""
    _alive(order)
    if order.shipped_at is not None:
        raise Refusal("already_shipped")
    if order.address_changes:
        raise Refusal("already_changed")


def may_invoice(order: Order) -> None:
    """Raises Refusal."""
    _alive(order)


def _chosen(order: Order, wanted: Collection[str]) -> tuple[Item, ...]:
    _alive(order)
    if order.delivered_at is None:
        raise Refusal("not_delivered")
    known = {item.sku: item for item in order.items}
    if not set(wanted) <= set(known):
        raise Refusal("unknown_item")
    chosen = {sku: known[sku] for sku in dict.fromkeys(wanted)} or {
        sku: item for sku, item in known.items() if sku not in order.busy
    }
    if not chosen or set(chosen) & order.busy:
        raise Refusal("already_returned")
    return tuple(chosen.values())


def _alive(order: Order) -> None:
    if order.cancelled:
        raise Refusal("cancelled")


def _in_time(order: Order, days: int, today: str) -> None:
    last = until(order, days)
    if last is None or today > last:
        raise Refusal("too_late")

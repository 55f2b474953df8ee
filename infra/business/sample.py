"""The sample data: the same orders in every copy; only their dates move, a day each day, so that windows stay open."""

from collections.abc import Iterator
from typing import NamedTuple

from infra.business.goods import PRODUCTS

ANYBODY = "*"
"""The owner of orders that everybody may ask about, for trying things out."""
CUSTOMERS = 100
PER_CUSTOMER = 4


class Sample(NamedTuple):
    """An order; days count back from today, None for what has not happened. ``case``: a return's status and age."""

    number: str
    owner: str
    skus: tuple[str, ...]
    placed: int
    shipped: int | None = None
    delivered: int | None = None
    cancelled: bool = False
    case: tuple[str, int] | None = None


OPEN = (
    Sample("KF10000001", ANYBODY, ("kettle",), 1),
    Sample("KF10000002", ANYBODY, ("jacket", "socks"), 3, 2),
    Sample("KF10000003", ANYBODY, ("headphones", "phone-case"), 5, 4, 2),
    Sample("KF10000004", ANYBODY, ("keyboard",), 14, 13, 10),
    Sample("KF10000005", ANYBODY, ("backpack",), 45, 44, 40),
    Sample("KF10000006", ANYBODY, ("lamp",), 9, 8, 5, case=("processing", 3)),
    Sample("KF10000007", ANYBODY, ("t-shirt",), 30, 29, 26, case=("paid", 22)),
    Sample("KF10000008", ANYBODY, ("socks",), 4, 3, 1),
    Sample("KF10000009", ANYBODY, ("shoes",), 6, cancelled=True),
    Sample("KF10000010", ANYBODY, ("trainers",), 6, 5, 3),
)


def orders() -> Iterator[Sample]:
    """Every sample order: ten of anybody, then those of ``customer-001`` to ``customer-100``, four each."""
    yield from OPEN
    for customer in range(1, CUSTOMERS + 1):
        for index in range(1, PER_CUSTOMER + 1):
            yield _owned(customer, index)


def _owned(customer: int, index: int) -> Sample:
    """The first is on its way, the others were delivered 1 to 6 days ago, one of them 20 days before that."""
    goods = [product.sku for product in PRODUCTS if not product.excluded]
    sku = goods[(customer * PER_CUSTOMER + index) % len(goods)]
    number, owner = f"KF2{customer:04d}{index:03d}", f"customer-{customer:03d}"
    if index == 1:
        return Sample(number, owner, (sku,), 2, 1)
    delivered = 1 + (customer + index) % 6 + (20 if index == PER_CUSTOMER else 0)
    return Sample(number, owner, (sku,), delivered + 4, delivered + 3, delivered)


class Coupon(NamedTuple):
    """``ends`` in days from today; ``problem`` is why it cannot be used, where it cannot."""

    code: str
    discount: str
    ends: int
    problem: str = ""


COUPONS = (
    Coupon("WELCOME10", "10%", 30),
    Coupon("SAVE50", "CNY 50 off CNY 300", 14),
    Coupon("SUMMER20", "20%", -60),
    Coupon("USED2026", "CNY 20", 60, "used"),
)

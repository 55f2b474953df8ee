"""Tools that look orders up."""

from typing import Any

import msgspec

from schemas.messages import JsonValue
from streams.tools.business import Refused, place
from streams.tools.plugin import Context

ORDER_NUMBER: dict[str, JsonValue] = {
    "type": "string",
    "minLength": 3,
    "maxLength": 64,
    "description": "such as KF10000001",
}
BY_NUMBER: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"order_number": ORDER_NUMBER},
    "required": ["order_number"],
    "additionalProperties": False,
}
"""Arguments of a tool about one order."""


class Item(msgspec.Struct, frozen=True):
    sku: str
    name: str
    quantity: int
    price: float


class Order(msgspec.Struct, frozen=True):
    """An order; ``status`` is paid, shipped, delivered, returning or cancelled; times in RFC 3339, None until then."""

    order_number: str
    status: str
    items: tuple[Item, ...]
    total: float
    currency: str
    placed_at: str
    shipped_at: str | None = None
    delivered_at: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    address: str = ""
    returnable_until: str | None = None
    payment: str = ""


class Orders(msgspec.Struct, frozen=True):
    orders: tuple[Order, ...]


class OrderLookup:
    """One order of the person who asks."""

    name = "order_lookup"
    about = "Look up one order of the customer by its number: status, items, parcel, until when it can be returned."
    arguments = BY_NUMBER
    scopes = ("orders:read",)
    timeout_s = 4.0
    changes = False

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        path = f"/v1/orders/{place(context.arguments['order_number'])}"
        order = await context.business.get(path, Order, customer=context.user_id, language=context.language)
        return order if isinstance(order, Refused) else msgspec.to_builtins(order)


class OrdersOfCustomer:
    """The orders of the person who asks."""

    name = "orders_of_customer"
    about = "List the customer's own orders, the newest first, when no order number is known."
    arguments: dict[str, JsonValue] = {"type": "object", "properties": {}, "additionalProperties": False}
    scopes = ("orders:read",)
    timeout_s = 4.0
    changes = False

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        found = await context.business.get("/v1/orders", Orders, customer=context.user_id, language=context.language)
        return found if isinstance(found, Refused) else msgspec.to_builtins(found)

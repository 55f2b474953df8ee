"""Tools about sending something back: return with a label, exchange, how a refund stands."""

from typing import Any

import msgspec

from schemas.messages import JsonValue
from streams.tools.business import Refused, place
from streams.tools.orders import BY_NUMBER, ORDER_NUMBER
from streams.tools.plugin import Context

REASON: dict[str, JsonValue] = {"type": "string", "minLength": 1, "maxLength": 500}


class Return(msgspec.Struct, frozen=True):
    return_number: str
    label_url: str
    status: str


class Exchange(msgspec.Struct, frozen=True):
    exchange_number: str
    status: str


class Refund(msgspec.Struct, frozen=True):
    """``status`` is none, created, processing or paid; ``expected_by`` a day."""

    status: str
    amount: float
    currency: str
    expected_by: str | None = None


class CreateReturn:
    """Registers a return and gives the label for the parcel."""

    name = "create_return"
    about = "Register the return of an order, or of some of its items, and give the return label."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {
            "order_number": ORDER_NUMBER,
            "reason": REASON,
            "items": {"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": 50},
        },
        "required": ["order_number", "reason"],
        "additionalProperties": False,
    }
    scopes = ("orders:read", "returns:write")
    timeout_s = 5.0
    changes = True

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        body = {**context.arguments, "customer": context.user_id}
        made = await context.business.post(
            "/v1/returns", Return, body, key=context.request_id, language=context.language
        )
        if isinstance(made, Refused):
            return made
        return {**msgspec.to_builtins(made), "label_url": context.business.link(made.label_url)}


class CreateExchange:
    """Registers an exchange."""

    name = "create_exchange"
    about = "Register the exchange of an order's items for another size, colour or piece."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"order_number": ORDER_NUMBER, "reason": REASON, "wanted": REASON},
        "required": ["order_number", "reason", "wanted"],
        "additionalProperties": False,
    }
    scopes = ("orders:read", "returns:write")
    timeout_s = 5.0
    changes = True

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        body = {**context.arguments, "customer": context.user_id}
        made = await context.business.post(
            "/v1/exchanges", Exchange, body, key=context.request_id, language=context.language
        )
        return made if isinstance(made, Refused) else msgspec.to_builtins(made)


class RefundStatus:
    """Tells how far a refund is."""

    name = "refund_status"
    about = "Tell how far the refund of an order is, how much it is, and by when the money is back."
    arguments = BY_NUMBER
    scopes = ("orders:read",)
    timeout_s = 4.0
    changes = False

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        path = f"/v1/refunds/{place(context.arguments['order_number'])}"
        found = await context.business.get(path, Refund, customer=context.user_id, language=context.language)
        return found if isinstance(found, Refused) else msgspec.to_builtins(found)

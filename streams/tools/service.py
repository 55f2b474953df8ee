"""Tools of the service desk: invoice, address, coupon, complaint."""

from typing import Any

import msgspec

from schemas.messages import JsonValue
from streams.tools.business import Refused, place
from streams.tools.orders import ORDER_NUMBER
from streams.tools.plugin import Context

TEXT: dict[str, JsonValue] = {"type": "string", "minLength": 1, "maxLength": 2000}


class Invoice(msgspec.Struct, frozen=True):
    invoice_number: str
    status: str


class Changed(msgspec.Struct, frozen=True):
    status: str


class Coupon(msgspec.Struct, frozen=True):
    """``reason`` says why it cannot be used: unknown, expired, used."""

    valid: bool
    discount: str = ""
    expires_at: str | None = None
    reason: str = ""


class Ticket(msgspec.Struct, frozen=True):
    ticket: str


class RequestInvoice:
    """Has an invoice issued."""

    name = "request_invoice"
    about = "Have the invoice of an order issued to a title, with a tax number and an e-mail address if there are any."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {
            "order_number": ORDER_NUMBER,
            "title": {"type": "string", "minLength": 1, "maxLength": 200},
            "tax_number": {"type": "string", "maxLength": 64},
            "email": {"type": "string", "maxLength": 254},
        },
        "required": ["order_number", "title"],
        "additionalProperties": False,
    }
    scopes = ("orders:read", "invoices:write")
    timeout_s = 5.0
    changes = True

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        return await _posted(context, "/v1/invoices", Invoice)


class ChangeAddress:
    """Changes where an order goes."""

    name = "change_address"
    about = "Change the delivery address of an order that has not been shipped."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"order_number": ORDER_NUMBER, "address": {"type": "string", "minLength": 4, "maxLength": 500}},
        "required": ["order_number", "address"],
        "additionalProperties": False,
    }
    scopes = ("orders:read", "orders:write")
    timeout_s = 5.0
    changes = True

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        return await _posted(context, "/v1/addresses", Changed)


class CouponCheck:
    """Says whether a coupon can be used."""

    name = "coupon_check"
    about = "Check whether a coupon can be used: its discount, until when, and why not."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"code": {"type": "string", "minLength": 2, "maxLength": 64}},
        "required": ["code"],
        "additionalProperties": False,
    }
    scopes = ("coupons:read",)
    timeout_s = 4.0
    changes = False

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        path = f"/v1/coupons/{place(context.arguments['code'])}"
        found = await context.business.get(path, Coupon, customer=context.user_id, language=context.language)
        return found if isinstance(found, Refused) else msgspec.to_builtins(found)


class RegisterComplaint:
    """Puts a complaint on record."""

    name = "register_complaint"
    about = "Put a complaint on record and give its ticket."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"order_number": ORDER_NUMBER, "text": TEXT},
        "required": ["text"],
        "additionalProperties": False,
    }
    scopes = ("complaints:write",)
    timeout_s = 5.0
    changes = True

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        return await _posted(context, "/v1/complaints", Ticket)


async def _posted(context: Context, path: str, answer: type[msgspec.Struct]) -> dict[str, Any] | Refused:
    body = {**context.arguments, "customer": context.user_id}
    made = await context.business.post(path, answer, body, key=context.request_id, language=context.language)
    return made if isinstance(made, Refused) else msgspec.to_builtins(made)

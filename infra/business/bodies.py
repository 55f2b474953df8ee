"""What requests carry, read and checked."""

import json
from typing import Any

from starlette.requests import Request

from infra.business.refusals import Malformed

LONGEST = 2_000
"""Characters of a text."""
MOST_ITEMS = 100


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises Malformed."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Malformed("the body must be a JSON object")
    return body


def text(body: dict[str, Any], name: str, *, least: int = 1) -> str:
    """A string of ``least`` to LONGEST characters; one that may be empty may be left out. Raises Malformed."""
    value = body.get(name) if least else body.get(name) or ""
    if not isinstance(value, str) or not least <= len(value.strip()) <= LONGEST:
        raise Malformed(f"{name} must be a text of {least} to {LONGEST} characters")
    return value.strip()


def texts(body: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of strings, which may be left out. Raises Malformed."""
    value = body.get(name) or []
    if not isinstance(value, list) or len(value) > MOST_ITEMS or not all(isinstance(each, str) for each in value):
        raise Malformed(f"{name} must be a list of texts")
    return tuple(value)

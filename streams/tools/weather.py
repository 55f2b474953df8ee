"""A tool that has nothing to do with orders: the weather of a place."""

from typing import Any

import msgspec

from schemas.messages import JsonValue
from streams.tools.business import Refused
from streams.tools.plugin import Context


class Forecast(msgspec.Struct, frozen=True):
    """Degrees in Celsius."""

    place: str
    summary: str
    low: float
    high: float


class Weather:
    """The weather of a day."""

    name = "weather"
    about = "Tell the weather of a place, today or on a day such as 2026-03-02."
    arguments: dict[str, JsonValue] = {
        "type": "object",
        "properties": {
            "place": {"type": "string", "minLength": 1, "maxLength": 100},
            "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        },
        "required": ["place"],
        "additionalProperties": False,
    }
    scopes = ("weather:read",)
    timeout_s = 3.0
    changes = False

    async def execute(self, context: Context) -> dict[str, Any] | Refused:
        found = await context.business.get("/v1/weather", Forecast, language=context.language, **context.arguments)
        return found if isinstance(found, Refused) else msgspec.to_builtins(found)

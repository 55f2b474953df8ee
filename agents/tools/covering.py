"""Personal data in what a tool answered: placeholders in its place, before the answer is written anywhere.

What stands below a key that names personal data is personal as a whole; in prose it is looked for as in messages. Codes
and links stay: an order number may look like a telephone's, and tasks compare them.
"""

import re

from agents.understanding.mask import mask
from agents.understanding.personal.placeholders import numbered
from agents.understanding.personal.readable import PLACEHOLDER
from agents.understanding.personal.spans import PersonalData
from schemas.messages import JsonValue

KEYS = {
    "address": "address", "street": "address", "phone": "phone", "mobile": "phone", "telephone": "phone",
    "email": "email", "recipient": "name", "receiver": "name", "customer_name": "name", "id_card": "id_card",
    "bank_card": "bank_card",
}  # fmt: skip
"""Names of fields that hold nothing but personal data, with its type."""
STAYS = "ip_address"
"""Of what an address of a machine in a business system's words says, nothing is about a person."""
_CODE = re.compile(r"[A-Za-z0-9._:/+-]*|https?://\S+")


def covered(value: dict[str, JsonValue]) -> tuple[dict[str, JsonValue], dict[str, str]]:
    """The value with placeholders, and what they stand for."""
    covering = _Covering()
    return {name: covering.of(part, KEYS.get(name, "")) for name, part in value.items()}, covering.values


class _Covering:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def of(self, value: JsonValue, type_: str) -> JsonValue:
        if isinstance(value, str):
            return self._text(value, type_)
        if isinstance(value, dict):
            return {name: self.of(part, type_ or KEYS.get(name, "")) for name, part in value.items()}
        return [self.of(part, type_) for part in value] if isinstance(value, list) else value

    def _text(self, text: str, type_: str) -> str:
        if not text.strip() or PLACEHOLDER.fullmatch(text):
            return text
        if type_:
            found = [PersonalData(type=type_, start=0, end=len(text))]
        else:
            found = [] if _CODE.fullmatch(text) else [one for one in mask(text).found if one.type != STAYS]
        if not found:
            return text
        masked = numbered(text, found, self.values)
        self.values |= masked.values
        return masked.text

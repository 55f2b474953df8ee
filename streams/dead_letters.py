"""Dead letters by hand: listed, shown, sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.dead_letter import CUT
from schemas.errors import Misconfigured
from streams import records
from streams.sender import Sender
from streams.settings import Settings

PREFIX = "dlq."
ADDED = "__dlq."
"""What the names of the headers begin with that say why a record was put aside."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter; ``origin`` is where the record stood at first, ``own`` are the headers that it had there."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    own: Sequence[tuple[str, bytes]] = ()

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def is_whole(self) -> bool:
        """Whether it holds all of its record, rather than the beginning of one that was too large."""
        return CUT not in self.headers

    @property
    def origin(self) -> str:
        names = ("topic", "partition", "offset")
        return "/".join(self.headers.get(f"__dlq.errors.{name}", "?") for name in names)

    def line(self) -> str:
        reason = self.headers.get("__dlq.errors.message", "no reason given")
        return f"{self.place}  from {self.origin}  {self.headers.get('__dlq.errors.class', '')}: {reason}"

    def whole(self) -> str:
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        key = (self.key or b"").decode("utf-8", "backslashreplace")
        return f"{self.place}\n{headers}\nkey: {key}\n\n{(self.value or b'').decode('utf-8', 'backslashreplace')}"


def find(settings: Settings, place: str = PREFIX) -> list[Letter]:
    """The letters of a topic (dead letter's or original's name) or of one place, oldest first.

    Raises Misconfigured where no topic is called so, or nothing stands at the one place.
    """
    topic, _, rest = (place if place.startswith(PREFIX) else f"{PREFIX}{place}").partition("/")
    oldest_first = sorted(records.until_now(settings, topic), key=lambda message: message.timestamp()[1])
    letters = [_letter(message) for message in oldest_first]
    found = [letter for letter in letters if not rest or letter.place == f"{topic}/{rest}"]
    if rest and not found:
        raise Misconfigured(f"no dead letter at {place}; `kefu dlq list` shows them")
    return found


def replay(settings: Settings, place: str) -> int:
    """Send letters back to where they came from, as they were; how many.

    Those that hold only a part of their record stay. Raises Misconfigured where there is nothing to send.
    """
    found = find(settings, place)
    letters = [letter for letter in found if letter.is_whole]
    if not found:
        raise Misconfigured(f"no dead letter at {place}; `kefu dlq list` shows them")
    if not letters:
        raise Misconfigured(
            f"only the beginning of the record is at {place}, since it was too large; all of it stands at "
            f"{found[0].origin} as long as its topic keeps it: send it again in smaller ones"
        )
    sender = Sender(settings.kafka, client_id="kefu-replay")
    for letter in letters:
        sender.send(letter.topic.removeprefix(PREFIX), letter.key, letter.value, letter.own)
    sender.flush_now()
    return len(letters)


def _letter(message: Any) -> Letter:
    all_of_them = message.headers() or []
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in all_of_them}
    own = [(name, value) for name, value in all_of_them if not name.startswith(ADDED)]
    return Letter(message.topic(), message.partition(), message.offset(), message.key(), message.value(), headers, own)

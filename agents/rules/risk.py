"""What a rule has found in a message."""

import msgspec


class Risk(msgspec.Struct, frozen=True):
    """A rule that applies. With a ``queue``, or ``urgent``, a person takes over, at once where it is urgent.

    ``script`` names what is said then; ``disclaimer`` is a text that stands below every answer to the message.
    """

    name: str
    reason: str = ""
    queue: str = ""
    skill: str = ""
    script: str = ""
    urgent: bool = False
    disclaimer: str = ""

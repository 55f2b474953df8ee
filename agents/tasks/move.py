"""What passes between a task and the dialogue: how far a task is, and its next move."""

import msgspec

from schemas.messages import JsonValue


class Progress(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How far a task is; kept in the conversation's state.

    ``slots`` are the values that are known, normalised; ``asked`` is the slot (or ``confirm``) that was asked for last,
    ``attempts`` how often in a row. ``known`` holds what tools have told, ``step`` the call that is awaited or due.
    """

    name: str
    slots: dict[str, str] = {}
    asked: str = ""
    attempts: int = 0
    known: dict[str, JsonValue] = {}
    step: str = ""


class Call(msgspec.Struct, frozen=True):
    """A tool to be called before the task can go on."""

    tool: str
    arguments: dict[str, JsonValue]


class Move(msgspec.Struct, frozen=True):
    """What a task does next: exactly one of ``text`` (said to the person), ``call`` and ``hand_over`` (the reason).

    ``progress`` None ends the task; ``outcome`` then says how: done, cancelled, refused, failed, handed_over.
    ``why`` is for the log: one word for what decided.
    """

    progress: Progress | None
    text: str = ""
    call: Call | None = None
    hand_over: str = ""
    outcome: str = ""
    why: str = ""

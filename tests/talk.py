"""A conversation with the dialogue: what went in so far, what came out, which timers are set."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.dialogue.step import Dialogue
from agents.ports import Wake, When, Woken
from schemas.inference import ModelRequest
from schemas.messages import Reply
from schemas.operations import HandoverEvent, LogEvent
from schemas.tools import ToolRequest
from schemas.topics import Send
from tests.samples import NOW, SampleDesk

T = TypeVar("T")


class Talk:
    """Each event comes a second after the one before, unless the test says when; the state passes through its codec."""

    def __init__(self, desk: SampleDesk, limits: Limits | None = None) -> None:
        self.dialogue = Dialogue(desk, understander=None, limits=limits or Limits())  # type: ignore[arg-type]
        self.state = Conversation()
        self.forgotten = False
        self.now = NOW.now
        self.out: list[Send] = []
        self.wakes: dict[str, float] = {}

    def say(self, event: Any, when: When | None = None) -> "Talk":
        when = when or When(self.now, self.now - 0.01)
        self.now = when.now + 1.0
        state, out = self.dialogue.step(self.state, event, when)
        self.forgotten = state is None
        self.state = Conversation() if state is None else _again(state)
        for one in out:
            if isinstance(one, Wake):
                self._set(one)
            else:
                self.out.append(one)
        if self.forgotten:
            self.wakes.clear()
        return self

    def wait(self, what: str) -> "Talk":
        """Let a timer run out."""
        at = self.wakes.pop(what)
        return self.say(Woken("c1", what, at), When(max(at, self.now), at))

    def since(self, act: "Callable[[Talk], Any]") -> list[Send]:
        """What comes out of something."""
        before = len(self.out)
        act(self)
        return self.out[before:]

    def all(self, kind: type[T]) -> list[T]:
        return [send.event for send in self.out if isinstance(send.event, kind)]

    @property
    def replies(self) -> list[Reply]:
        return self.all(Reply)

    @property
    def reply(self) -> Reply:
        return self.replies[-1]

    @property
    def requests(self) -> list[ModelRequest]:
        return [request for request in self.all(ModelRequest) if request.messages]

    @property
    def voids(self) -> list[str]:
        """The requests that were made void by another that asks for nothing."""
        return [request.supersedes for request in self.all(ModelRequest) if not request.messages]

    @property
    def calls(self) -> list[ToolRequest]:
        return self.all(ToolRequest)

    @property
    def handover(self) -> list[HandoverEvent]:
        return self.all(HandoverEvent)

    def log(self) -> list[str]:
        return [event.kind for event in self.all(LogEvent)]

    def _set(self, wake: Wake) -> None:
        if wake.at is None:
            self.wakes.pop(wake.what, None)
        else:
            self.wakes[wake.what] = wake.at


def _again(state: Conversation) -> Conversation:
    """The state as it comes back from its changelog."""
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Conversation)
    assert read == state
    return read

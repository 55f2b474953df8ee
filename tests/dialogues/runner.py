"""Plays a conversation through the real dialogue: messages and people in, tools and models answered, replies out."""

from collections import deque
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from agents.dialogue.conversation import Conversation
from agents.dialogue.timers import BURST
from agents.ports import Wake, When, Woken
from schemas import ids, times
from schemas.inference import ModelRequest, ModelResult
from schemas.messages import InboundMessage, Reply
from schemas.operations import HandoverEvent
from schemas.tools import ToolRequest
from schemas.topics import Send
from tests.dialogues.business import Business
from tests.dialogues.desk import dialogue

T = TypeVar("T")
START = 1_772_442_931.0
BETWEEN = 20.0
"""Seconds between a reply and the next message."""
CONVERSATION = "c1"


class Played:
    """A conversation so far: ``out`` is all that was sent, ``tasks`` the names of those under way."""

    def __init__(
        self, business: Business, *, user_id: str = "u1", model: str = "", burst: float = 0.0,
        packs: tuple[str, ...] = (), seed: str = "",
    ) -> None:  # fmt: skip
        self.business, self._user_id, self._model, self._seed = business, user_id, model, seed
        self._dialogue = dialogue(models=bool(model), burst=burst, packs=packs)
        self.state, self.out = Conversation(), list[Send]()
        self._now, self._wakes, self._count = START, dict[str, float](), 0

    def say(self, texts: Sequence[str]) -> None:
        """Messages that come together; a window of theirs runs out afterwards."""
        self._now += BETWEEN
        for heard in self._dialogue.prepare([self._message(text) for text in texts]):
            self._happen(heard)
        if BURST in self._wakes:
            self.wait(BURST)

    def person(self, does: str | dict[Any, str]) -> None:
        """A colleague takes the conversation, replies, notes something or gives it back."""
        self._now += BETWEEN
        self._count += 1
        kinds = {"takes": "taken", "returns": "returned", "notes": "noted"}
        text = "" if isinstance(does, str) else does["replies"]
        event = HandoverEvent(
            event_id=f"person-{self._count}",
            kind=kinds[does] if isinstance(does, str) else "replied",  # type: ignore[arg-type]
            conversation_id=CONVERSATION,
            user_id=self._user_id,
            agent_id="anna",
            text=text,
            occurred_at=times.rfc3339(self._now),
        )
        self._happen(event)

    def wait(self, what: str) -> None:
        """Let a timer run out."""
        at = self._wakes.pop(what)
        self._now = max(at, self._now)
        self._happen(Woken(CONVERSATION, what, at))

    def all(self, kind: type[T]) -> list[T]:
        return [send.event for send in self.out if isinstance(send.event, kind)]

    @property
    def replies(self) -> list[Reply]:
        return self.all(Reply)

    @property
    def tasks(self) -> list[str]:
        return [progress.name for progress in self.state.tasks]

    @property
    def handed(self) -> bool:
        return self.state.handed is not None

    def _message(self, text: str) -> InboundMessage:
        self._count += 1
        return InboundMessage(
            message_id=ids.derived("msg", self._seed, str(self._count)),
            conversation_id=CONVERSATION,
            user_id=self._user_id,
            text=text,
            occurred_at=times.rfc3339(self._now),
        )

    def _happen(self, event: Any) -> None:
        """An event, and all that tools and models answer to what follows from it."""
        due = deque([event])
        while due:
            self._now += 0.01
            state, out = self._dialogue.step(self.state, due.popleft(), When(self._now, self._now - 0.01))
            self.state = Conversation() if state is None else _again(state)
            for one in out:
                if isinstance(one, Wake):
                    self._set(one)
                else:
                    self.out.append(one)
                    due.extend(self._answers(one.event))

    def _answers(self, event: Any) -> list[Any]:
        if isinstance(event, ToolRequest):
            return [self.business.answer(event)]
        if isinstance(event, ModelRequest) and event.messages:
            return [_said_by_model(event, self._model, self._now)]
        return []

    def _set(self, wake: Wake) -> None:
        self._wakes.pop(wake.what, None)
        if wake.at is not None:
            self._wakes[wake.what] = wake.at


def _again(state: Conversation) -> Conversation:
    """The state as it comes back from its changelog: a worker may die between any two events."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Conversation)


def _said_by_model(request: ModelRequest, text: str, now: float) -> ModelResult:
    return ModelResult(
        request_id=request.request_id,
        reply_id=request.reply_id,
        message_id=request.message_id,
        conversation_id=request.conversation_id,
        outcome="answered",
        text=text,
        model="scripted",
        occurred_at=times.rfc3339(now),
    )

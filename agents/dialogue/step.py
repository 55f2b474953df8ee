"""Dialogue agent: hears people, models, tools and colleagues, remembers, and answers each message once."""

from collections.abc import Iterable, Sequence

import msgspec

from agents.dialogue import asking, calling, doubt, hearing, journal, person, personal, timers, working
from agents.dialogue.conversation import Conversation, Pending
from agents.dialogue.decide import Desk
from agents.dialogue.hearing import Heard
from agents.dialogue.limits import Limits
from agents.dialogue.scene import Outcome, Scene
from agents.ports import Wake, When, Woken
from agents.understanding import Understander
from schemas.inference import ModelResult
from schemas.messages import InboundMessage
from schemas.operations import Feedback, HandoverEvent
from schemas.tools import ToolResult
from schemas.topics import Send

Turn = Heard | ModelResult | ToolResult | HandoverEvent
Event = Turn | Feedback
"""What is read, understood where it is a message."""
Read = InboundMessage | ModelResult | ToolResult | HandoverEvent | Feedback

OURS = ("requested", "said")
"""Handover events that the dialogue itself has written."""


class Dialogue:
    """The step of the dialogue agent over a desk. ``secret``, the installation's, seals what it masks itself."""

    def __init__(self, desk: Desk, understander: Understander, limits: Limits, secret: bytes = b"") -> None:
        self._desk, self._understander, self._limits, self._secret = desk, understander, limits, secret

    def prepare(self, events: Sequence[Read]) -> list[Event]:
        """Understand all messages of a batch at once; everything else passes through."""
        said = [event for event in events if isinstance(event, InboundMessage)]
        understood = self._understander.understand(
            [event.text for event in said], [event.occurred_at for event in said]
        )
        heard = iter(hearing.followed([Heard(*pair) for pair in zip(said, understood, strict=True)]))
        return [next(heard) if isinstance(event, InboundMessage) else event for event in events]

    def step(
        self, state: Conversation, event: Event | Woken, when: When
    ) -> tuple[Conversation | None, list[Send | Wake]]:
        """What an event changes, and what is sent and set because of it; no state: the conversation is forgotten."""
        scene = Scene(event.conversation_id, self._desk, self._limits, when, self._secret)
        fired = event.what if isinstance(event, Woken) else ""
        if fired == timers.FORGET and state.pending is None and state.handed is None:
            return None, []
        if isinstance(event, Feedback):
            return _rated(scene, state, event)
        after, sends = _happened(scene, state, event)
        if state.pending is not None and after.pending is None and after.waiting:
            after, more = hearing.go_on(scene, after)
            sends += more
        if after is not state or fired == timers.FORGET:
            after = timers.lasting(after, when.now, self._limits.memory)
        return after, _out(sends, timers.wakes(state, after, fired))


def _rated(scene: Scene, state: Conversation, event: Feedback) -> tuple[Conversation | None, list[Send | Wake]]:
    """What somebody thinks of a reply keeps no conversation alive."""
    after, sends = doubt.disliked(scene, state, event)
    return after, _out(sends, ())


def _happened(
    scene: Scene, state: Conversation, event: Heard | ModelResult | ToolResult | HandoverEvent | Woken
) -> Outcome:
    if isinstance(event, Heard):
        return hearing.hear(scene, state, event)
    if isinstance(event, ModelResult):
        return _modelled(scene, state, event)
    if isinstance(event, ToolResult):
        return _tooled(scene, state, event)
    if isinstance(event, HandoverEvent):
        return _by_person(scene, state, event)
    return _woken(scene, state, event.what)


def _modelled(scene: Scene, state: Conversation, result: ModelResult) -> Outcome:
    """A result that nobody waits for (any more) is dropped."""
    pending = state.pending
    if pending is None or pending.awaits != "model" or pending.request_id != result.request_id:
        return state, []
    return working.modelled(scene, _free(state), pending, result)


def _tooled(scene: Scene, state: Conversation, result: ToolResult) -> Outcome:
    pending = state.pending
    if pending is None or pending.awaits != "tool" or pending.request_id != result.request_id:
        return state, []
    if not result.personal:
        return working.tooled(scene, _free(state), pending, result)
    before = state.personal
    value, known = personal.answered(result.value, result.personal, before)
    state = msgspec.structs.replace(state, personal=known)
    after, sends = working.tooled(
        scene, _free(state), pending, msgspec.structs.replace(result, value=value, personal={})
    )
    return _without_unused(after, before), sends


def _without_unused(state: Conversation, before: personal.Known) -> Conversation:
    """An answer names more than anybody goes on with: what nothing in the state mentions is not remembered."""
    said = msgspec.msgpack.encode(msgspec.structs.replace(state, personal={}))
    used = {name: one for name, one in state.personal.items() if name in before or name.encode() in said}
    return msgspec.structs.replace(state, personal=used)


def _by_person(scene: Scene, state: Conversation, event: HandoverEvent) -> Outcome:
    if event.kind in OURS or state.knows(event.event_id):
        return state, []
    return person.happened(scene, state.seeing(event.event_id), event)


def _woken(scene: Scene, state: Conversation, what: str) -> Outcome:
    pending, gathered, handed = state.pending, state.gathered, state.handed
    if what == timers.ANSWER and pending is not None:
        return _given_up(scene, state, pending)
    if what == timers.BURST and gathered is not None:
        return hearing.burst_over(scene, state, gathered.questions)
    if what == timers.PERSON and handed is not None:
        return person.timed_out(scene, state, handed)
    return state, []


def _given_up(scene: Scene, state: Conversation, pending: Pending) -> Outcome:
    """What is awaited has not come; of a call that the tools' worker has not told of, the log is told here."""
    if pending.awaits == "model":
        return working.modelled(scene, _free(state), pending, asking.given_up(scene, pending))
    result = calling.expired(scene, pending)
    state, sends = working.tooled(scene, _free(state), pending, result)
    return state, [journal.called(scene.conversation_id, pending.work.current, result, scene.now), *sends]


def _free(state: Conversation) -> Conversation:
    return msgspec.structs.replace(state, pending=None)


def _out(sends: Iterable[Send], wakes: Iterable[Wake]) -> list[Send | Wake]:
    return [*sends, *wakes]

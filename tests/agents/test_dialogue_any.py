"""Given any history at all, when the dialogue steps, then no message is answered twice, and in the end none is left."""

from random import Random
from typing import Any

import msgspec
import pytest

from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.knowledge import Hit
from agents.ports import When
from agents.rules.risk import Risk
from agents.tools.spec import ToolSpec
from agents.tools.toolbox import Toolbox
from schemas.inference import ToolCall
from schemas.messages import Sentiment
from schemas.operations import HandoverEvent, LogEvent
from tests.samples import RETURNS, SampleDesk, by_person, heard, named, result, tool_result, wants
from tests.talk import Talk

HISTORIES = 150
RISKS = {"chest": Risk("emergency", queue="doctors", urgent=True), "lawyer": Risk("legal", queue="legal")}
TEXTS = (
    "may I paint it?",
    "how long?",
    "yes",
    "cancel",
    "A1. How long does it take?",
    "chest pain",
    "my lawyer",
    "",
    "🙂" * 40,
)
INTENTS = (
    "unknown",
    "unknown",
    "greeting",
    "return_request",
    "order_status",
    "complaint",
    "human_agent",
    "return_policy",
)
OUTCOMES = ("done", "done", "refused", "failed", "expired", "unavailable")
TOOLS = Toolbox([ToolSpec(name="order_lookup", about="Look up.", arguments={"type": "object"}, changes=False)])
CALLS = (
    ToolCall(name="order_lookup", arguments={"order_number": "A1"}),
    ToolCall(name="order_lookup", arguments={"order_number": "A2"}),
    ToolCall(name="shell"),
)
STATUSES = ("shipped", "lost", "unclear")


class History(Talk):
    """A random conversation; ``said`` are its messages."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        online = self.random.random() < 0.7
        desk = SampleDesk({"how": (Hit(RETURNS, 0.9),)}, online=online, risks=RISKS, toolbox=TOOLS)
        burst = self.random.choice((0.0, 0.0, 1.5))
        super().__init__(desk, Limits(burst=burst, burst_messages=self.random.choice((2, 8)), take=20.0, silence=20.0))
        self.said: list[str] = []
        self.events = 0

    def play(self) -> None:
        acts = (self._message, self._message, self._message, self._answer, self._answer, self._person, self._timer)
        for _ in range(self.random.randrange(5, 60)):
            self.random.choice(acts)()
        self._drain()

    def _message(self) -> None:
        if self.said and self.random.random() < 0.1:
            self._tell(heard(int(self.random.choice(self.said)[1:]), "again"))
            return
        number, intent = len(self.said), self.random.choice(INTENTS)
        entities = named(order_number=f"A{number}") if self.random.random() < 0.3 else ()
        entities += named(reason="wrong_size") if self.random.random() < 0.3 else ()
        mood = Sentiment(score=self.random.choice((0.0, 0.0, 0.5, -0.8)))
        text = self.random.choice(TEXTS)
        self.said.append(f"m{number}")
        one = heard(number, text, intent=wants(intent), entities=entities, sentiment=mood)
        self._tell(msgspec.structs.replace(one, more=self.random.random() < 0.2))

    def _answer(self) -> None:
        """A result for what is awaited, or for something of long ago."""
        pending, old = self.state.pending, self.random.random() < 0.2
        if old and self.requests:
            self._tell(result(self.random.choice(self.requests).request_id))
        elif pending is not None and pending.awaits == "model":
            outcome = self.random.choice(("answered", "answered", "failed", "expired", "superseded"))
            said = {"text": "Sure."} if outcome == "answered" else {"text": ""}
            calls = self.random.choices(CALLS, k=self.random.choice((0, 0, 1, 3)))
            self._tell(result(pending.request_id, outcome=outcome, **said, tool_calls=tuple(calls)))
        elif pending is not None:
            value = {"status": self.random.choice(STATUSES), "return_number": "R1"}
            self._tell(tool_result(pending.request_id, pending.tool, outcome=self.random.choice(OUTCOMES), value=value))

    def _person(self) -> None:
        if self.random.random() < 0.5:
            self.events += self.random.random() < 0.8
            self._tell(by_person(self.events, self.random.choice(("taken", "replied", "noted", "returned")), "Words."))
        elif self.handover:
            self._tell(self.random.choice(self.handover))

    def _timer(self) -> None:
        soon = [what for what in self.wakes if what != "forget"]
        if soon:
            self.wait(self.random.choice(soon))
            self._check()

    def _tell(self, event: Any) -> None:
        """Sometimes twice: the second time must change nothing."""
        self.say(event, When(self.now, self.now - self.random.choice((0.01, 0.01, 3.0))))
        self._check()
        if self.random.random() < 0.2 and not isinstance(event, HandoverEvent):
            state, out = self.state, len(self.out)
            self.say(event)
            assert (self.state, len(self.out)) == (state, out)

    def _check(self) -> None:
        """The timers are those of the state, and nothing is awaited without one."""
        state = self.state
        held = {"answer": state.pending, "burst": state.gathered, "person": state.handed}
        for what, waits in held.items():
            assert (what in self.wakes) == (waits is not None), what
            if waits is not None:
                assert self.wakes[what] == waits.until
        assert self.wakes["forget"] == state.expires if state != Conversation() else not self.wakes
        assert not state.waiting or state.pending is not None
        answered = self._answered()
        assert len(answered) == len(set(answered)), "a message was answered twice"

    def _answered(self) -> list[str]:
        replies = [reply.in_reply_to_all or (reply.in_reply_to,) for reply in self.replies if reply.in_reply_to]
        assert all(reply.text for reply in self.replies)
        return [message for named_ in replies for message in named_]

    def _drain(self) -> None:
        """Let all timers run out, and all that a person left open be answered."""
        while soon := [what for what in self.wakes if what != "forget"]:
            self.wait(min(soon, key=lambda what: self.wakes[what]))
            self._check()
        assert sorted(self._answered()) == sorted(self.said)


@pytest.mark.parametrize("part", range(3))
def test_in_any_history_each_message_has_exactly_one_answer_in_the_end(part: int) -> None:
    for seed in range(part, HISTORIES, 3):
        history = History(seed)
        try:
            history.play()
        except Exception as problem:
            raise AssertionError(f"history {seed}: {problem!r}") from problem
        ids = [event.event_id for event in history.all(LogEvent)]
        assert len(ids) == len(set(ids)), f"history {seed}: a step is logged twice"
        assert len({reply.reply_id for reply in history.replies}) == len(history.replies)
        ours = [event for event in history.handover if event.kind != "said"]
        assert len({event.event_id for event in ours}) == len(ours), f"history {seed}: an id stands for two events"

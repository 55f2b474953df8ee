"""Dialogue agent: hears messages and models' results, remembers each conversation, answers each message once."""

import functools
from collections.abc import Sequence

import msgspec

from agents.dialogue import journal, personal, wording
from agents.dialogue.conversation import Conversation, Pending, Question, question
from agents.dialogue.decide import Answer, AskModel, Desk, decide, soothed, without_model
from agents.dialogue.prompt import PROMPT_VERSION, prompt
from agents.ports import When
from agents.understanding import Understander, Understanding
from agents.understanding.mask import mask
from agents.understanding.vault import key_of, mark_of
from schemas import ids, times
from schemas.inference import ModelRequest, ModelResult
from schemas.messages import InboundMessage, Reply
from schemas.topics import OUTBOUND, PRIORITY, REQUESTS, Send


class Heard(msgspec.Struct, frozen=True):
    """A message with what was understood of it."""

    message: InboundMessage
    understanding: Understanding

    @property
    def conversation_id(self) -> str:
        return self.message.conversation_id


class Dialogue:
    """The step of the dialogue agent over a desk. ``answer_within`` are the seconds that a model may take.

    ``secret`` keeps apart what it finds to mask without telling what it is.
    """

    def __init__(self, desk: Desk, understander: Understander, *, answer_within: float, secret: bytes = b"") -> None:
        self._desk, self._understander, self._answer_within = desk, understander, answer_within
        self._secret = secret

    def prepare(self, events: Sequence[InboundMessage | ModelResult]) -> list[Heard | ModelResult]:
        """Understand all messages of a batch at once; results pass through."""
        heard = [event for event in events if isinstance(event, InboundMessage)]
        understandings = iter(
            self._understander.understand([event.text for event in heard], [event.occurred_at for event in heard])
        )
        return [Heard(event, next(understandings)) if isinstance(event, InboundMessage) else event for event in events]

    def step(self, state: Conversation, event: Heard | ModelResult, when: When) -> tuple[Conversation, list[Send]]:
        """What a message or a result changes, and what is sent because of it."""
        if isinstance(event, ModelResult):
            return self._resulted(state, event, when)
        return self._heard(state, event, when)

    def _heard(self, state: Conversation, heard: Heard, when: When) -> tuple[Conversation, list[Send]]:
        message = heard.message
        if state.knows(message.message_id):
            return state, []
        state = state.hearing(message.message_id)
        found, mark = heard.understanding.personal_data, functools.partial(self._mark, message.conversation_id)
        masked, known = personal.adopted(message.text, found, message.personal, state.personal, mark)
        state = msgspec.structs.replace(state, personal=known)
        asked = question(message, heard.understanding, wording.cleaned(masked, self._desk), when.written)
        sends = [
            journal.received(message.conversation_id, asked),
            journal.understood(message.conversation_id, asked, when.now),
        ]
        if state.pending is not None and not state.full():
            return state.queueing(asked), sends
        state, more = self._answer(state, message.conversation_id, asked, when)
        return state, sends + more

    def _mark(self, conversation_id: str, type_: str, value: str) -> str:
        return mark_of(key_of(self._secret, "", conversation_id), type_, value)

    def _resulted(self, state: Conversation, result: ModelResult, when: When) -> tuple[Conversation, list[Send]]:
        if state.pending is None or state.pending.request_id != result.request_id:
            return state, []
        asked = state.pending.question
        state, sends = self._say(
            state.asking(None), result.conversation_id, asked, self._told(state, asked, result), when, result
        )
        while state.waiting and state.pending is None:
            following, *rest = state.waiting
            state = msgspec.structs.replace(state, waiting=tuple(rest))
            state, more = self._answer(state, result.conversation_id, following, when)
            sends += more
        return state, sends

    def _told(self, state: Conversation, asked: Question, result: ModelResult) -> Answer:
        """What the model names itself gets placeholders that nobody has said; what must not be said is not."""
        if result.outcome != "answered" or not result.text.strip():
            return without_model(asked, self._desk.search(asked), self._desk, f"model_{result.outcome}")
        text = mask(result.text.strip(), dict.fromkeys(state.personal, "")).text
        if wording.blocks(text, self._desk):
            return without_model(asked, self._desk.search(asked), self._desk, "model_sensitive")
        return Answer(wording.cleaned(text, self._desk), "model", "model")

    def _answer(
        self, state: Conversation, conversation_id: str, asked: Question, when: When
    ) -> tuple[Conversation, list[Send]]:
        choice = decide(asked, self._desk)
        if isinstance(choice, AskModel) and state.pending is None:
            return self._ask(state, conversation_id, asked, choice, when)
        if isinstance(choice, AskModel):
            choice = without_model(asked, choice.hits, self._desk, "too_many_waiting")
        state, sends = self._say(state, conversation_id, asked, choice, when)
        if choice.source == "handover":
            sends.append(wording.requested(conversation_id, asked, choice.why, when.now))
        return state, sends

    def _ask(
        self, state: Conversation, conversation_id: str, asked: Question, choice: AskModel, when: When
    ) -> tuple[Conversation, list[Send]]:
        request = ModelRequest(
            request_id=ids.derived("ask", conversation_id, asked.message_id),
            reply_id=_reply_id(conversation_id, asked),
            message_id=asked.message_id,
            conversation_id=conversation_id,
            tenant=asked.tenant,
            channel=asked.channel,
            prompt_version=PROMPT_VERSION,
            messages=prompt(asked, state.turns, choice.hits),
            deadline=times.rfc3339(when.now + self._answer_within),
            occurred_at=times.rfc3339(when.now),
        )
        lane = PRIORITY if asked.sentiment.score < self._desk.thresholds.upset else REQUESTS
        logged = journal.decided(conversation_id, asked, when.now, source="model", why=choice.why)
        return state.asking(Pending(request.request_id, asked)), [logged, Send(lane, request)]

    def _say(
        self,
        state: Conversation,
        conversation_id: str,
        asked: Question,
        answer: Answer,
        when: When,
        result: ModelResult | None = None,
    ) -> tuple[Conversation, list[Send]]:
        text = soothed(asked, answer.text, self._desk)
        reply = Reply(
            reply_id=_reply_id(conversation_id, asked),
            in_reply_to=asked.message_id,
            conversation_id=conversation_id,
            tenant=asked.tenant,
            channel=asked.channel,
            user_id=asked.user_id,
            text=text,
            personal=personal.said(text, state.personal),
            source=answer.source,
            language=asked.language,
            intent=asked.intent,
            entities=asked.entities,
            sentiment=asked.sentiment,
            citations=answer.citations,
            model=result.model if result is not None and answer.source == "model" else "",
            prompt_version=PROMPT_VERSION if answer.source == "model" else "",
            knowledge_version=self._desk.knowledge_version,
            latency_ms=round((when.now - asked.written) * 1000, 3),
            occurred_at=times.rfc3339(when.now),
        )
        sends = (
            []
            if result is not None and answer.source == "model"
            else [journal.decided(conversation_id, asked, when.now, source=answer.source, why=answer.why)]
        )
        sends += [Send(OUTBOUND, reply), journal.replied(asked, reply, when.now)]
        return state.answered(asked, reply.text, answer.source, when.now), sends


def _reply_id(conversation_id: str, asked: Question) -> str:
    return ids.derived("reply", conversation_id, asked.message_id)

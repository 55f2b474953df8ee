"""Decides how a question is answered: by a script, by knowledge, from the cache, by a model, or honestly not at all."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from agents.cache.entry import Recalled, Remembered
from agents.dialogue import wording
from agents.dialogue.conversation import Answer, Conversation, Kept, Question
from agents.knowledge import CONFIDENT, RELATED, Hit
from agents.rules.risk import Risk
from agents.tasks.move import Move, Progress
from agents.tools.offered import Wanted
from agents.understanding.sensitive import SensitiveWords
from schemas.inference import ToolCall
from schemas.messages import Citation, JsonValue, Source
from schemas.tools import ToolResult

SURE = CONFIDENT
"""Knowledge score from which the best article answers by itself."""
LIKELY = RELATED
"""The same for an article about the recognised intent, and where no model can be asked."""
UPSET = -0.5
"""Sentiment below which a soothing script comes first (and the model is asked on the priority lane)."""
SCRIPTED = 0.5
"""Confidence in an intent from which its script answers."""


class Thresholds(msgspec.Struct, frozen=True):
    """The figures above as one value, so that a tenant can have its own."""

    sure: float = SURE
    likely: float = LIKELY
    upset: float = UPSET
    scripted: float = SCRIPTED


class Tasks(Protocol):
    """The tasks that can be worked on over several turns."""

    def begins(self, question: Question) -> str | None:
        """The task that the message asks for."""

    def turn(self, progress: Progress, question: Question, facts: Mapping[str, str]) -> Move | None:
        """What the task makes of a message; None where the message is not for it. A bare name is a task that begins."""

    def told(self, progress: Progress, result: ToolResult, question: Question) -> Move:
        """What the task makes of a tool's result."""

    def again(self, progress: Progress, language: str, seed: str) -> str:
        """The question that is open, in words."""


class Desk(Protocol):
    """What a decision may look at: the catalogue, the knowledge and whether models can be asked, as they are now."""

    thresholds: Thresholds

    @property
    def tasks(self) -> Tasks: ...

    def script(self, name: str, language: str, seed: str) -> str | None:
        """A variant of a script, the same for the same seed; None where there is no such script."""

    def soothing(self, question: Question, last: str) -> tuple[str, str] | None:
        """What soothes this person, and its name; never the one with the name ``last`` where there is another."""

    def label(self, intent: str, language: str) -> str | None:
        """What customers call an intent; None where it is none to choose."""

    def persona(self, tenant: str, language: str) -> str:
        """Who answers, for the prompt; empty where the tenant has not said it."""

    def search(self, question: Question) -> tuple[Hit, ...]: ...

    def recall(self, question: Question) -> Recalled | None:
        """What the answer cache has for a question, where that needs nothing of its conversation."""

    def remember(self, question: Question, answer: Remembered) -> bytes:
        """Offer a model's answer to the cache: its key there, or nothing. The same twice changes nothing."""

    def risk(self, question: Question) -> Risk | None:
        """What the tenant's rules find in a message."""

    def offered(self, tenant: str) -> tuple[dict[str, JsonValue], ...]:
        """The tools that a model may ask for, in the form of Ollama's ``tools``: granted ones that only read."""

    def wanted(self, calls: Sequence[ToolCall], tenant: str) -> tuple[Wanted, ...]:
        """What a model asks for, each call with what speaks against it."""

    @property
    def words(self) -> SensitiveWords: ...

    @property
    def knowledge_version(self) -> str: ...

    @property
    def models_online(self) -> bool: ...

    @property
    def sees(self) -> bool:
        """Whether a model is there for images."""


class AskModel(msgspec.Struct, frozen=True):
    """The model is to answer, with what was found."""

    hits: tuple[Hit, ...]
    why: str = "model"


def searches(question: Question, desk: Desk) -> bool:
    """Whether knowledge may be asked for the answer: no script has it by itself, and no task begins."""
    if not question.text.strip() or desk.tasks.begins(question) is not None:
        return False
    return (_forbidden(question, desk) or _own_script(question, desk)) is None


def decide(question: Question, desk: Desk, state: Conversation | None = None) -> Answer | AskModel:
    """The first rule that applies decides. Without the state of its conversation the cache is not asked."""
    sees = bool(question.images) and desk.sees and desk.models_online
    if not question.text.strip() and not sees:
        return scripted(question, desk, "attachment", "fallback", "attachment_only")
    own = _forbidden(question, desk) or _own_script(question, desk)
    if own is not None:
        return own
    hits = desk.search(question)
    known = by_knowledge(question, hits, desk.thresholds, sure=True) if not sees else None
    if known is not None:
        return known
    recalled = desk.recall(question) if state is not None and not state.tasks else None
    if recalled is not None:
        why, kept = f"cache:{recalled.level}", (Kept(recalled.key, recalled.model),)
        return Answer(recalled.text, "cache", why, recalled.citations, recalled.model, kept=kept)
    return AskModel(hits) if desk.models_online else without_model(question, hits, desk, "offline")


def without_model(question: Question, hits: tuple[Hit, ...], desk: Desk, why: str) -> Answer:
    """The best that can be said when no model answers: likely knowledge, else that we do not know."""
    known = by_knowledge(question, hits, desk.thresholds, sure=False)
    name = "offline" if why == "offline" else "fallback"
    return known or scripted(question, desk, name, "fallback", why)


def _forbidden(question: Question, desk: Desk) -> Answer | None:
    """A script says no where a sensitive word blocks."""
    touched = wording.gravest(question.text, desk)
    if touched is None or touched.action != "block":
        return None
    return scripted(question, desk, "unknown", "fallback", wording.why(touched))


def by_knowledge(question: Question, hits: tuple[Hit, ...], limits: Thresholds, *, sure: bool) -> Answer | None:
    """The first likely article about the recognised intent, else the best one where it fits well enough."""
    for hit in hits:
        if question.intent.name in hit.article.intents and hit.score >= limits.likely:
            return _cited(hit, "knowledge:intent")
    if hits and hits[0].score >= (limits.sure if sure else limits.likely):
        return _cited(hits[0], "knowledge")
    return None


def citation(hit: Hit) -> Citation:
    """The article of a hit, as a reply names it."""
    return Citation(article_id=hit.article.article_id, title=hit.article.title, score=round(hit.score, 4))


def scripted(question: Question, desk: Desk, name: str, source: Source, why: str) -> Answer:
    """A script's answer; the fallback's where there is no script of that name."""
    text = desk.script(name, question.language, question.message_id)
    return Answer(text or desk.script("fallback", question.language, question.message_id) or "…", source, why)


def _own_script(question: Question, desk: Desk) -> Answer | None:
    name = question.intent.name
    if name == "unknown" or question.intent.confidence < desk.thresholds.scripted:
        return None
    text = desk.script(name, question.language, question.message_id)
    return Answer(text, "script", f"script:{name}") if text is not None else None


def _cited(hit: Hit, why: str) -> Answer:
    return Answer(hit.article.text, "knowledge", why, (citation(hit),))

"""Decides how a question is answered: by a script, by knowledge, by a model, or honestly not at all."""

from typing import Protocol

import msgspec

from agents.dialogue import wording
from agents.dialogue.conversation import Question
from agents.knowledge import CONFIDENT, RELATED, Hit
from agents.understanding.sensitive import SensitiveWords
from schemas.messages import Citation, Source

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


class Desk(Protocol):
    """What a decision may look at: the catalogue, the knowledge and whether models can be asked, as they are now."""

    thresholds: Thresholds

    def script(self, name: str, language: str, seed: str) -> str | None:
        """A variant of a script, the same for the same seed; None where there is no such script."""

    def search(self, question: Question) -> tuple[Hit, ...]: ...

    @property
    def words(self) -> SensitiveWords: ...

    @property
    def knowledge_version(self) -> str: ...

    @property
    def models_online(self) -> bool: ...


class Answer(msgspec.Struct, frozen=True):
    """A decided answer. ``why`` is for the log: one word for the rule that decided."""

    text: str
    source: Source
    why: str
    citations: tuple[Citation, ...] = ()


class AskModel(msgspec.Struct, frozen=True):
    """The model is to answer, with what was found."""

    hits: tuple[Hit, ...]
    why: str = "model"


def decide(question: Question, desk: Desk) -> Answer | AskModel:
    """The first rule that applies decides."""
    if not question.text.strip():
        return _scripted(question, desk, "attachment", "fallback", "attachment_only")
    own = _by_words(question, desk) or _own_script(question, desk)
    if own is not None:
        return own
    hits = desk.search(question)
    known = by_knowledge(question, hits, desk.thresholds, sure=True)
    if known is not None:
        return known
    if desk.models_online:
        return AskModel(hits)
    return without_model(question, hits, desk, "offline")


def without_model(question: Question, hits: tuple[Hit, ...], desk: Desk, why: str) -> Answer:
    """The best that can be said when no model answers: likely knowledge, else that we do not know."""
    known = by_knowledge(question, hits, desk.thresholds, sure=False)
    name = "offline" if why == "offline" else "fallback"
    return known or _scripted(question, desk, name, "fallback", why)


def _by_words(question: Question, desk: Desk) -> Answer | None:
    """A person takes over, or a script says no, where sensitive words ask for it."""
    touched = wording.gravest(question.text, desk)
    if touched is None:
        return None
    if touched.action == "hand_over":
        return _scripted(question, desk, "handover", "handover", wording.why(touched))
    return _scripted(question, desk, "unknown", "fallback", wording.why(touched))


def _own_script(question: Question, desk: Desk) -> Answer | None:
    name = question.intent.name
    if name == "unknown" or question.intent.confidence < desk.thresholds.scripted:
        return None
    text = desk.script(name, question.language, question.message_id)
    return Answer(text, "script", f"script:{name}") if text is not None else None


def by_knowledge(question: Question, hits: tuple[Hit, ...], limits: Thresholds, *, sure: bool) -> Answer | None:
    """The first likely article about the recognised intent, else the best one where it fits well enough."""
    for hit in hits:
        if question.intent.name in hit.article.intents and hit.score >= limits.likely:
            return _cited(hit, "knowledge:intent")
    if hits and hits[0].score >= (limits.sure if sure else limits.likely):
        return _cited(hits[0], "knowledge")
    return None


def _cited(hit: Hit, why: str) -> Answer:
    cited = Citation(article_id=hit.article.article_id, title=hit.article.title, score=round(hit.score, 4))
    return Answer(hit.article.text, "knowledge", why, (cited,))


def soothed(question: Question, text: str, desk: Desk) -> str:
    """The answer, with a soothing script before it where the person is upset."""
    if question.sentiment.score >= desk.thresholds.upset:
        return text
    opening = desk.script("soothe", question.language, question.message_id)
    return f"{opening}\n{text}" if opening else text


def _scripted(question: Question, desk: Desk, name: str, source: Source, why: str) -> Answer:
    text = desk.script(name, question.language, question.message_id)
    return Answer(text or desk.script("fallback", question.language, question.message_id) or "…", source, why)

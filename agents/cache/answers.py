"""The answer cache over its levels: a model's answer is given again while what it rests on is what it was."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from agents.cache.alike import exact, likeness
from agents.cache.entry import Dropped, Entry, Recalled, Remembered, key
from agents.cache.signature import signature
from agents.cache.standalone import UPSET, refusal, unkept
from agents.dialogue.conversation import Question

SURE = 0.6
"""Confidence from which another intent means another question, whatever the words say."""

Count = Callable[[str, str], None]
"""Counts an outcome of a level: hit (same words), near (same meaning), miss, stale, refused, kept."""

_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Entry).decode


class Level(Protocol):
    """A place for entries, fast enough to be asked within a step; what it cannot keep or find is a miss."""

    name: str

    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, value: bytes) -> None: ...
    def drop(self, key: bytes) -> None: ...


class Far(Protocol):
    """A place beyond the network: asked for a whole batch at once, told without waiting."""

    name: str

    def fetch(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]: ...
    def put(self, key: bytes, value: bytes) -> None: ...
    def drop(self, key: bytes) -> None: ...


class Material(Protocol):
    """What answers rest on, as it is now."""

    @property
    def knowledge_version(self) -> str: ...
    def shown(self, question: Question) -> tuple[tuple[str, str], ...]:
        """Articles that a model would be shown, each with its fingerprint."""

    def best(self, question: Question) -> str | None:
        """The article that is about the question, if there is one."""

    def fingerprint(self, article_id: str, at: float) -> str | None:
        """None where there is no such article at the time; empty for one whose content passes with the moment."""


class Terms(NamedTuple):
    """``edition`` changes with the prompt, ``served`` intents are never cached, ``keep_s`` seconds an answer lives."""

    edition: str
    served: Collection[str] = ()
    keep_s: float = 7 * 86_400.0


class _Place(NamedTuple):
    key: bytes
    exact: str


class AnswerCache:
    """Not thread-safe: one event loop, one cache. Time is that of the questions."""

    def __init__(
        self, material: Material, near: Sequence[Level], far: Far | None, terms: Terms, count: Count = lambda *_: None
    ) -> None:
        self._material, self._near, self._far, self._terms, self._count = material, near, far, terms, count
        self._arrived: dict[bytes, bytes] = {}
        self._begun = ""
        self._dropped: dict[str, Dropped] = {}
        self._unkept: dict[bytes, Dropped] = {}

    def expect(self, questions: Sequence[Question]) -> None:
        """Ask the far level at once for all that the near ones lack."""
        if self._far is None:
            return
        places = {place.key for question in questions if (place := self._place(question)) is not None}
        missing = [key for key in places if not any(level.get(key) for level in self._near)]
        self._arrived = dict(self._far.fetch(missing)) if missing else {}

    def recall(self, question: Question) -> Recalled | None:
        """The answer to a question that asks the same, or nothing."""
        place = self._place(question)
        if place is None:
            self._count("process", "refused")
            return None
        for missed, level in enumerate(self._near):
            value = level.get(place.key)
            if value is not None:
                return self._found(question, place, value, level.name, self._near[:missed])
            self._count(level.name, "miss")
        arrived = self._arrived.get(place.key)
        return self._found(question, place, arrived, self._far_name, self._near) if arrived is not None else None

    def remember(self, question: Question, answer: Remembered) -> bytes:
        """Keep a model's answer where anybody may get it, and its key; empty where it is not kept.

        The same again changes nothing.
        """
        place = self._place(question)
        is_current = answer.knowledge_version == self._material.knowledge_version
        if place is None or not answer.model or not is_current or question.sentiment.score < UPSET:
            return b""
        basis = self._material.shown(question)
        if unkept(answer.text) or not all(fingerprint for _, fingerprint in basis) or self._wrong(place, answer):
            return b""
        entry = Entry(
            question=place.exact,
            text=answer.text,
            citations=answer.citations,
            language=question.language,
            intent=_sure_intent(question),
            model=answer.model,
            basis=basis,
            at=question.written,
        )
        self._put(place.key, _encode(entry))
        return place.key

    def dropped(self, slot: str, one: Dropped | None) -> None:
        """Somebody called an answer wrong: no level has it any more. None takes that back for the future."""
        before = self._dropped.pop(slot, None)
        if before is not None:
            self._unkept.pop(bytes.fromhex(before.key), None)
        if one is not None:
            self._dropped[slot] = self._unkept[bytes.fromhex(one.key)] = one
            self._drop(bytes.fromhex(one.key))

    def _wrong(self, place: _Place, answer: Remembered) -> bool:
        """Whether the same model was called wrong about this, with this knowledge."""
        known = self._unkept.get(place.key)
        return known is not None and (known.model, known.knowledge) == (answer.model, answer.knowledge_version)

    def begin_anew(self, name: str) -> None:
        """From now on only answers count that were kept under this name."""
        self._begun = name

    def _place(self, question: Question) -> _Place | None:
        signed = signature(question.text, question.language)
        if signed is None or refusal(question, signed, self._terms.served):
            return None
        scope = (question.tenant, question.language, self._terms.edition, self._begun)
        return _Place(key(*scope, signed.text), exact(question.text))

    def _found(
        self, question: Question, place: _Place, value: bytes, name: str, above: Sequence[Level]
    ) -> Recalled | None:
        entry = _read(value)
        if entry is not None and "" != entry.intent != _sure_intent(question) != "":
            self._count(name, "miss")
            return None
        if entry is None or not self._holds(entry, question):
            self._count(name, "stale")
            self._drop(place.key)
            return None
        for level in above:
            level.put(place.key, value)
        same_words = entry.question == place.exact
        self._count(name, "hit" if same_words else "near")
        similarity = 1.0 if same_words else likeness(entry.question, place.exact)
        return Recalled(entry.text, entry.citations, entry.language, entry.model, similarity, name, place.key)

    def _holds(self, entry: Entry, question: Question) -> bool:
        """Whether a model would be shown today what it was shown then: all of that is unchanged, nothing beats it."""
        now = question.written
        if now - entry.at > self._terms.keep_s:
            return False
        if any(self._material.fingerprint(article, now) != was for article, was in entry.basis):
            return False
        if any(self._material.fingerprint(citation.article_id, now) is None for citation in entry.citations):
            return False
        best = self._material.best(question)
        return best is None or any(article == best for article, _ in entry.basis)

    def _put(self, key: bytes, value: bytes) -> None:
        for level in self._near:
            level.put(key, value)
            self._count(level.name, "kept")
        if self._far is not None:
            self._far.put(key, value)
            self._count(self._far.name, "kept")

    def _drop(self, key: bytes) -> None:
        self._arrived.pop(key, None)
        for level in (*self._near, *((self._far,) if self._far is not None else ())):
            level.drop(key)

    @property
    def _far_name(self) -> str:
        return self._far.name if self._far is not None else ""


def _sure_intent(question: Question) -> str:
    """The intent, where it is sure: one that wavers with the wording tells two questions apart no better."""
    return question.intent.name if question.intent.confidence >= SURE else ""


def _read(value: bytes) -> Entry | None:
    try:
        return _decode(value)
    except msgspec.DecodeError:
        return None

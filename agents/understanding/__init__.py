"""Understanding: what one message says, in which language and mood, with its personal data masked."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from agents.catalog import Catalog
from agents.understanding import entities, language, sentiment, sentiment_zh
from agents.understanding.concepts import packaged
from agents.understanding.entity import hidden
from agents.understanding.intent import Example, train
from agents.understanding.intent_close import close
from agents.understanding.intent_model import FORMAT, IntentModel
from agents.understanding.language import Script, Spoken
from agents.understanding.mask import Masked, PersonalData, mask_all
from agents.understanding.personal.placeholders import unmasked
from agents.understanding.personal.readable import PLACEHOLDER
from agents.understanding.personal.spans import WALL
from agents.understanding.remembered import Remembered
from agents.understanding.rules import Rule, Rules
from agents.understanding.sentiment_reason import Reason
from agents.understanding.sentiment_urgency import Urgency, urgency
from agents.understanding.width import blanked
from schemas.ids import content_hash
from schemas.messages import Entity, Event, Intent, Sentiment


class Understanding(Event, frozen=True, kw_only=True):
    """What was understood of a text.

    ``intents`` are best first and ``intent`` is the first of them, ``unknown`` where none is likely enough.
    Offsets of entities and personal data count characters of the original text; ``masked`` is that text with
    placeholders. Entities never lie in personal data, but an address, whose value is its placeholder. ``reasons`` are
    the words that gave a bad mood, the strongest first; a score that decides nothing has none. ``did_you_mean`` are two
    or three intents to ask back about, likelier first; empty where what is wanted is clear.
    """

    language: Spoken
    intents: tuple[Intent, ...]
    intent: Intent
    entities: tuple[Entity, ...]
    sentiment: Sentiment
    masked: str
    personal_data: tuple[PersonalData, ...]
    script: Script = "none"
    urgency: Urgency = "normal"
    reasons: tuple[Reason, ...] = ()
    did_you_mean: tuple[str, ...] = ()


class _Reading(NamedTuple):
    """What follows from a text alone, its personal data blanked: whoever says it, and whenever.

    Where its entities depend on the time they are still to be found, in what is ``timed``.
    """

    understanding: Understanding
    timed: entities.Seen | None


class Understander:
    """Reads texts with an intent model and a lexicon of Chinese moods (the packaged one if none is given)."""

    def __init__(self, model: IntentModel, lexicon: sentiment_zh.Lexicon | None = None) -> None:
        self._model, self._lexicon = model, lexicon or sentiment_zh.packaged()
        self._readings = Remembered(self._read)

    def understand(self, texts: Sequence[str], written: Sequence[str | float | None] = ()) -> list[Understanding]:
        """One understanding per text, in order; any text will do, none raises.

        ``written`` are the times of the texts (RFC 3339, or seconds since the epoch), against which "yesterday" is
        understood; without them only dates that name their year are found.
        """
        masks = self._masked(texts)
        plain = [_plain(text, masked) for text, masked in zip(texts, masks, strict=True)]
        moments = written or [None] * len(texts)
        at_their_time = map(_at, self._readings.of(plain), moments)
        return [_of(*parts) for parts in zip(at_their_time, texts, plain, masks, strict=True)]

    def _masked(self, texts: Sequence[str]) -> list[Masked]:
        """A text that was read before as it stands has no personal data: what is read has walls in its place."""
        new = [text for text in texts if text not in self._readings or WALL in text]
        masks = dict(zip(new, mask_all(new), strict=True))
        return [masks.get(text) or unmasked(text) for text in texts]

    def _read(self, texts: Sequence[str]) -> list[_Reading]:
        intents, scores = self._model.scored(texts)
        near = close(self._model.intents, intents, scores)
        return [self._reading(*parts) for parts in zip(texts, intents, near, strict=True)]

    def _reading(self, text: str, intents: tuple[Intent, ...], near: tuple[str, ...]) -> _Reading:
        spoken, seen = language.recognise(text), entities.look(text)
        desk = language.answered_in(spoken.language)
        mood = sentiment.score(text, desk, self._lexicon)
        understanding = Understanding(
            language=spoken.language,
            script=spoken.script,
            intents=intents,
            intent=intents[0],
            entities=() if seen.timed else entities.named(seen),
            sentiment=mood,
            masked=text,
            personal_data=(),
            urgency=urgency(text, desk, mood),
            reasons=sentiment.explain(text, desk, self._lexicon) if mood.score < sentiment.DECIDING else (),
            did_you_mean=near,
        )
        return _Reading(understanding, seen if seen.timed else None)


def _at(reading: _Reading, moment: str | float | None) -> Understanding:
    if reading.timed is None:
        return reading.understanding
    return msgspec.structs.replace(reading.understanding, entities=entities.named(reading.timed, moment))


def _of(understood: Understanding, text: str, plain: str, masked: Masked) -> Understanding:
    """What was understood of the plain text, with the personal data of the text itself."""
    if plain == text and not masked.found:
        return understood
    named = (*hidden.addresses(text, masked), *understood.entities)
    return msgspec.structs.replace(
        understood,
        entities=tuple(sorted(named, key=lambda entity: entity.start)),
        masked=masked.text,
        personal_data=masked.found,
    )


def understander(catalog: Catalog) -> Understander:
    """An understander trained on a catalogue's examples and rules: about two seconds of one core."""
    return Understander(trained(catalog))


def trained(catalog: Catalog) -> IntentModel:
    """The intent model of a catalogue. Raises Misconfigured where one of its patterns cannot be read."""
    examples = [Example(text, intent) for text, intent in catalog.examples]
    return train(examples, outside=catalog.outside.all, rules=Rules(_rules(catalog)))


def identity(catalog: Catalog) -> str:
    """A name for all that ``trained`` depends on: the same name, the same model."""
    depends = (FORMAT, catalog.examples, catalog.outside.all, _rules(catalog), packaged())
    return content_hash(msgspec.json.encode(depends).decode())


def _rules(catalog: Catalog) -> list[Rule]:
    return [
        Rule(intent.name, intent.patterns, intent.keywords)
        for intent in catalog.intents
        if intent.patterns or intent.keywords
    ]


def _plain(text: str, masked: Masked) -> str:
    """The text with NUL for each character of personal data: the values in it say nothing about what is wanted."""
    if not masked.found and "[" not in text:
        return text
    sent = (match.span() for match in PLACEHOLDER.finditer(text)) if "[" in text else ()
    return blanked(text, sorted(chain(((found.start, found.end) for found in masked.found), sent)))

"""Understanding: what one message says, in which language and mood, with its personal data masked."""

from collections.abc import Sequence

from agents.catalog import Catalog
from agents.understanding import entities, language, sentiment, sentiment_zh
from agents.understanding.intent import Example, train
from agents.understanding.intent_model import IntentModel
from agents.understanding.language import Script, Spoken
from agents.understanding.mask import Masked, PersonalData, mask
from agents.understanding.personal.readable import PLACEHOLDER
from agents.understanding.sentiment_reason import Reason
from agents.understanding.sentiment_urgency import Urgency, urgency
from agents.understanding.width import blanked
from schemas.messages import Entity, Event, Intent, Sentiment


class Understanding(Event, frozen=True, kw_only=True):
    """What was understood of a text.

    ``intents`` are best first and ``intent`` is the first of them, ``unknown`` where none is likely enough.
    Offsets of entities and personal data count characters of the original text; ``masked`` is that text with
    placeholders. Entities never lie in personal data. ``reasons`` are the words that gave a bad mood, the strongest
    first; a score that decides nothing has none.
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


class Understander:
    """Reads texts with an intent model and a lexicon of Chinese moods (the packaged one if none is given)."""

    def __init__(self, model: IntentModel, lexicon: sentiment_zh.Lexicon | None = None) -> None:
        self._model, self._lexicon = model, lexicon or sentiment_zh.packaged()

    def understand(self, texts: Sequence[str], written: Sequence[str | float | None] = ()) -> list[Understanding]:
        """One understanding per text, in order; any text will do, none raises.

        ``written`` are the times of the texts (RFC 3339, or seconds since the epoch), against which "yesterday" is
        understood; without them only dates that name their year are found.
        """
        masks = [mask(text) for text in texts]
        plain = [_plain(text, masked) for text, masked in zip(texts, masks, strict=True)]
        intents = self._model.classify(plain)
        moments = written or [None] * len(texts)
        return [self._understood(*parts) for parts in zip(plain, masks, intents, moments, strict=True)]

    def _understood(
        self, plain: str, masked: Masked, intents: tuple[Intent, ...], written: str | float | None
    ) -> Understanding:
        spoken = language.recognise(plain)
        desk = language.answered_in(spoken.language)
        mood = sentiment.score(plain, desk, self._lexicon)
        return Understanding(
            language=spoken.language,
            script=spoken.script,
            intents=intents,
            intent=intents[0],
            entities=entities.find(plain, desk, written),
            sentiment=mood,
            masked=masked.text,
            personal_data=masked.found,
            urgency=urgency(plain, desk, mood),
            reasons=sentiment.explain(plain, desk, self._lexicon) if mood.score < sentiment.DECIDING else (),
        )


def understander(catalog: Catalog) -> Understander:
    """An understander trained on a catalogue's examples: about a second of one core."""
    examples = [Example(text, intent) for text, intent in catalog.examples]
    return Understander(train(examples, outside=catalog.outside.all))


def _plain(text: str, masked: Masked) -> str:
    """The text with NUL for each character of personal data and of placeholders that stand in it already.

    The values say nothing about what is wanted, and ``[PHONE_1]`` is no product.
    """
    plain = blanked(text, ((found.start, found.end) for found in masked.found))
    return blanked(plain, (place.span() for place in PLACEHOLDER.finditer(plain))) if "[" in plain else plain

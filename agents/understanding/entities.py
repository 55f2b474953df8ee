"""Values named in a message: codes, products, quantities, amounts, dates, colours, sizes, addresses, reasons."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from agents.understanding.entity import (
    addresses,
    amounts,
    clock,
    codes,
    day_numbers,
    day_words,
    moments,
    quantities,
    reasons,
    sizes,
    things,
)  # fmt: skip
from agents.understanding.entity import vocabulary as kind
from agents.understanding.entity.found import Candidate, Found, settled
from agents.understanding.entity.vocabulary import Sight, Vocabulary, Word
from agents.understanding.language import Language
from agents.understanding.width import plain
from schemas import times
from schemas.errors import Misconfigured
from schemas.messages import Entity

ZONE = "Asia/Shanghai"
"""Where customers live who say no other zone: their days begin there."""

_DIGIT = re.compile("[0-9]")


class Sources(NamedTuple):
    """What the words of entities are made from: the catalogue's products and the lexicons, as YAML says them."""

    products: Mapping[str, Any]
    colours: Mapping[str, Any]
    reasons: Mapping[str, Sequence[str]]
    holidays: Mapping[str, Any]
    places: Mapping[str, Sequence[str]]


class Seen(NamedTuple):
    """A text, as the recognisers see it; ``timed``: what is found in it may depend on the time."""

    text: str
    sight: Sight
    timed: bool


class Reader:
    """Finds entities with one shop's products, in one time zone. Its time is linear in the length of a text."""

    def __init__(self, sources: Sources, zone: str = ZONE) -> None:
        """Raises Misconfigured where ``zone`` is no time zone of the IANA database."""
        self._vocabulary = Vocabulary(_words(sources))
        self._reasons = reasons.Reasons(reasons.halves(sources.reasons))
        self._tints: dict[str, str] = dict(sources.colours["tints"])
        self._zone = _zone(zone)

    def read(self, text: str, now: str | float | None = None) -> tuple[Found, ...]:
        """The entities of ``text`` in order, without overlaps; offsets count its characters.

        ``now``, the message's time (RFC 3339, or seconds since the epoch), is what relative days are resolved
        against; without it only dates that name their year are found. A time that cannot be read counts as none.
        Where two findings overlap, the one that its own form gives away stays, then the longer, then the more specific.
        """
        return self.found(self.look(text), now)

    def look(self, text: str) -> Seen:
        """The part of reading that follows from the text alone."""
        folded = plain(text).replace("’", "'")
        kinds, hits = self._vocabulary.see(folded)
        if _DIGIT.search(folded):
            kinds |= kind.DIGIT
        sight = Sight(folded, kinds, hits, None)
        return Seen(text, sight, bool(kinds & _TIMED) and moments.may_be(sight))

    def found(self, seen: Seen, now: str | float | None = None) -> tuple[Found, ...]:
        """The entities of a text that was looked at, as ``read`` says."""
        sight = seen.sight
        if not sight.kinds:
            return ()
        candidates = self._candidates(sight)
        if seen.timed:
            candidates += moments.moments(sight._replace(now=None if now is None else self._local(now)))
        return settled(candidates, seen.text)

    def _candidates(self, sight: Sight) -> list[Candidate]:
        """What is found but for moments."""
        kinds, found = sight.kinds, list[Candidate]()
        for needed, recognise in _RECOGNISERS:
            if kinds & needed:
                found += recognise(sight)
        if kinds & (kind.REASON | kind.HALF_REASON):
            found += self._reasons(sight)
        if kinds & (kind.PRODUCT | kind.COLOUR | kind.BOUGHT):
            found += things.things(sight, self._tints)
        return found

    def _local(self, now: str | float) -> datetime | None:
        return _moment(now, self._zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise Misconfigured(f"{name!r} is no time zone; write one such as Asia/Shanghai or Europe/London") from None


def _moment(now: str | float, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromtimestamp(times.seconds(now) if isinstance(now, str) else now, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 1900 < moment.year < 9000 else None


_TIMED = kind.DAY | kind.MONTH | kind.CLOCK | kind.WHEN | kind.UNIT | kind.DIGIT
_RECOGNISERS = (
    (kind.DIGIT, codes.codes),
    (kind.MONEY | kind.PAID | kind.DIGIT, amounts.amounts),
    (kind.COUNT | kind.TIMES | kind.GOT | kind.THING | kind.PRODUCT, quantities.quantities),
    (kind.SIZE | kind.SIZE_WORD, sizes.sizes),
    (kind.STREET, addresses.addresses),
)


def _words(sources: Sources) -> list[Word]:
    colours, products = sources.colours, sources.products
    found = [
        word
        for module in (codes, amounts, quantities, day_numbers, clock, sizes, things, addresses)
        for word in module.CUES
    ]
    found += (
        Word(plain(str(name)), kind.COLOUR, colour) for colour, names in colours["names"].items() for name in names
    )
    found += (Word(plain(str(name)), kind.NO_COLOUR, "-") for name in colours["not"])
    found += (Word(name, kind.PRODUCT, value) for value, name in _products(products["products"]))
    found += (Word(plain(str(name)), kind.NO_PRODUCT, "-") for name in products["not"])
    found += reasons.words(sources.reasons)
    found += day_words.words(sources.holidays)
    found += addresses.words(sources.places["zh"])
    return found


def _products(listed: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Each name of each product, with its id; English names in the singular and the plural."""
    found = []
    for product in listed:
        value = product["id"] + ("+" if product.get("models") else "")
        english = [plain(str(name)) for name in product.get("en", ())]
        plurals = (name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s") for name in english)
        found += [(value, name) for name in (*map(plain, product.get("zh", ())), *english, *plurals)]
    return found


def sources() -> Sources:
    """The lexicons and the products of the sample shop that come with kefu."""
    catalog = files("agents").joinpath("catalog")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    lexicons = (f"lexicons/{name}.yaml" for name in ("colours", "reasons", "holidays", "places"))
    texts = (catalog.joinpath(name).read_text("utf-8") for name in ("ecommerce/products.yaml", *lexicons))
    read = (yaml.load(text, loader) for text in texts)  # noqa: S506
    return Sources(*read)


@cache
def packaged() -> Reader:
    """The reader that comes with kefu, for customers in ``ZONE``."""
    return Reader(sources())


def find(text: str, language: Language, now: str | float | None = None) -> tuple[Entity, ...]:
    """The entities of ``text``, normalised, in order, without overlaps, as ``Reader.read`` says.

    ``language`` does not matter, because customers mix words and units of both.
    """
    return named(look(text), now)


def look(text: str) -> Seen:
    """What the packaged reader sees in a text, whatever the time."""
    return packaged().look(text)


def named(seen: Seen, now: str | float | None = None) -> tuple[Entity, ...]:
    """The entities of a text that was looked at, as ``find`` says."""
    return tuple(
        Entity(type=found.type, value=found.value, start=found.start, end=found.end)
        for found in packaged().found(seen, now)
    )

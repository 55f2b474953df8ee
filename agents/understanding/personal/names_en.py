"""Names in English text that a cue gives away: my name is …, this is … speaking, recipient: …, Mr …"""

import re
from collections.abc import Iterator, Sequence

from agents.understanding.personal.readable import has_any
from agents.understanding.personal.spans import (
    Hit,
    PersonalData,
    Recogniser,
    first_come,
    in_texts_with,
    kinds,
    standing,
)

_INTRODUCED = re.compile(
    r"(?<![a-z])(?:(?:my|her|his|the|whose)\s(?:(?:full|first|last|legal|real|new|husband's|wife's|"
    r"friend's)\s)?name(?:'s|’s|\s(?:is|was)(?:\snow)?)|name's|(?:\A|(?<=\x01)|[.,!?;:]\s?)name is"
    r"|(?:my|the)\s(?:husband|wife|son|daughter|friend|mother|father|brother|sister|partner|colleague)(?:'s name is|"
    r"\sis called|\sis named)"
    r"|(?:i\sam|i'm|i’m|he is|she is|they)\s(?:called|named)|i\sgo\sby|under\sthe\sname(?:\sof)?|in\sthe\sname\sof|"
    r"on\sbehalf\sof)\s[\"“']?"
)
_LEAD = re.compile(
    r"(?:my|her|his|the|whose)\s(?:(?:full|first|last|legal|real|new|husband's|wife's|friend's)\s)?\Z"
    r"|(?:my|the)\s(?:husband|wife|son|daughter|friend|mother|father|brother|sister|partner|colleague)(?:'s |\sis\s)\Z"
    r"|i\sam\s\Z|i'm\s\Z|i’m\s\Z|he is\s\Z|she is\s\Z|they\s\Z|i\s\Z|under\sthe\s\Z|in\sthe\s\Z|on\s\Z"
    r"|\.\s?\Z|,\s?\Z|!\s?\Z|\?\s?\Z|;\s?\Z|:\s?\Z"
)
"""What may stand before the first word of an introduction that is a cue."""
_LONGEST_LEAD = 24
_FIELD = re.compile(
    r"(?<![a-z])(?:(?:full |first |last |customer |account |card ?holder(?:'s)? |contact |recipient(?:'s)? |"
    r"passenger )?name|recipient|consignee|addressee|"
    r"attn|attention|contact(?: person)?|passenger|card ?holder|account holder|signed(?: by)?|ship(?:ping)? to|"
    r"deliver to|guest)\s?[:=：]\s?"
)
_OF_A_THING = re.compile(
    r"(?:product|file|company|brand|user|item|model|store|shop|domain|app|host|bank|street|city|class|field|business|"
    r"seller|"
    r"pet|team|game|channel|group|project|display|screen|nick|code|device|network|event|school|hotel|account)[ _-]?\Z"
)
_CALL_ME = re.compile(
    r"(?<![a-z])(?:call me|it's|it’s|i'm|i’m|i am|this is|yours(?: truly| sincerely)?,|regards,|thanks,|"
    r"cheers,)\s{1,2}"
)
_TITLED = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|mx)\.?\s")
_PLACES_OF_CALL = re.compile(r"[,\s]{1,2}(?:speaking|here|calling|from|on the (?:line|phone)|again)\b", re.ASCII)
_GOES_ON = re.compile(r"\s\w")
_FAREWELLS = ("yours", "regards", "thanks", "cheers")

_WORD = r"[A-Za-z\u00c0-\u024f]['’A-Za-z\u00c0-\u024f-]{0,24}"
_WORDS = re.compile(rf"{_WORD}(?:\.?[ ]{_WORD}){{0,3}}")
_ONE_WORD = re.compile(_WORD)
_CAMEL = re.compile("[a-z]+[A-Z]")
_PARTICLES = frozenset(("de", "da", "del", "van", "von", "der", "bin", "al", "la", "le", "di"))
_NO_NAME_WORDS = (
    "a an the i'm i’m i've i'll i'd it's it’s that's don't can't what's let's there's and but or so if i my me you "
    "your we our it its is am are was were be been not no never on in at to from by for with of "
    "as that this these those there here what when where who why how which can could will would should do does did "
    "have has had "
    "just very really too also still already now today tomorrow yesterday back asap later soon please thanks thank "
    "hello hi hey "
    "wrong right correct incorrect misspelled spelled spelt missing different changed blank empty required invalid "
    "unknown same "
    "under listed written showing shown registered associated linked john_doe order orders account number phone "
    "email address "
    "need want wanted waiting trying looking having getting going calling speaking writing asking ordering happy "
    "unhappy angry sorry "
    "sure glad upset disappointed frustrated interested afraid tired new one about because since and/or see tbd n/a "
    "none null yes ok "
    "customer support service team manager agent sales delivery shipping store shop staff anyone someone everyone "
    "nobody urgent "
    "american british chinese english french german japanese canadian australian indian vip premium gold prime member"
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_CAPITAL = re.compile(r"[ ,\n，：:]['\"“]?(?:[A-HJ-Z\u00c0-\u00de]|I[a-z])")
_LINKS = (":", "=", "：")
_FIELDS = (
    "full name", "first name", "last name", "customer name", "account name", "recipient", "consignee", "addressee",
    "attn", "attention", "contact", "passenger", "cardholder", "card holder", "account holder", "signed", "ship to",
    "shipping to", "deliver to", "guest",
)  # fmt: skip
_TITLES = ("mr ", "mr.", "mrs", "ms ", "ms.", "miss ", "mx ", "mx.")
_CALLS = (
    "call me", "it's", "it’s", "i'm", "i’m", "i am", "this is", "yours,", "yours truly,", "yours sincerely,",
    "regards,", "thanks,", "cheers,",
)  # fmt: skip
_NAME_WORD, _INTRODUCING, _FIELD_WORD, _TITLE, _CALL = range(5)


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    introduced = _introduced(text, low, [at for at, kind in hits if kind <= _INTRODUCING])
    fields = _fields(text, low, hits) if has_any(low, _LINKS) else ()
    capitals = _capitals(text, low, hits)
    return first_come("name", [*introduced, *fields, *capitals]) if introduced or fields or capitals else ()


def _introduced(text: str, low: str, words: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    end = 0
    for at in words:
        cue = _introduction(low, max(at - _LONGEST_LEAD, end), at)
        if cue:
            end = cue.end()
            found += _name(text, end, most=3)
    return found


def _introduction(low: str, start: int, at: int) -> re.Match[str] | None:
    """The first that begins after ``start`` and has its cue ``at``, or begins with it."""
    while lead := _LEAD.search(low, start, at):
        if cue := _INTRODUCED.match(low, lead.start()):
            return cue
        start = lead.start() + 1
    return _INTRODUCED.match(low, at) if start <= at else None


def _fields(text: str, low: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    end = 0
    for start, kind in hits:
        if kind in (_NAME_WORD, _FIELD_WORD) and start >= end and (cue := _FIELD.match(low, start)):
            end = cue.end()
            if not _OF_A_THING.search(low, max(start - 12, 0), start):
                found += _name(text, end, most=3)
    return found


def _capitals(text: str, low: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    titled = [cue.end() for cue in standing(_TITLED, low, hits, _TITLE) if text[cue.end() : cue.end() + 1].isupper()]
    called = {
        cue.end(): cue[0] for cue in standing(_CALL_ME, low, hits, _CALL) if text[cue.end() : cue.end() + 1].isupper()
    }
    if not (titled or called):
        return []
    names = [span for at in in_texts_with(_CAPITAL, text, low, titled) for span in _name(text, at, most=2)]
    persons = in_texts_with(_CAPITAL, text, low, list(called))
    return names + [span for at in persons for span in _person(text, at, called[at])]


def _name(text: str, start: int, most: int) -> Iterator[tuple[int, int]]:
    """Up to ``most`` words: capitals after a capital; small letters until a word that is no name."""
    words = _WORDS.match(text, start)
    if not words:
        return
    end, seen, first = start, 0, words[0][0]
    for word in _ONE_WORD.finditer(words[0]):
        plain = word[0].lower()
        if (
            plain in _NO_NAME
            or _CAMEL.match(word[0])
            or seen == most
            or (first.isupper() and word[0][0].islower() and plain not in _PARTICLES)
        ):
            break
        end, seen = start + word.end(), seen + (plain not in _PARTICLES)
    if end > start and end - start > 1:
        yield start, end


def _person(text: str, start: int, cue: str) -> Iterator[tuple[int, int]]:
    """ "This is Ann speaking", "I'm Ann Lee", "Call me Ann": capitals only, since much else may follow these words."""
    for begin, end in _name(text, start, most=3):
        name, told = text[begin:end], cue.strip()
        sure = told == "call me" or told.startswith(_FAREWELLS) or bool(_PLACES_OF_CALL.match(text, end))
        if name.isupper() and " " not in name:
            continue
        if sure or (" " in name and (told != "it's" and not _GOES_ON.match(text, end))):
            yield begin, end


ENGLISH_NAMES = Recogniser(_find, cues=kinds(("name",), ("called", "go by", "behalf"), _FIELDS, _TITLES, _CALLS))

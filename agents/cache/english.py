"""An English question as pieces of meaning: known phrases where they stand, every other word as itself."""

import re
from collections.abc import Iterator
from functools import cache

from agents.cache.chinese import split
from agents.cache.phrases import Phrases, Told, packaged
from agents.understanding.entity.numerals import WORDS
from agents.understanding.width import folded, plain

LONGEST = 8
"""Words of the longest phrase that is looked for."""
_AMERICA = re.compile(r"\bUSA?\b|\bU\.S\.(?:A\.)?")
_MAY = re.compile(r"\b(in|by|until|since|before|after|of|on|from) may\b|\bmay (?=[0-9])")
_GRADE = re.compile(r"(?<=\S )A\b|(?i:(?<=vitamin )a\b|(?<=plan )a\b|(?<=type )a\b|(?<=hepatitis )a\b)")
"""An A inside a sentence that is no article: vitamin A, plan A."""
_SHORT = (
    (re.compile(r"\bcan'?t\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|have|has|would|could|should)nt\b"), r"\1 not"),
    (re.compile(r"\b(what|where|when|who|how|that|there|it|he|she)'?s(?= )"), r"\1 is"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'d like\b"), " would like"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"\bi'm\b|\bim\b"), "i am"),
    (re.compile(r"'s\b|'"), ""),
    (re.compile(r"\bwhether\b(?! or)"), "if"),
)
_SHIPPING = r"(?:the |your )?(?:shipping|delivery) (?:costs?|fees?|charges?)"
_SHOP = r"(?:policy|policies|hours|times|store|shop|website|warehouse|terms|return|refund)"
_SERVES = r"(?:ship|deliver|accept|offer|provide|price match|support|gift wrap|wrap)"
_SOMEBODY = (
    r"(?:i|you|we|he|she|they|(?:an? |the |my |your )?"
    r"(?:customer|seller|buyer|user|member|guest|child|children|people|person|man|men|woman|women)s?)"
)
_DONE = r"(?P<done>return|exchang|chang|cancell?|us|track|combin|redeem|extend|delet)ed"
_VERBS = {
    "exchang": "exchange",
    "chang": "change",
    "us": "use",
    "combin": "combine",
    "delet": "delete",
    "cancell": "cancel",
}


def _active(found: re.Match[str]) -> str:
    """Can shoes be returned: can I return shoes. Who does it is the customer, as it is a thing that it is done to."""
    return f"can i {_VERBS.get(found['done'], found['done'])} {found[1]}"


_FORMS = (
    (re.compile(r"\b(?:how much|what) (?:do|does|will|would) (.{1,40}?) cost\b(?: me)?"), r"how much is \1"),
    (re.compile(r"\bwhat (?:is|are) the (?:price|prices|cost|costs) (?:of|for) "), "how much is "),
    (re.compile(rf"\bwhat (?:is|are) {_SHIPPING}\b"), "how much is shipping"),
    (
        re.compile(rf"\bhow much (?:is|are) (?:{_SHIPPING}|(?:the )?delivery|postage)(?= *[?.!]*$)"),
        "how much is shipping",
    ),
    (re.compile(r"^(is|are) (.{2,40}?) available(?= *[?.!]*$)"), r"is there \2"),
    (re.compile(rf"\b(?:can|could|will|would) you (?={_SERVES}\b)"), "do you "),
    (re.compile(r"\bwhat (?:is|are) the (delivery|shipping|processing|refund) times?\b"), r"how long does \1 take"),
    (re.compile(r"^(?:is|are) (.{2,40}?) (return|exchange|cancel)able\b"), r"can i \2 \1"),
    (re.compile(rf"^(?:can|could|may) (?!{_SOMEBODY}\b)(.{{2,40}}?) be {_DONE}\b"), _active),
    (re.compile(r"\bsend ((?:the|an?|my|this) \w+|it|them|something|goods) back\b"), r"send back \1"),
    (re.compile(rf"\byour (?=(?:\w+ ){{0,2}}{_SHOP}\b)"), "the "),
    (re.compile(r"\bclose (my|an|the|your)? ?account\b"), r"delete \1 account"),
)
_WHETHER = re.compile(
    r"(?:^|[,.!?;] *)(?:please |hi |hello |hey |so |and )*(?:do|does|did|is|are|am|was|were|can"
    r"|could|may|might|will|would|should|shall|have|has|had|must)\b"
    r"|\b(?:know|wonder|wondering|wondered|tell me|ask|check) if\b"
)
_PIECE = re.compile(r"[a-z0-9]+(?:[.,:/&+-][a-z0-9]+)*[%+#]*|[^\s\w]|[^\W_]")
_SAYS_NOTHING = re.compile(r"[\s\"“”‘’`*~_…\u200b-\u200f\ufe0f]+| -+ ")
_STOPS = frozenset(",.!?;:()[]<>|")
_SINGULAR_ONLY = frozenset(
    ("glasses", "news", "goods", "shorts", "customs", "contents", "savings", "earnings", "arms",
     "means", "always", "sales", "series", "species", "jeans", "lens", "atlas", "canvas",
     "perhaps", "towards", "besides", "bras", "scissors", "samsung", "adidas", "mercedes", "texas",
     "dallas", "vegas", "lagos", "athens", "naples", "brussels", "wales", "works", "terms",
     "thanks")
)  # fmt: skip


def pieces(text: str) -> list[Told]:
    """What the question says, in order, with a ``stop`` where a clause ends."""
    words = list(_words(formed(text)))
    table, found, place = _table(), list[Told](), 0
    while place < len(words):
        size = _longest(words, place, table)
        if size:
            found += table[" ".join(words[place : place + size])]
        else:
            found.append(_word(words[place]))
        place += size or 1
    return found


def whether(text: str) -> bool:
    """Whether the question is one that yes or no answers, by its form."""
    return bool(_WHETHER.search(formed(text)))


def formed(text: str) -> str:
    """The text in small letters, with short forms written out and common turns of a phrase in one form."""
    read = _GRADE.sub("grade-a", folded(text).replace("’", "'"))
    if not read.isupper():
        read = _AMERICA.sub("usa", read)
    read = _MAY.sub(lambda found: found[0].replace("may", "month-may"), plain(read))
    for pattern, form in (*_SHORT, *_FORMS):
        read = pattern.sub(form, read)
    return read.strip()


def _words(text: str) -> Iterator[str]:
    for piece in _PIECE.findall(_SAYS_NOTHING.sub(" ", text)):
        if piece.isalpha() or piece in _STOPS:
            yield _base(piece)
        elif piece[0].isalpha() and all(part.isalpha() for part in piece.split("-")):
            yield from (_base(part) for part in piece.split("-"))
        else:
            yield from (told.text for told in split(piece))


def _longest(words: list[str], place: int, table: Phrases) -> int:
    for size in range(min(LONGEST, len(words) - place), 0, -1):
        if " ".join(words[place : place + size]) in table:
            return size
    return 0


def _word(word: str) -> Told:
    return Told("stop", ",") if word in _STOPS else Told("word", str(WORDS.get(word, word)))


@cache
def _base(word: str) -> str:
    """The word without a plural's ending, and without -ing where it is a verb of the lexicon; its tense stays."""
    if word in _gerunds():
        return _gerunds()[word]
    if len(word) < 4 or word in _SINGULAR_ONLY or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("shes", "ches", "xes", "sses")) else word[:-1]


@cache
def _table() -> Phrases:
    """The phrases of the lexicon with their words as _base leaves them."""
    return {" ".join(map(_base, phrase.split())): told for phrase, told in packaged("en").phrases.items()}


@cache
def _gerunds() -> dict[str, str]:
    verbs = packaged("en").vocabulary.ing
    plain_form = {verb + "ing": verb for verb in verbs}
    without_e = {verb[:-1] + "ing": verb for verb in verbs if verb.endswith("e")}
    doubled = {verb + verb[-1] + "ing": verb for verb in verbs if verb[-1] in "lptnrgb"}
    return plain_form | doubled | without_e

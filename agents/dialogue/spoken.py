"""The language to answer in: a bare number, a code or a yes says nothing about it, so that the earlier one stays."""

import re
from collections.abc import Iterator

import msgspec

from agents.dialogue.conversation import Conversation, Question
from agents.understanding.language import detect

_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"(?<![\w\[-])[a-z']{2,}(?![\w\]-])", re.IGNORECASE)
WORDS = 2
"""Latin words from which a text is taken to be in English."""


def spoken(state: Conversation, asked: Question) -> Question:
    """The message, in the language of the last one that had words where it has none itself."""
    if _has_words(asked.text):
        return asked
    earlier = next((text for text in _earlier(state) if _has_words(text)), "")
    return msgspec.structs.replace(asked, language=detect(earlier)) if earlier else asked


def _has_words(text: str) -> bool:
    return bool(_CHINESE.search(text)) or len(_WORD.findall(text)) >= WORDS


def _earlier(state: Conversation) -> Iterator[str]:
    """What was said before, the latest first."""
    held = state.gathered.questions if state.gathered is not None else ()
    asked = state.pending.work.questions if state.pending is not None else ()
    for question in reversed((*asked, *state.waiting, *held)):
        yield question.text
    for turn in reversed(state.turns):
        yield turn.question

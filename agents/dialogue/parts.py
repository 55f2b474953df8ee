"""Several questions in one message: what a task does not take of it may be answered beside it."""

import re

import msgspec

from agents.dialogue.conversation import Answer, Question
from agents.dialogue.decide import Desk, by_knowledge

MOST = 4
"""Parts of a message that are looked at."""

_END = re.compile(r"(?<=[。？！；?!;\n])\s*|(?<=\.)\s+|(?:顺便|另外|还有|对了)[,，]?")
_ASKS = re.compile(
    r"[?？]|[吗呢]|多久|多少|怎么|如何|什么|能不能|可不可以|\b(?:how|what|when|where|which|who|why|do|does|can|is|are)\b"
)


def beside(question: Question, desk: Desk) -> tuple[Answer, ...]:
    """Answers to the questions in a message of several sentences that knowledge answers surely, each article once.

    A message of one sentence has no part of its own beside the task.
    """
    parts = [part for part in _END.split(question.text.strip()) if part and len(part) > 3]
    if len(parts) < 2:
        return ()
    found: dict[str, Answer] = {}
    for part in parts[:MOST]:
        answer = _known(question, part, desk) if _ASKS.search(part.lower()) else None
        if answer is not None:
            found.setdefault(answer.citations[0].article_id, answer)
    return tuple(found.values())


def _known(question: Question, part: str, desk: Desk) -> Answer | None:
    asked = msgspec.structs.replace(question, text=part, vector=b"")
    return by_knowledge(asked, desk.search(asked), desk.thresholds, sure=True)

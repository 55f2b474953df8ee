"""Whether a question needs nothing of its conversation: only then its answer may come from others, or serve them."""

import re

from agents.dialogue.conversation import Conversation, Question

OWN = frozenset({"order_number", "tracking_number", "address", "date", "time"})
"""Entities that stand for somebody's own affairs, or for a moment that passes."""
LEAST = 4
"""Characters below which a question leans on what was said before."""

_ANAPHORA = re.compile(
    r"它|他们|她们|这[个件些款双条台种样次]|那[个件些款双条台种样次]|那么|刚才|刚刚|上面|前面|之前|上次|另[外一]|其他的|别的|一样"
    r"|我的|我买|我订|我下的|我收到|我这|[^吗么](?:呢|那)[?？!！。.\s]*$|^(?:那|还有|然后|所以|为什么|怎么办)"
    r"|\b(?:it|its|this|that|these|those|they|them|he|she|his|her|one|ones|same|others?|another|instead|again|above|earlier"
    r"|before|my|mine|our|ours|i(?:'ve|’ve)? (?:have )?(?:ordered|bought|received|got|paid))\b"
    r"|^(?:and|but|so|then|also|why|what about|how about)\b",
    re.IGNORECASE,
)


def independent(question: Question, state: Conversation) -> bool:
    """No task under way, no attachment, nothing personal, nobody's own order, no word that points to another turn."""
    text = question.text.strip()
    return not (
        state.tasks
        or question.attachments
        or "[" in text
        or len(text) < LEAST
        or any(entity.type in OWN for entity in question.entities)
        or _ANAPHORA.search(text)
    )


def unburdened(state: Conversation) -> bool:
    """Whether nothing was said before that a model's answer could rest on: no fact, only greetings and the like."""
    return not state.facts and not state.gists and all(turn.source == "script" for turn in state.turns)

"""Doubt: an answer of the cache that a person calls wrong is dropped for everybody."""

import re
from typing import Any

import msgspec

from agents.cache.entry import DROPPED, SLOT, Dropped
from agents.dialogue.conversation import Answer, Conversation, Given, Kept, Question
from agents.dialogue.scene import Outcome, Scene
from schemas import ids, times
from schemas.operations import Feedback, Setting
from schemas.topics import SETTINGS, Send

REMEMBERED = 3
"""Answers that stand in the cache, of which a conversation remembers where."""
LONGEST = 60
"""Characters of a message that may be about nothing but the answer before it."""

_WRONG = re.compile(
    r"(?<!没)(?<!没有)(?:[答说讲回]错|错了|不对|不正确|答非所问|胡说|瞎说|误导)(?![吗嘛么])"
    r"|(?:不是|没有?)(?:我(?:想|要)?问|回答我?)|驴唇不对马嘴"
    r"|\b(?:wrong|incorrect|untrue)\b|\bisn'?t (?:right|correct|true)\b"
    r"|\bnot (?:right|correct|true|what i (?:asked|meant|wanted))\b"
    r"|\b(?:doesn'?t|didn'?t|did not|does not) answer\b"
)
_OTHER = re.compile(
    r"没[答说讲回]错|[?？]|[发买拍寄填]错|(?:[货码色款]|地址|金额|价格|数量)(?:不对|错)"
    r"|\b(?:wrong|incorrect) (?:item|size|colou?r|order|product|address|one|parcel|package|amount|price)\b"
)


def noted(state: Conversation, reply_id: str, answer: Answer, at: float) -> Conversation:
    """The state, with where the cache has the answer that was just given."""
    if not answer.kept:
        return state
    given = Given(ids.fingerprint(reply_id), answer.kept, at)
    return msgspec.structs.replace(state, given=(*state.given, given)[-REMEMBERED:])


def disliked(scene: Scene, state: Conversation, feedback: Feedback) -> tuple[Conversation | None, list[Send]]:
    """A reply was rated; where it is not remembered, or was liked, nothing changes, and nothing begins with it."""
    if state == Conversation():
        return None, []
    mark = ids.fingerprint(feedback.reply_id)
    given = next((one for one in state.given if one.reply == mark), None)
    if feedback.rating != "dislike" or given is None:
        return state, []
    return _dropped(scene, state, given)


def contradicted(scene: Scene, state: Conversation, asked: Question) -> Outcome:
    """A message that says no more than that the answer before it was wrong."""
    given = state.given[-1] if state.given else None
    if given is None or given.at != state.answered_at or not calls_wrong(asked.text):
        return state, []
    return _dropped(scene, state, given)


def calls_wrong(text: str) -> bool:
    """Whether a message says that an answer is wrong; one about a wrong parcel or size does not."""
    said = text.lower().replace("’", "'")
    return len(said) <= LONGEST and _WRONG.search(said) is not None and _OTHER.search(said) is None


def _dropped(scene: Scene, state: Conversation, given: Given) -> Outcome:
    others = tuple(one for one in state.given if one is not given)
    return msgspec.structs.replace(state, given=others), [_setting(scene, kept) for kept in given.kept]


def _setting(scene: Scene, kept: Kept) -> Send:
    key = kept.key.hex()
    value: Any = msgspec.to_builtins(Dropped(key, kept.model, scene.desk.knowledge_version))
    setting = Setting(name=DROPPED + key[:SLOT], value=value, actor="dialogue", occurred_at=times.rfc3339(scene.now))
    return Send(SETTINGS, setting)

"""The answer cache of a worker, as its settings want it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

from agents.cache import AnswerCache, Terms
from agents.cache.answers import Count, Material
from agents.dialogue.conversation import Question, question
from agents.dialogue.hearing import Heard
from streams.cache.disk import Disk, open_disk
from streams.cache.memory import Memory
from streams.cache.redis import RedisLevel
from streams.settings import Settings

DAY_S = 86_400.0

Prepare = Callable[[Sequence[Any]], Sequence[Any]]


class WorkersCache:
    """The cache and its levels; ``answers`` is None where the settings want none."""

    def __init__(self, answers: AnswerCache | None, levels: Sequence[Memory | Disk | RedisLevel] = ()) -> None:
        self.answers, self._levels = answers, levels

    def expecting(self, prepare: Prepare) -> Prepare:
        """``prepare``, after which Redis is asked at once for all that a batch of messages may want."""
        answers = self.answers
        if answers is None or not any(isinstance(level, RedisLevel) for level in self._levels):
            return prepare

        def prepared(events: Sequence[Any]) -> Sequence[Any]:
            ready = prepare(events)
            answers.expect([_question(event) for event in ready if isinstance(event, Heard)])
            return ready

        return prepared

    async def aclose(self) -> None:
        for level in self._levels:
            await asyncio.to_thread(level.close)


def answer_cache(
    settings: Settings, material: Material, *, edition: str, served: Collection[str], count: Count
) -> WorkersCache:
    """Memory, disk and, where it is configured, Redis. Raises Misconfigured for an address that is none."""
    if not settings.cache_days:
        return WorkersCache(None)
    terms = Terms(edition, served, settings.cache_days * DAY_S)
    disk = open_disk(settings.home / "cache" / settings.worker, keep_s=terms.keep_s)
    far = RedisLevel(settings.redis_url, keep_s=terms.keep_s) if settings.redis_url else None
    near: list[Memory | Disk] = [Memory(), *([disk] if disk is not None else [])]
    return WorkersCache(AnswerCache(material, near, far, terms, count), [*near, *([far] if far is not None else [])])


def _question(heard: Heard) -> Question:
    return question(heard.message, heard.understanding, 0.0)

"""Estimates: what a question will cost, and what a call has shown of its server."""

from agents.scheduling import WEIGHT, Work
from schemas.inference import ModelRequest
from streams.pool.course import Measured
from streams.pool.server import Server

CHARACTERS = 2.5
"""Characters of a prompt that are counted as a token; which figure it is matters little: rates are per such token."""
A_MESSAGE = 4.0
ANSWER = 80.0
"""Tokens that an answer is expected to have, before any was seen."""
MEASURABLE = 32.0
"""Tokens that must be read anew for their time to say something of the rate."""
LOADS_S = 0.05
"""Less than this is no loading: Ollama reports some milliseconds for a model that stands in memory."""


class Estimates:
    """Remembers how long the answers of each model are."""

    def __init__(self) -> None:
        self._answers: dict[str, float] = {}

    def work(self, request: ModelRequest, model: str) -> Work:
        """The question as its cost."""
        prompt = sum(len(message.content) for message in request.messages) / CHARACTERS
        answer = self._answers.get(model, ANSWER)
        return Work(request.conversation_id, model, prompt + A_MESSAGE * len(request.messages), answer)

    def learn(self, server: Server, work: Work, seen: Measured, now: float) -> None:
        """Take in what a call took; to be told before the server's load hears of its end."""
        known = self._answers.get(work.model, float(seen.answer_tokens))
        self._answers[work.model] = known + WEIGHT * (seen.answer_tokens - known)
        fresh = work.prompt - server.load.cached.get(work.conversation, 0.0)
        server.load.rates.saw(
            now,
            prefill=seen.first / fresh if fresh >= MEASURABLE else None,
            decode=seen.rest / seen.answer_tokens if seen.answer_tokens > 1 else None,
            load=seen.load if seen.load > LOADS_S else None,
        )

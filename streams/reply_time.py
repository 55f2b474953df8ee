"""Counts the time of each reply."""

from collections.abc import Sequence
from typing import Any

from agents.ports import Wake, When
from agents.runtime import Step
from schemas.messages import Reply
from schemas.topics import Send
from streams.metrics import Metrics


def timed(step: Step, metrics: Metrics) -> Step:
    """The step, with the time of each reply counted."""

    def step_and_count(state: Any, event: Any, when: When) -> tuple[Any, Sequence[Send | Wake]]:
        state, sends = step(state, event, when)
        for send in sends:
            if isinstance(send, Send) and isinstance(send.event, Reply):
                metrics.replies.labels(send.event.source).observe(send.event.latency_ms / 1000)
        return state, sends

    return step_and_count

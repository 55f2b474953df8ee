"""The dialogue's limits, as the settings want them."""

from agents.dialogue.limits import Limits
from streams.settings import Settings

PATIENCE = 4
"""Times that a model may take for one answer (with all its tries) after the last moment at which it may be asked."""


def limits_of(settings: Settings) -> Limits:
    """All times in seconds."""
    return Limits(
        answer=settings.answer_deadline_s,
        patience=settings.answer_deadline_s + PATIENCE * settings.model_timeout_s,
        tool=settings.tool_deadline_s,
        burst=settings.burst_ms / 1000,
        burst_messages=settings.burst_messages,
        memory=settings.memory_days * 86_400,
        take=settings.handover_wait_s,
        silence=settings.handover_silence_s,
        failures=settings.handover_failures,
        prompt_tokens=settings.prompt_tokens,
    )

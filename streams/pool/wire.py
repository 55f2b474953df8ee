"""A prompt's lines as Ollama takes them, and what it answers."""

from dataclasses import dataclass
from typing import Any

import httpx

from schemas.inference import ModelMessage, ToolCall

TOOLLESS = "does not support tools"
"""What Ollama says, with status 400, of a model that takes none."""

MOST_CALLS = 16
"""Calls of tools in one answer that are heard."""


@dataclass(slots=True)
class Spoken:
    """What a server has answered so far; tokens as it counted them, times in seconds as it measured them."""

    text: str = ""
    thought: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int = 0
    answer_tokens: int = 0
    prompt_s: float = 0.0
    answer_s: float = 0.0
    load_s: float = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether anything of the answer has come."""
        return bool(self.text or self.thought or self.tool_calls)

    def hear(self, part: Any) -> str:
        """Add a piece of the answer as the client gives it, the last with its measurements; returns its text."""
        text: str = part.message.content or ""
        self.text += text
        self.thought += getattr(part.message, "thinking", None) or ""
        if part.message.tool_calls:
            self.tool_calls = (*self.tool_calls, *called(part.message))[:MOST_CALLS]
        if part.done:
            self._measure(part)
        return text

    def _measure(self, part: Any) -> None:
        self.prompt_tokens, self.answer_tokens = part.prompt_eval_count or 0, part.eval_count or 0
        self.prompt_s = (part.prompt_eval_duration or 0) / 1e9
        self.answer_s, self.load_s = (part.eval_duration or 0) / 1e9, (part.load_duration or 0) / 1e9


def said_by(message: ModelMessage) -> dict[str, Any]:
    """A line of a prompt."""
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        said["images"] = message.images
    if message.tool_calls:
        said["tool_calls"] = [
            {"function": {"name": call.name, "arguments": call.arguments}} for call in message.tool_calls
        ]
    return said


def called(message: Any) -> list[ToolCall]:
    """The tools that a piece of an answer asks for."""
    asked = getattr(message, "tool_calls", None) or ()
    return [ToolCall(name=call.function.name, arguments=dict(call.function.arguments)) for call in asked]


def takes_no_tools(problem: Exception) -> bool:
    """Whether a question was refused because its model takes no tools."""
    return getattr(problem, "status_code", 0) == httpx.codes.BAD_REQUEST and TOOLLESS in str(problem)

"""A prompt's lines as Ollama takes them, and what it says of tools."""

from typing import Any

import httpx

from schemas.inference import ModelMessage, ToolCall

TOOLLESS = "does not support tools"
"""What Ollama says, with status 400, of a model that takes none."""


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

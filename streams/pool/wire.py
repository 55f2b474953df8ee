"""A prompt's lines as Ollama takes them, and the calls of tools as it gives them."""

from typing import Any

from schemas.inference import ModelMessage, ToolCall


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

"""What Ollama writes: the lines of a streamed answer, an answer in one piece; and an embedding to give."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from zlib import crc32

import msgspec

Json = dict[str, Any]
EMBEDDED = 64
"""Numbers of an embedding."""


def embedding(text: str) -> list[float]:
    """A vector of length 1: letters and pairs of letters, counted by hash."""
    counts = [0.0] * EMBEDDED
    for gram in (*text, *map("".join, pairwise(text))):
        counts[crc32(gram.encode()) % EMBEDDED] += 1.0
    length = sum(count * count for count in counts) ** 0.5 or 1.0
    return [count / length for count in counts]


def line(model: str, text: str, tool_calls: Sequence[Json] = (), **more: Any) -> bytes:
    """A line of a streamed answer, as Ollama writes it."""
    message: Json = {"role": "assistant", "content": text} | ({"tool_calls": tool_calls} if tool_calls else {})
    said: Json = {"model": model, "created_at": "2026-03-02T09:15:31Z", "message": message}
    return msgspec.json.encode({**said, "done": False, **more}) + b"\n"


async def whole(writer: asyncio.StreamWriter, status: int, answer: Json) -> bytes:
    """Answer in one piece. Returns what was read of the next request, which is nothing."""
    body = msgspec.json.encode(answer)
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}\r\n".encode() + body)
    await writer.drain()
    return b""

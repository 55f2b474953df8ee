"""Keeps the calls of one conversation in their order; those of different conversations do not wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from agents.ports import When
from schemas.tools import ToolRequest
from schemas.topics import Send

Ask = Callable[[ToolRequest, When], Awaitable[Sequence[Send]]]


def in_turn(ask: Ask) -> Ask:
    """The same ``ask``, one call at a time for each conversation, in the order in which they were asked for."""
    turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def ordered(request: ToolRequest, when: When) -> Sequence[Send]:
        conversation = request.conversation_id
        turn, waiting = turns.get(conversation, (asyncio.Lock(), 0))
        turns[conversation] = turn, waiting + 1
        try:
            async with turn:
                return await ask(request, when)
        finally:
            turn, waiting = turns.pop(conversation)
            if waiting > 1:
                turns[conversation] = turn, waiting - 1

    return ordered

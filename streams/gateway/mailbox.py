"""What waits to be sent through one socket: bounded, so that a slow client costs pieces first, then its connection."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from schemas.messages import Reply, ReplyChunk
from streams.gateway import frames

MOST_DRAFTS = 64


class Overrun(Exception):
    """The client does not read as fast as it is written to; it has to connect again."""


class Frame(NamedTuple):
    """A text to send; ``reply`` is what then counts as delivered."""

    text: str
    reply: Reply | None = None


class Mailbox:
    """Frames for one socket of a conversation, in order. ``room`` is how many may wait beyond those it begins with."""

    def __init__(self, conversation_id: str, room: int, first: Iterable[Frame] = ()) -> None:
        self.conversation_id = conversation_id
        self._frames = deque(first)
        self._room = room + len(self._frames)
        self._overrun = False
        self._drafts: dict[str, int] = {}
        self._filled = asyncio.Event()
        self._filled.set()

    def tell(self, text: str, reply: Reply | None = None) -> None:
        """Queue a frame; with no room left, the mailbox is overrun and takes nothing more."""
        self._overrun = self._overrun or len(self._frames) >= self._room
        if not self._overrun:
            self._frames.append(Frame(text, reply))
        self._filled.set()

    def reply(self, reply: Reply, shown: Reply) -> None:
        """Queue a reply, as the person is to see it."""
        self._drafts.pop(reply.reply_id, None)
        self.tell(frames.reply(shown), reply)

    def chunk(self, chunk: ReplyChunk) -> None:
        """Queue a piece that begins a draft or continues it; the reply will hold what is left out."""
        expected = self._drafts.get(chunk.reply_id)
        if chunk.index not in (0, expected) or len(self._frames) > self._room // 2:
            return
        if len(self._drafts) >= MOST_DRAFTS:
            self._drafts.clear()
        self._drafts[chunk.reply_id] = chunk.index + 1
        self.tell(frames.chunk(chunk))

    async def next(self) -> Frame:
        """The next frame, when there is one. Raises Overrun."""
        while True:
            if self._overrun:
                raise Overrun
            if self._frames:
                return self._frames.popleft()
            self._filled.clear()
            await self._filled.wait()

"""Makes a call: checks it, tries it within its deadline, and says in words what became of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from agents import breaker
from agents.breaker import Breaker
from agents.tools.calling import Called
from agents.tools.toolbox import Toolbox
from agents.tools.unfilled import UNREADABLE, unfilled
from agents.tools.values import clean, plain
from schemas import times
from schemas.errors import KefuError, Unavailable
from schemas.tools import ToolRequest
from streams.tools.business import Business, Refused
from streams.tools.grants import Grants
from streams.tools.plugin import Context, Plugin, spec_of

log = logging.getLogger("kefu.tools")

BREAKS = breaker.Limits(errors=5, share=0.5, window=60.0, rest=5.0, longest=60.0, probes=1)
"""A tool of which more than half of the calls were not answered, five at least, rests, so that it holds nobody up."""
TRIES = 3
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 2.0
KEY_PAUSES_S = (0.25, 0.5, 1.0, 1.0)
"""Seconds after which it is looked again whether the key to personal data has come."""
SAID = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """``now`` gives seconds since the epoch, ``ticks`` seconds for durations, ``sleep`` waits."""

    now: Callable[[], float]
    ticks: Callable[[], float]
    sleep: Callable[[float], Any] = asyncio.sleep


class PluginCaller:
    """Implements agents.tools.calling.Caller over plugins. ``filled`` puts in what placeholders stand for."""

    def __init__(
        self,
        plugins: Mapping[str, Plugin],
        grants: Grants,
        business: Business,
        clocks: Clocks,
        filled: Callable[[ToolRequest], ToolRequest] = lambda request: request,
    ) -> None:
        self._plugins, self._grants, self._business, self._clocks = plugins, grants, business, clocks
        self._filled = filled
        self._toolbox = Toolbox(map(spec_of, plugins.values()))
        self.breakers = dict.fromkeys(plugins, Breaker())
        self._left_behind: set[asyncio.Task[Any]] = set()

    def rests(self, tool: str) -> bool:
        """Whether calls of it are turned away now."""
        return not breaker.allows(self.breakers[tool], self._clocks.ticks())

    async def call(self, request: ToolRequest) -> Called:
        request = await self._readable(request)
        placeholder = unfilled(request.arguments)
        if placeholder:
            return _unreadable(placeholder)
        problem = self._toolbox.problem(request.tool, request.arguments, self._grants.of(request.tenant))
        if problem:
            return Called("failed", reason=problem)
        started = self._clocks.ticks()
        called = await self._tried(request)
        took = round((self._clocks.ticks() - started) * 1000, 1)
        return msgspec.structs.replace(called, reason=called.reason[:SAID], tool_ms=took)

    async def _readable(self, request: ToolRequest) -> ToolRequest:
        """The request with its values. The key to them may be read a moment later than the call that needs it."""
        for pause in KEY_PAUSES_S if request.personal else ():
            filled = self._filled(request)
            if not unfilled(filled.arguments):
                return filled
            await self._clocks.sleep(pause)
        return self._filled(request)

    async def _tried(self, request: ToolRequest) -> Called:
        """Up to TRIES times while it is unavailable and there is time left."""
        called = Called("expired", reason="its time was over")
        for attempt in range(1, TRIES + 1):
            if self._left_s(request) <= 0:
                break
            if self.rests(request.tool):
                return called if attempt > 1 else self._turned_away(request.tool)
            called = msgspec.structs.replace(await self._try(request), attempts=attempt)
            pause = min(FIRST_PAUSE_S * 4 ** (attempt - 1), LONGEST_PAUSE_S)
            if called.outcome != "unavailable" or attempt == TRIES or pause >= self._left_s(request):
                break
            await self._clocks.sleep(pause)
        return called

    def _turned_away(self, tool: str) -> Called:
        left = max(self.breakers[tool].until - self._clocks.ticks(), 0.0)
        return Called("unavailable", reason=f"{tool} has not answered for a while; it is asked again in {left:.0f} s")

    async def _try(self, request: ToolRequest) -> Called:
        """One try. Whatever the plugin does, this ends, and the breaker knows how."""
        tool = request.tool
        self.breakers[tool] = breaker.began(self.breakers[tool], self._clocks.ticks())
        try:
            answer = await self._answer(request)
            called = _refused(answer) if isinstance(answer, Refused) else Called("done", plain(answer))
        except Unavailable as problem:
            self._ended(tool, good=False)
            return Called("unavailable", reason=str(problem))
        except KefuError as problem:
            self._left(tool)
            return Called("failed", reason=f"{tool}: {problem}")
        except Exception as bug:
            self._left(tool)
            log.exception("the tool %s has a bug, seen at call %s", tool, request.request_id)
            return Called("failed", reason=f"{tool} failed with {type(bug).__name__}; the tools' log says more")
        except BaseException:
            self._left(tool)
            raise
        self._ended(tool, good=True)
        return called

    def _ended(self, tool: str, *, good: bool) -> None:
        self.breakers[tool] = breaker.ended(self.breakers[tool], self._clocks.ticks(), BREAKS, good=good)

    def _left(self, tool: str) -> None:
        self.breakers[tool] = breaker.left(self.breakers[tool])

    async def _answer(self, request: ToolRequest) -> object:
        """What the plugin answers within its time. One that does not end when told to is left behind."""
        plugin, spec = self._plugins[request.tool], self._toolbox.specs[request.tool]
        limit = min(spec.timeout_s, self._left_s(request))
        task = asyncio.ensure_future(plugin.execute(_context(request, self._business)))
        self._left_behind.add(task)
        task.add_done_callback(self._forgotten)
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
        finally:
            task.cancel()
        if not done:
            raise Unavailable(f"{request.tool} did not answer within {limit:.1f} s")
        if task.cancelled():
            raise Unavailable(f"{request.tool} gave up")
        return task.result()

    def _forgotten(self, task: "asyncio.Task[Any]") -> None:
        self._left_behind.discard(task)
        if not task.cancelled():
            task.exception()

    def _left_s(self, request: ToolRequest) -> float:
        return times.seconds(request.deadline) - self._clocks.now()


def _context(request: ToolRequest, business: Business) -> Context:
    return Context(
        request_id=request.request_id,
        message_id=request.message_id,
        conversation_id=request.conversation_id,
        tenant=request.tenant,
        channel=request.channel,
        user_id=request.user_id,
        language=request.language,
        arguments=request.arguments,
        business=business,
    )


def _refused(answer: Refused) -> Called:
    code, message = clean(str(answer.code))[:64], clean(str(answer.message))
    return Called("refused", {"code": code, "message": message}, reason=code)


def _unreadable(placeholder: str) -> Called:
    message = f"what {placeholder} stands for cannot be read; ask for it once more"
    return Called("refused", {"code": UNREADABLE, "message": message}, reason=UNREADABLE)

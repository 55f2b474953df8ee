"""A caller whose calls are counted."""

import functools

from agents.tools.calling import Called
from schemas.tools import ToolRequest
from streams.metrics import Metrics
from streams.tools.caller import PluginCaller


class Measured:
    """Implements agents.tools.calling.Caller; a tool that is not known is counted as ``unknown``."""

    def __init__(self, caller: PluginCaller, metrics: Metrics) -> None:
        self._caller, self._metrics = caller, metrics
        for name in caller.breakers:
            metrics.resting.labels(name).set_function(functools.partial(caller.rests, name))

    async def call(self, request: ToolRequest) -> Called:
        called = await self._caller.call(request)
        name = request.tool if request.tool in self._caller.breakers else "unknown"
        self._metrics.tool.labels(name, called.outcome).observe(called.tool_ms / 1000)
        return called

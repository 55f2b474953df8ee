"""The inference worker's parts: pool, rules, and what goes on beside the questions."""

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from agents.inference import Completion, Inference, Listener, Question
from agents.ports import When
from schemas import times, topics
from schemas.inference import ModelRequest
from schemas.operations import Setting
from schemas.topics import Send
from streams.desk import MODELS
from streams.metrics import Metrics
from streams.pool.changeover import change_over
from streams.pool.configured import plan_of, pool_of
from streams.pool.gpus import watch_gpus
from streams.pool.model_breakers import SETTING, ModelBreakers, Told
from streams.pool.pool import OllamaPool
from streams.pool.rules import LiveRules
from streams.pool.view import VIEW, PoolView, view
from streams.settings import Settings

log = logging.getLogger("kefu.worker")

STATUS_S = 5.0
"""Seconds between two probes of the servers."""
VIEW_S = 1.0
"""Seconds between two views of the pool, for ``kefu pool`` and the ops page."""
SHARE_S = 1.0
"""Seconds between two looks at how many partitions this worker has."""
AHEAD = 1.25
"""Questions that are taken from Kafka, as a multiple of the slots: a freed slot finds the next one waiting."""

Task = Callable[[], Awaitable[None]]


class InferenceAgent:
    """``send`` takes what goes out at once: pieces of answers, and what the worker says of itself."""

    def __init__(self, settings: Settings, metrics: Metrics, send: Callable[[Send], None]) -> None:
        self._settings, self._send, self._metrics = settings, send, metrics
        breakers = ModelBreakers(time.monotonic, self._tell_breaker, worker=settings.worker)
        self._pool = pool_of(settings, breakers)
        self._rules = LiveRules(plan_of(settings), breakers)
        self._inference = Inference(_Measured(self._pool, metrics), self._rules, send, time.time)
        self._shadows: set[asyncio.Task[None]] = set()
        self._shown: PoolView | None = None
        for server in self._pool.servers:
            metrics.in_flight.labels(server.url).set_function(functools.partial(getattr, server, "in_flight"))
        metrics.waiting.set_function(lambda: self._pool.admission.waiting)
        if watch_gpus(metrics.registry):
            log.info("NVML is there: the cards' load and memory are among the metrics")
        self.at_once = max(2, round(AHEAD * settings.model_slots * len(self._pool.servers)))

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        self._rules.setting_changed(name, setting)

    async def ask(self, request: ModelRequest, when: When) -> list[Send]:
        """A question of the ordinary lane."""
        outputs = await self._inference.ask(request, when)
        self._shadow(request)
        return outputs

    async def ask_first(self, request: ModelRequest, when: When) -> list[Send]:
        """A question of the priority lane."""
        return await self._inference.ask_first(request, when)

    def tasks(self, partitions: Callable[[], frozenset[int]]) -> Sequence[Task]:
        """What runs beside the questions, for ever."""
        return (
            functools.partial(self._every, STATUS_S, _Status(self._pool, self._rules, self._put).tell),
            functools.partial(self._every, SHARE_S, functools.partial(self._share, partitions)),
            functools.partial(self._every, VIEW_S, self._show),
            functools.partial(change_over, self._rules, self._pool.servers),
        )

    async def aclose(self) -> None:
        for task in self._shadows:
            task.cancel()
        await self._pool.aclose()

    def _shadow(self, request: ModelRequest) -> None:
        """Ask the shadow too, while nobody waits for a slot."""
        if self._rules.choose(request).shadow is None or self._pool.admission.waiting:
            return
        task = asyncio.create_task(self._shadowed(request))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)

    async def _shadowed(self, request: ModelRequest) -> None:
        for out in await self._inference.shadow(request):
            self._send(out)

    async def _share(self, partitions: Callable[[], frozenset[int]]) -> None:
        mine = partitions()
        if mine:
            self._pool.admission.share(mine, self._settings.partitions)

    async def _show(self) -> None:
        seen = view(self._settings.worker, self._pool, self._rules.plan)
        for model, state in seen.breakers.items():
            self._metrics.breakers.labels(model).set({"open": 1.0, "half_open": 0.5}.get(state, 0.0))
        if seen != self._shown:
            self._shown = seen
            self._put(VIEW + self._settings.worker, msgspec.to_builtins(seen))

    def _tell_breaker(self, model: str, told: Told) -> None:
        log.warning("the breaker of %s is %s", model, told.state)
        self._put(SETTING + model, msgspec.to_builtins(told))

    def _put(self, name: str, value: Any) -> None:
        setting = Setting(name=name, value=value, actor="inference", occurred_at=times.rfc3339(time.time()))
        self._send(Send(topics.SETTINGS, setting))

    async def _every(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await act()
            await asyncio.sleep(seconds)


class _Status:
    """Tells everybody whether models can be asked, whenever that changes."""

    def __init__(self, pool: OllamaPool, rules: LiveRules, put: Callable[[str, Any], None]) -> None:
        self._pool, self._rules, self._put, self._told = pool, rules, put, None

    async def tell(self) -> None:
        status: Any = await self._pool.probe(self._rules.plan.models)
        if status != self._told:
            log.info("models are %s%s", status.status, f": {status.reason}" if status.reason else "")
            self._put(MODELS, msgspec.to_builtins(status))
            self._told = status


class _Measured:
    """A pool whose calls are counted."""

    def __init__(self, pool: OllamaPool, metrics: Metrics) -> None:
        self._pool, self._metrics = pool, metrics

    async def complete(self, question: Question, listener: Listener) -> Completion:
        done = await self._pool.complete(question, listener)
        self._metrics.model.labels(done.model, done.server, done.outcome).observe(done.model_ms / 1000)
        return done

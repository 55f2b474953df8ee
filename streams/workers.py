"""The composition root: what each worker process is made of."""

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from agents.inference import Completion, inference
from agents.intake import Inputs
from agents.ports import Record, Wake, When
from agents.runtime import Runtime, Step
from schemas import codec, times, topics
from schemas.codec import Origin
from schemas.errors import Misconfigured
from schemas.messages import InboundMessage, Reply
from schemas.operations import Setting
from schemas.topics import Send, Topic
from streams import topology
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run as run_app
from streams.metrics import Metrics, expose_as
from streams.sender import Sender
from streams.settings import Settings
from streams.waiting import until
from streams.watchdog import watch

log = logging.getLogger("kefu.worker")


def inbound(record: Record) -> InboundMessage:
    """A record of chat.inbound (or moved from there), completed."""
    return codec.inbound(
        record.key, record.value, Origin(record.topic, record.partition, record.offset, record.timestamp / 1000)
    )


PATIENCE = 4
"""Times that a model may take for one answer (with all its tries) after the last moment at which it may be asked."""


def plain(topic: Topic) -> Callable[[Record], Any]:
    """Reads records of a topic whose events are complete."""
    return lambda record: codec.decode(topic, record.value)


def dialogue(settings: Settings) -> None:
    """Understands, remembers, decides and answers."""
    from agents import catalog
    from agents.dialogue import journal
    from agents.dialogue.conversation import Conversation
    from agents.dialogue.limits import Limits
    from agents.dialogue.prompt import PROMPT_VERSION
    from agents.dialogue.step import Dialogue
    from agents.understanding import understander
    from streams.cache.configured import answer_cache
    from streams.desk import LiveDesk
    from streams.follower import Apply, Follower
    from streams.publish import publish_catalog

    known = catalog.load(settings.catalog, settings.chosen_packs)
    desk = LiveDesk(known)
    limits = Limits(
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
    agent = Dialogue(desk, understander(known), limits)
    worker = _Worker(settings, "dialogue")
    edition = f"{PROMPT_VERSION}:{settings.model}"
    cache = answer_cache(settings, desk, edition=edition, served=known.served, count=worker.metrics.cached)
    desk.cache = cache.answers
    worker.afterwards(cache.aclose)
    publish_catalog(settings, known)
    applies: dict[Topic, Apply] = {topics.ARTICLES: desk.article_changed, topics.SETTINGS: desk.setting_changed}
    follower = Follower(settings.kafka, applies, partitions=settings.partitions)
    worker.before(follower.start)

    def rejected(record: Record, reason: str, when: When) -> list[Send]:
        return [journal.rejected(record.topic, record.partition, record.offset, record.key, reason, when.now)]

    inputs = Inputs(
        readers={topics.INBOUND: inbound, topics.REHOMED: inbound}
        | {topic: plain(topic) for topic in (topics.RESULTS, topics.TOOL_RESULTS, topics.HANDOVER)},
        prepare=cache.expecting(agent.prepare),
        rejected=rejected,
        rehomed={topics.INBOUND.name: topics.REHOMED, topics.HANDOVER.name: topics.HANDOVER},
    )
    worker.runtime.stateful("dialogue", inputs, state=Conversation, step=_timed(agent.step, worker.metrics))
    worker.run()


def _timed(step: Step, metrics: Metrics) -> Step:
    """The step, with the time of each reply counted."""

    def timed(state: Any, event: Any, when: When) -> tuple[Any, Sequence[Send | Wake]]:
        state, sends = step(state, event, when)
        for send in sends:
            if isinstance(send, Send) and isinstance(send.event, Reply):
                metrics.replies.labels(send.event.source).observe(send.event.latency_ms / 1000)
        return state, sends

    return timed


def infer(settings: Settings) -> None:
    """Puts questions to the Ollama servers and tells everybody whether any can be asked."""
    from streams.pool.configured import pool_of

    pool, servers = pool_of(settings)
    worker = _Worker(settings, "inference")
    for server in servers:
        worker.metrics.in_flight.labels(server.url).set_function(functools.partial(getattr, server, "in_flight"))
    at_once = asyncio.Semaphore(max(1, settings.model_slots * len(servers)))
    sender = Sender(settings.kafka, client_id="kefu-inference-live")

    def send(out: Send) -> None:
        sender.send(out.topic.name, out.topic.key_of(out.event), codec.encode(out.event))

    ask = inference(_Measured(pool, worker.metrics), send, time.time)
    inputs = Inputs(readers={topic: plain(topic) for topic in (topics.PRIORITY, topics.REQUESTS)})
    worker.runtime.asking("inference", inputs, ask, at_once=at_once)
    worker.meanwhile(functools.partial(_tell_status, pool, send))
    worker.afterwards(pool.aclose)
    worker.run()


class _Measured:
    """A pool whose calls are counted."""

    def __init__(self, pool: Any, metrics: Metrics) -> None:
        self._pool, self._metrics = pool, metrics

    async def complete(self, request: Any, on_text: Callable[[str], None]) -> Completion:
        done: Completion = await self._pool.complete(request, on_text)
        self._metrics.model.labels(done.model, done.server, done.outcome).observe(done.model_ms / 1000)
        return done


def tools(settings: Settings) -> None:
    """Calls business systems for the conversations."""
    from agents.tools.calling import calling
    from streams.follower import Follower
    from streams.tools import registry
    from streams.tools.business import Business
    from streams.tools.caller import Clocks, PluginCaller
    from streams.tools.grants import Grants, scopes
    from streams.tools.measured import Measured
    from streams.tools.ordered import in_turn

    grants, business = Grants(scopes(settings.tools_scopes)), Business(settings.business_url, settings.business_token)
    caller = PluginCaller(registry.found().plugins, grants, business, Clocks(time.time, time.perf_counter))
    worker = _Worker(settings, "tools")
    follower = Follower(settings.kafka, {topics.SETTINGS: grants.setting_changed}, partitions=settings.partitions)
    worker.before(follower.start)
    ask = in_turn(calling(Measured(caller, worker.metrics), time.time))
    inputs = Inputs(readers={topics.TOOL_REQUESTS: plain(topics.TOOL_REQUESTS)})
    worker.runtime.asking("tools", inputs, ask, at_once=asyncio.Semaphore(settings.tools_at_once))
    worker.afterwards(business.aclose)
    worker.run()


STATUS_S = 5.0
"""Seconds between two probes of the servers."""


async def _tell_status(pool: Any, send: Callable[[Send], None]) -> None:
    from streams.desk import MODELS

    told = None
    while True:
        status = await pool.probe()
        if status != told:
            log.info("models are %s%s", status.status, f": {status.reason}" if status.reason else "")
            value = msgspec.to_builtins(status)
            send(
                Send(
                    topics.SETTINGS,
                    Setting(name=MODELS, value=value, actor="inference", occurred_at=times.rfc3339(time.time())),
                )
            )
            told = status
        await asyncio.sleep(STATUS_S)


class _Worker:
    """A Faust worker with everything round it, in the order in which it must start."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.settings, self.name, self.metrics = settings, name, Metrics()
        created = until(
            "Kafka",
            lambda: topology.create(settings.kafka, partitions=settings.partitions, replication=settings.replication),
        )
        if created:
            log.info("created %d topics", len(created))
        until("Kafka's offsets", functools.partial(topology.coordinate, settings.kafka, f"kefu-{name}"))
        engine = Engine(
            group=f"kefu-{name}",
            bootstrap=settings.kafka,
            folder=settings.home,
            partitions=settings.partitions,
            instance=f"{name}-{settings.worker}",
            guarantee=settings.delivery,
            state=settings.state,
            commit_s=settings.commit_ms / 1000,
        )
        self._app, port = faust_app(engine)
        self.runtime = Runtime(self._app, port, self.metrics, clock=time.time, ticks=time.perf_counter)
        self._tasks: list[Callable[[], Any]] = []
        self._before: list[Callable[[], Any]] = []
        self._after: list[Callable[[], Any]] = []

    def before(self, start: Callable[[], Any]) -> None:
        """A coroutine function to finish before the first record is read."""
        self._before.append(start)

    def meanwhile(self, task: Callable[[], Any]) -> None:
        """A coroutine function that runs beside the agents."""
        self._tasks.append(task)

    def afterwards(self, close: Callable[[], Any]) -> None:
        """A coroutine function to run once the agents have stopped."""
        self._after.append(close)

    def run(self) -> None:
        """Run until SIGTERM or Ctrl-C; finish what was begun, commit, leave."""
        expose_as(self.name, self.metrics, port=self.settings.metrics_port, home=self.settings.home)
        self.meanwhile(self.runtime.ring)
        self.meanwhile(functools.partial(watch, self._app, self.metrics, self.settings.stalled_s))
        run_app(self._app, before=self._before, meanwhile=self._tasks, after=self._after)


def sinks(settings: Settings) -> None:
    """Writes what the topics say into ClickHouse."""
    from streams.sinks.main import main

    main(settings)


def gateway(settings: Settings) -> None:
    """REST, WebSocket and the pages."""
    from streams.gateway.main import main

    main(settings)


def monitoring(settings: Settings) -> None:
    """The Flink job."""
    from streams.monitoring import main

    main(settings)


WORKERS: dict[str, Callable[[Settings], None]] = {
    "dialogue": dialogue,
    "inference": infer,
    "tools": tools,
    "sinks": sinks,
    "gateway": gateway,
    "monitoring": monitoring,
}


def run(name: str, settings: Settings) -> None:
    """Run one worker until it is told to stop. Raises Misconfigured for an unknown name."""
    if name not in WORKERS:
        raise Misconfigured(f"no worker is called {name!r}; there are {', '.join(WORKERS)}")
    WORKERS[name](settings)

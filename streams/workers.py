"""The composition root: what each worker process is made of."""

import asyncio
import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from agents.intake import Inputs
from agents.ports import Record, When
from agents.runtime import Runtime
from schemas import codec, topics
from schemas.codec import Origin
from schemas.errors import Misconfigured
from schemas.messages import InboundMessage
from schemas.topics import Send, Topic
from streams import pulse, topology
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run as run_app
from streams.metrics import Metrics, expose_as
from streams.secret import secret
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


def plain(topic: Topic) -> Callable[[Record], Any]:
    """Reads records of a topic whose events are complete."""
    return lambda record: codec.decode(topic, record.value)


def dialogue(settings: Settings) -> None:
    """Understands, remembers, decides and answers."""
    from agents import catalog
    from agents.dialogue import journal
    from agents.dialogue.conversation import Conversation
    from agents.dialogue.prompt import PROMPT_VERSION
    from agents.dialogue.step import Dialogue
    from agents.tasks import Tasks, load
    from streams.cache.configured import answer_cache
    from streams.desk import LiveDesk
    from streams.embedding.configured import WorkersEmbeddings
    from streams.follower import Apply, Follower
    from streams.limits import limits_of
    from streams.publish import publish_catalog
    from streams.reply_time import timed
    from streams.tools import registry
    from streams.tools.grants import Grants, scopes
    from streams.tools.offers import Offers
    from streams.trained import understander

    known = catalog.load(settings.catalog, settings.chosen_packs)
    tasks = Tasks(load(catalog.task_folder(settings.catalog, settings.chosen_packs)))
    offers = Offers(registry.found().toolbox(), Grants(scopes(settings.tools_scopes)))
    desk = LiveDesk(known, tasks=tasks, offers=offers, sees=bool(settings.vision_model))
    agent = Dialogue(desk, understander(known, settings.home), limits_of(settings), secret(settings))
    worker = _Worker(settings, "dialogue")
    edition = f"{PROMPT_VERSION}:{settings.model}"
    cache = answer_cache(settings, desk, edition=edition, served=known.served, count=worker.metrics.cached)
    desk.cache = cache.answers
    worker.afterwards(cache.aclose)
    embeddings = WorkersEmbeddings(settings, desk, worker.metrics.embedded)
    worker.afterwards(embeddings.aclose)
    for task in embeddings.tasks:
        worker.meanwhile(task)
    publish_catalog(settings, known)
    article_changed = embeddings.following(desk.article_changed)
    applies: dict[Topic, Apply] = {topics.ARTICLES: article_changed, topics.SETTINGS: desk.setting_changed}
    follower = Follower(settings.kafka, applies, partitions=settings.partitions)
    worker.before(follower.start)

    def rejected(record: Record, reason: str, when: When) -> list[Send]:
        return [journal.rejected(record.topic, record.partition, record.offset, record.key, reason, when.now)]

    inputs = Inputs(
        readers={topics.INBOUND: inbound, topics.REHOMED: inbound}
        | {topic: plain(topic) for topic in (topics.RESULTS, topics.TOOL_RESULTS, topics.HANDOVER, topics.FEEDBACK)},
        prepare=cache.expecting(embeddings.expecting(agent.prepare)),
        rejected=rejected,
        rehomed={topics.INBOUND.name: topics.REHOMED}
        | {topic.name: topic for topic in (topics.HANDOVER, topics.FEEDBACK)},
    )
    worker.runtime.stateful("dialogue", inputs, state=Conversation, step=timed(agent.step, worker.metrics))
    worker.run()


def infer(settings: Settings) -> None:
    """Puts questions to the Ollama servers and tells everybody whether any can be asked."""
    from streams.follower import Follower
    from streams.pool.agent import InferenceAgent

    worker = _Worker(settings, "inference")
    sender = Sender(settings.kafka, client_id="kefu-inference-live")

    def send(out: Send) -> None:
        sender.send(out.topic.name, out.topic.key_of(out.event), codec.encode(out.event))

    agent = InferenceAgent(settings, worker.metrics, send)
    worker.before(
        Follower(settings.kafka, {topics.SETTINGS: agent.setting_changed}, partitions=settings.partitions).start
    )
    for name, topic, ask in (
        ("inference-priority", topics.PRIORITY, agent.ask_first),
        ("inference", topics.REQUESTS, agent.ask),
    ):
        inputs = Inputs(readers={topic: plain(topic)})
        worker.runtime.asking(name, inputs, ask, at_once=asyncio.Semaphore(agent.at_once))
    for task in agent.tasks(worker.partitions_of(topics.REQUESTS)):
        worker.meanwhile(task)
    worker.afterwards(agent.aclose)
    worker.run()


def tools(settings: Settings) -> None:
    """Calls business systems for the conversations."""
    from agents.tools.calling import calling
    from streams.follower import Apply, Follower
    from streams.tools import registry
    from streams.tools.business import Business
    from streams.tools.caller import Clocks, PluginCaller
    from streams.tools.grants import Grants, scopes
    from streams.tools.keys import KeySender
    from streams.tools.measured import Measured
    from streams.tools.ordered import in_turn
    from streams.tools.personal import Sealing, Values

    grants, business = Grants(scopes(settings.tools_scopes)), Business(settings.business_url, settings.business_token)
    values = Values(secret(settings))
    clocks = Clocks(time.time, time.perf_counter)
    caller = PluginCaller(registry.found().plugins, grants, business, clocks, values.filled)
    worker = _Worker(settings, "tools")
    applies: dict[Topic, Apply] = {topics.SETTINGS: grants.setting_changed, topics.KEYS: values.key_changed}
    worker.before(Follower(settings.kafka, applies, partitions=settings.partitions).start)
    keys = KeySender(settings, worker.end)
    ask = in_turn(calling(Sealing(Measured(caller, worker.metrics), values, keys.make), time.time))
    inputs = Inputs(readers={topics.TOOL_REQUESTS: plain(topics.TOOL_REQUESTS)})
    worker.runtime.asking("tools", inputs, ask, at_once=asyncio.Semaphore(settings.tools_at_once))
    worker.afterwards(business.aclose)
    worker.run()


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
        self._app, self._port = faust_app(engine)
        self.end = self._port.end
        self.runtime = Runtime(self._app, self._port, self.metrics, clock=time.time, ticks=time.perf_counter)
        self._tasks: list[Callable[[], Any]] = []
        self._before: list[Callable[[], Any]] = []
        self._after: list[Callable[[], Any]] = []

    def partitions_of(self, topic: Topic) -> Callable[[], frozenset[int]]:
        """The partitions of a topic that this worker has, when asked."""
        return lambda: frozenset(tp.partition for tp in self._app.consumer.assignment() if tp.topic == topic.name)

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
        self.meanwhile(functools.partial(pulse.keep, self._port.end, self.settings.stalled_s))
        run_app(self._app, before=self._before, meanwhile=self._tasks, after=self._after)


def sinks(settings: Settings) -> None:
    """Writes what the topics say into ClickHouse."""
    from streams.sinks.main import main

    main(settings)


def gateway(settings: Settings) -> None:
    """REST, WebSocket and the pages."""
    from streams.gateway.main import main

    main(settings)


def knowledge(settings: Settings) -> None:
    """Keeps the knowledge topic in step with the sources."""
    from streams.knowledge.schedule import main

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
    "knowledge": knowledge,
    "monitoring": monitoring,
}


def run(name: str, settings: Settings) -> None:
    """Run one worker until it is told to stop. Raises Misconfigured for an unknown name."""
    if name not in WORKERS:
        raise Misconfigured(f"no worker is called {name!r}; there are {', '.join(WORKERS)}")
    WORKERS[name](settings)

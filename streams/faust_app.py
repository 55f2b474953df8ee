"""A Faust app on our transport: the worker's engine, with everything switched off that is not used."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import faust

from streams.delivery import AtLeastOnce, Delivery, ExactlyOnce, Guarantee
from streams.rhythm import Rhythm
from streams.sender import Sender
from streams.shelf import Memory, Shelf
from streams.states import States
from streams.topology import changelog
from streams.transaction import Transactions
from streams.transport import Transport, WorkerPort

FAUST_COMMIT_S = 3600.0
"""Faust's clock for commits; the transport has its own rhythm."""
HEARTBEAT_S = 2.0
"""At most so many seconds between heartbeats: it is by them that a member learns that its group forms anew."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What a worker's engine needs to know.

    ``commit_s``: seconds between commits; ``session_s``: seconds after which the group gives a silent worker's
    partitions to another; ``poll_records``: most per poll.
    ``instance`` names the worker within its group, the same after a restart: it then takes its partitions up again at
    once, without a rebalance (static membership), its open transaction is ended, and a namesake that was only asleep is
    refused.
    """

    group: str
    bootstrap: str
    folder: Path
    partitions: int
    instance: str
    guarantee: Guarantee = "exactly_once"
    state: Literal["memory", "disk"] = "memory"
    commit_s: float = 0.1
    session_s: float = 10.0
    poll_records: int = 2000

    def shelf(self) -> Callable[[str], Shelf]:
        """Where this engine's states stand beside their changelog; on disk in a folder of this worker alone."""
        if self.state == "memory":
            return lambda _: Memory()
        from streams.shelf_disk import disk

        return disk(self.folder / "state" / self.instance)

    def delivery(self) -> Delivery:
        """How this engine's outcomes reach Kafka."""
        if self.guarantee == "exactly_once":
            return ExactlyOnce(self.bootstrap, Transactions(self.bootstrap, name=f"{self.group}-{self.instance}"))
        return AtLeastOnce(Sender(self.bootstrap, client_id=self.group))


def faust_app(engine: Engine) -> tuple[faust.App, WorkerPort]:
    """The app of one consumer group and the port through which its agents send and keep state."""
    engine.folder.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        engine.group,
        broker=[f"kafka://{address.strip()}" for address in engine.bootstrap.split(",")],
        datadir=str(engine.folder / "faust"),
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_buffer_maxsize=8,
        stream_wait_empty=False,
        consumer_group_instance_id=engine.instance,
        broker_max_poll_records=engine.poll_records,
        broker_commit_interval=FAUST_COMMIT_S,
        broker_commit_every=1_000_000_000,
        broker_session_timeout=engine.session_s,
        broker_heartbeat_interval=min(engine.session_s / 5, HEARTBEAT_S),
        broker_request_timeout=30.0,
        broker_rebalance_timeout=30.0,
    )

    def new_states(name: str, state: type[Any]) -> States:
        return States(engine.bootstrap, changelog(name), state, engine.shelf())

    delivery = engine.delivery()
    rhythm = Rhythm(engine.guarantee == "exactly_once", engine.commit_s)
    app.transport = Transport(app, engine.bootstrap, delivery=delivery, rhythm=rhythm, new_states=new_states)
    return app, WorkerPort(app, delivery, engine.partitions)

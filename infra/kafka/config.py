"""The broker as data: what it is told, and the configuration that follows from it."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from infra.kafka.refused import Refused

NODE_ID = 1


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker to run: its folder, its address (loopback), its jars, and how much it may take."""

    data: Path
    host: str
    port: int
    jars: Path
    heap: str = "384m"
    partitions: int = 12
    max_record_bytes: int = 1_048_576

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def properties(self) -> Path:
        return self.data / "server.properties"


def address(text: str) -> tuple[str, int]:
    """Host and port of ``host:port``; loopback only, since this broker asks nobody for a password."""
    host, _, port = text.rpartition(":")
    bare = host.strip("[]")
    if not bare or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused(f"KEFU_KAFKA={text!r} is not one host:port, such as 127.0.0.1:9092")
    if not _loopback(bare):
        raise Refused(
            f"KEFU_KAFKA={text!r} is not a loopback address, and the embedded broker has no passwords: "
            "use 127.0.0.1, or drop kafka from KEFU_EMBEDDED to use a broker of your own"
        )
    return bare, int(port)


def server_properties(broker: Broker, controller_port: int) -> str:
    """Kafka's configuration for one small node that is broker and controller.

    Replication is 1 because there is one node. Buffers, threads and internal topics are sized for one machine: Kafka's
    own defaults take 128 MB for the cleaner and create 50 partitions for offsets and for transactions each.
    """
    return "".join(f"{name}={value}\n" for name, value in _settings(broker, controller_port).items())


def _settings(broker: Broker, controller_port: int) -> dict[str, object]:
    return _addresses(broker, controller_port) | _limits(broker) | _INTERNAL_TOPICS | _SMALL


def _addresses(broker: Broker, controller_port: int) -> dict[str, object]:
    host = f"[{broker.host}]" if ":" in broker.host else broker.host
    return {
        "process.roles": "broker,controller",
        "node.id": NODE_ID,
        "controller.quorum.voters": f"{NODE_ID}@{host}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{host}:{broker.port},CONTROLLER://{host}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{host}:{broker.port}",
        "log.dirs": broker.log.absolute(),
    }


def _limits(broker: Broker) -> dict[str, object]:
    return {
        "num.partitions": broker.partitions,
        "message.max.bytes": broker.max_record_bytes,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "broker.session.timeout.ms": 6000,  # how long a killed broker's registration keeps its successor out
        "broker.heartbeat.interval.ms": 1000,
        "offsets.retention.minutes": 30 * 24 * 60,  # as long as the topics that keep their records longest
    }


_INTERNAL_TOPICS: dict[str, object] = {
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 8,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 8,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 2000,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
}

_SMALL: dict[str, object] = {
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    "log.segment.bytes": 128 * 1024 * 1024,
    "log.index.size.max.bytes": 1024 * 1024,
}


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""The JVM: where it is, and the command lines that format and run the broker."""

import os
from pathlib import Path

from infra.kafka.config import Broker
from infra.kafka.refused import Refused

LOGGING = Path(__file__).with_name("log4j2.properties")
MEMORY = ("-Xmn96m", "-XX:MetaspaceSize=96m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
"""With the serial collector the broker takes 90 MB less than with G1; its heap is too small for long pauses.
A young generation of this size is collected a third as often as the default's, in pauses as short. An old one that
has its full size from the beginning is not collected every minute for 0.1 s; metaspace of this size, not while the
broker starts."""


def java() -> str:
    """The java of JAVA_HOME, else the one on the path."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def format_command(broker: Broker, cluster_id: str) -> list[str]:
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config", str(broker.properties)]
    return [*_jvm(broker.jars), *tool]


def run_command(broker: Broker) -> list[str]:
    heap = (f"-Xms{broker.heap}", f"-Xmx{broker.heap}")
    return [*_jvm(broker.jars), *heap, *MEMORY, "kafka.Kafka", str(broker.properties)]


def require_jars(jars: Path) -> None:
    if not any(jars.glob("kafka_*.jar")):
        raise Refused(f"{jars} holds no jars of Kafka: fetch them with `make setup`")


def _jvm(jars: Path) -> list[str]:
    return [java(), "-cp", f"{jars}/*", f"-Dlog4j2.configurationFile={LOGGING}", "-Djava.awt.headless=true"]

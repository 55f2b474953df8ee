"""The Java side: a small Flink cluster in one process that lives and dies with this one."""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from flink_jobs.checkpoints import Past
from schemas.errors import Misconfigured, Unavailable

JVM_OPTIONS = (
    "-Xms64m", "-Xmx256m", "-Xss512k", "-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=64m",
    "-XX:MaxMetaspaceSize=256m", "-XX:+ExitOnOutOfMemoryError",
)  # fmt: skip
LOGGING = Path(__file__).with_name("log4j2.properties")
START_SECONDS = 60.0
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the cluster is made of. ``state`` is the folder of its logs, temporary files and checkpoints."""

    state: Path
    jars: Path
    parallelism: int = 1

    @property
    def pid_file(self) -> Path:
        return self.state / "java.pid"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def temporary(self) -> Path:
        return self.state / "tmp"

    def connector(self) -> Path:
        """The Kafka connector's jar. Raises Misconfigured without one."""
        found = sorted(self.jars.glob("flink-sql-connector-kafka-*.jar"))
        if not found:
            raise Misconfigured(f"no flink-sql-connector-kafka-*.jar in --jars {self.jars}; fetch it with Maven (make)")
        return found[-1]


def start(cluster: Cluster) -> "subprocess.Popen[bytes]":
    """Start Java and point PyFlink at it, so that its handle is ours to stop. Raises Unavailable or Misconfigured.

    PyFlink's watchdog ends Java within seconds of the death of this process, however it dies.
    """
    from pyflink.pyflink_gateway_server import launch_gateway_server_process

    shutil.rmtree(cluster.temporary, ignore_errors=True)
    cluster.temporary.mkdir(parents=True)
    connection = cluster.temporary / "connection"
    os.environ.update(_environment(cluster))
    try:
        java: subprocess.Popen[bytes] = launch_gateway_server_process(
            os.environ | {"_PYFLINK_CONN_INFO_PATH": str(connection)},
            ["-c", "org.apache.flink.client.python.PythonGatewayServer", "local"],
        )
    except FileNotFoundError:
        raise Misconfigured("no `java` to run; install Java 17 or set JAVA_HOME") from None
    cluster.pid_file.write_text(str(java.pid))
    try:
        os.environ["PYFLINK_GATEWAY_PORT"] = str(_port(java, connection))
    except BaseException:
        stop(java)
        raise
    Thread(target=_drain, args=(java,), daemon=True).start()
    return java


def stop(java: "subprocess.Popen[bytes]") -> None:
    """End Java: kindly, then not."""
    java.terminate()
    try:
        java.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        java.kill()
        java.wait()


def tables(cluster: Cluster, past: Past) -> Any:
    """A table environment on the started cluster, which goes on from ``past``."""
    from pyflink.common import Configuration
    from pyflink.table import EnvironmentSettings, TableEnvironment

    configuration = Configuration()
    for name, value in settings(cluster, past).items():
        configuration.set_string(name, value)
    return TableEnvironment.create(EnvironmentSettings.new_instance().with_configuration(configuration).build())


def settings(cluster: Cluster, past: Past) -> Mapping[str, str]:
    """Flink's configuration: all of it on loopback, small, and resuming from the newest checkpoint if there is one."""
    network, managed = 8 + 8 * cluster.parallelism, 24 * cluster.parallelism
    common = {
        "pipeline.name": "kefu quality",
        "pipeline.jars": cluster.connector().as_uri(),
        "parallelism.default": str(cluster.parallelism),
        "taskmanager.numberOfTaskSlots": str(cluster.parallelism),
        "taskmanager.memory.network.min": f"{network}mb",
        "taskmanager.memory.network.max": f"{network}mb",
        "taskmanager.memory.managed.size": f"{managed}mb",
        "jobmanager.bind-host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "execution.checkpointing.interval": "3s",
        "execution.checkpointing.dir": past.folder.as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "restart-strategy.type": "none",
        "table.local-time-zone": "UTC",
        "table.exec.state.ttl": "1d",
        "table.optimizer.agg-phase-strategy": "ONE_PHASE",
    }
    if past.newest is None:
        return common
    resumed = {"execution.state-recovery.path": past.newest.as_uri(), "execution.state-recovery.claim-mode": "CLAIM"}
    return common | resumed


def failures() -> tuple[type[Exception], ...]:
    """What a call into Java raises when Java, or the way there, fails."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]
    from pyflink.util.exceptions import JavaException

    return Py4JError, JavaException, OSError


def reason(java: "subprocess.Popen[bytes]", problem: Exception) -> str:
    """Why a call into Java failed, in one line: Java's end, where that is why, else the innermost cause."""
    try:
        return f"Java ended with exit status {java.wait(1)}"
    except subprocess.TimeoutExpired:
        return innermost(str(problem))


def innermost(trace: str) -> str:
    """The innermost cause in a Java stack trace, as one line."""
    causes = [line.strip() for line in trace.splitlines() if line.strip().startswith("Caused by: ")]
    first = next((line.strip() for line in trace.splitlines() if line.strip()), "no reason given")
    return causes[-1].removeprefix("Caused by: ") if causes else first


def _environment(cluster: Cluster) -> dict[str, str]:
    """How PyFlink starts Java. The job runs no Python functions: `process` keeps Beam's server for them out."""
    cluster.logs.mkdir(parents=True, exist_ok=True)
    return {
        "JVM_ARGS": " ".join((*JVM_OPTIONS, f"-Djava.io.tmpdir={cluster.temporary}")),
        "MALLOC_ARENA_MAX": "2",
        "FLINK_LOG_DIR": str(cluster.logs),
        "FLINK_IDENT_STRING": "quality",
        "LOG4J_PROPERTIES": str(LOGGING),
        "_python_worker_execution_mode": "process",
    }


def _port(java: "subprocess.Popen[bytes]", connection: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not connection.exists():
        if java.poll() is not None:
            said = java.stderr.read().decode(errors="replace").strip() if java.stderr else ""
            raise Unavailable(f"Java ended at its start: {said or f'exit status {java.returncode}'}")
        if time.monotonic() > deadline:
            raise Unavailable(f"Java did not start within {START_SECONDS:.0f} s")
        time.sleep(0.1)
    return int(struct.unpack("!I", connection.read_bytes()[:4])[0])


def _drain(java: "subprocess.Popen[bytes]") -> None:
    """Read what Java writes to its stderr, a pipe that would block it when full; its log file has what matters."""
    for _line in java.stderr or ():
        pass

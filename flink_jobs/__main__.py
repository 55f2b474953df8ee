"""Runs the quality monitor until it is stopped: `python -m flink_jobs --kafka HOST:PORT --jars DIR --state DIR`."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import NoReturn

from flink_jobs import checkpoints, cluster, gate, kafka, quality
from flink_jobs.cluster import Cluster
from flink_jobs.quality import Quality
from schemas.errors import KefuError, Misconfigured, Unavailable
from schemas.topics import ALERTS, LOG

log = logging.getLogger("flink_jobs")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 stopped, 1 a dependency failed (start again), 2 a setting is wrong."""
    _speak()
    options = _parser().parse_args(arguments)
    try:
        run(_job(options), Cluster(options.state.resolve(), options.jars.resolve(), options.parallelism))
    except KefuError as problem:
        log.log(logging.ERROR, "%s", problem)
        return 2 if isinstance(problem, Misconfigured) else 1
    return 0


def run(job: Quality, place: Cluster) -> None:
    """Wait for Kafka, resume from the newest checkpoint and stay until the job ends. Raises what main tells."""
    place.connector()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _stopped)
    checkpoints.claim(place.state)
    kafka.wait(job.kafka, (LOG.name, ALERTS.name), log.info)
    checkpoints.await_orphan(place.pid_file)
    job.gate.mkdir(exist_ok=True)
    past = checkpoints.prepared(place.state / "checkpoints", quality.fingerprint(job, engine=version("apache-flink")))
    java = cluster.start(place)
    try:
        _watch(job, place, past)
    except cluster.failures() as problem:
        hint = f"; should it never resume, remove {past.folder}" if past.newest else ""
        told = f"the job failed: {cluster.reason(java, problem)}; see {place.logs}{hint}"
        raise Unavailable(told) from None
    finally:
        cluster.stop(java)


def _watch(job: Quality, place: Cluster, past: checkpoints.Past) -> NoReturn:
    tables = cluster.tables(place, past)
    for statement in quality.tables(job):
        tables.execute_sql(statement)
    running = tables.execute_sql(quality.insert(job))
    Thread(target=gate.open_when_reading, args=(job.gate, past), daemon=True).start()
    log.info("watching %s in windows of %g s, from %s", LOG.name, job.window, past.newest or "the group's offsets")
    running.wait()
    raise Unavailable("the job ended, though its source has no end; start it again")


def _speak() -> None:
    """Our lines go to stderr; py4j's, which tell of every interrupted call on the root logger, nowhere."""
    logging.getLogger().addHandler(logging.NullHandler())
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(logging.Formatter("quality: %(message)s"))
    log.handlers = [lines]
    log.setLevel(logging.INFO)
    log.propagate = False


def _stopped(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


def _job(options: argparse.Namespace) -> Quality:
    if not 1 <= options.window <= 900:
        raise Misconfigured(f"--window {options.window:g}: take 1 to 900 seconds")
    return Quality(options.kafka, options.state.resolve() / "gate", options.window, options.delay)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flink_jobs", description=__doc__)
    parser.add_argument("--kafka", required=True, help="bootstrap servers, HOST:PORT")
    parser.add_argument("--jars", required=True, type=Path, help="folder with flink-sql-connector-kafka-*.jar")
    parser.add_argument("--state", required=True, type=Path, help="folder for checkpoints, logs, temporary files")
    parser.add_argument("--window", type=float, default=10.0, help="seconds (default %(default)g)")
    parser.add_argument("--delay", type=float, default=1.0, help="by how many seconds events may be out of order")
    parser.add_argument("--parallelism", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Runs the embedded broker: checks, formats once, then becomes the JVM, so that signals reach Kafka itself."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.kafka.config import Broker, address, server_properties
from infra.kafka.folder import ensure_formatted, lock
from infra.kafka.java import require_jars, run_command
from infra.kafka.ports import free_port, require_free
from infra.kafka.refused import Refused


def parse(arguments: Sequence[str]) -> Broker:
    """The broker that the command line describes. Raises Refused where the address cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.kafka", description=__doc__, argument_default=argparse.SUPPRESS
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the broker's state")
    parser.add_argument("--listen", default="127.0.0.1:9092", help="loopback host:port for clients")
    parser.add_argument("--jars", type=Path, required=True, help="folder with Kafka's jars")
    parser.add_argument("--heap", help="heap of the JVM, as java writes it")
    parser.add_argument("--partitions", type=int, help="of topics that are created without a number")
    parser.add_argument("--max-record-bytes", type=int, help="largest batch of records that is taken")
    given = vars(parser.parse_args(arguments))
    host, port = address(given.pop("listen"))
    return Broker(host=host, port=port, **given)


def become(broker: Broker) -> None:
    """Prepares the folder and replaces this process by the JVM. Raises Refused where the broker must not start."""
    require_jars(broker.jars)
    broker.data.mkdir(parents=True, exist_ok=True)
    lock(broker.data)
    require_free(broker.host, broker.port)
    broker.properties.write_text(server_properties(broker, free_port(broker.host)))
    ensure_formatted(broker)
    command = run_command(broker)
    os.execvpe(command[0], command, os.environ | {"MALLOC_ARENA_MAX": "2"})  # noqa: S606 - no shell is wanted


def main(arguments: Sequence[str]) -> int:
    try:
        become(parse(arguments))
    except (Refused, OSError) as problem:
        sys.stderr.write(f"broker: {problem}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

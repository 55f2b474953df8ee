"""The process file: every worker is in it, its variables are those that `kefu up` sets, and it stops in time."""

import configparser
import re
from pathlib import Path

from infra.kafka.__main__ import parse as broker_arguments
from schemas.topics import MAX_RECORD_BYTES
from streams.settings import Settings
from streams.up.run import PROCESSES, STOP_S, variables
from streams.workers import WORKERS

FILE = configparser.RawConfigParser(inline_comment_prefixes=(" ;",))
FILE.read(PROCESSES)
PROGRAMS = {name.partition(":")[2]: FILE[name] for name in FILE.sections() if name.startswith("program:")}
GROUPS = {name.partition(":")[2]: FILE[name] for name in FILE.sections() if name.startswith("group:")}
TICK_S = 1.0
"""How often supervisord looks whether a group has ended."""


def settings(**changed: str) -> Settings:
    return Settings(_env_file=None, **changed)  # type: ignore[arg-type]


def test_every_worker_is_a_program() -> None:
    commands = [program["command"] for program in PROGRAMS.values()]
    assert {command.split(" worker ")[1] for command in commands if " worker " in command} == set(WORKERS)


def test_each_program_is_in_one_group_and_comes_back_for_ever() -> None:
    grouped = [name for group in GROUPS.values() for name in group["programs"].split(",")]
    assert sorted(grouped) == sorted(PROGRAMS)
    assert all(program["autorestart"] == "true" for program in PROGRAMS.values())
    assert all(int(program["startretries"]) >= 1_000_000 for program in PROGRAMS.values())


def test_the_workers_stop_before_what_they_need() -> None:
    assert int(GROUPS["workers"]["priority"]) > int(GROUPS["stores"]["priority"])


def test_everything_stops_before_kefu_up_loses_patience() -> None:
    slowest = [
        max(int(PROGRAMS[name]["stopwaitsecs"]) for name in group["programs"].split(",")) for group in GROUPS.values()
    ]
    assert sum(slowest) + TICK_S * len(slowest) <= STOP_S < 15


def test_its_variables_are_those_that_kefu_up_sets() -> None:
    used = set(re.findall(r"%\(ENV_(\w+)\)s", PROCESSES.read_text()))
    assert used == {name for name in variables(settings(), Path("/home")) if name.startswith("UP_")}


def test_what_is_not_embedded_is_not_started() -> None:
    given = variables(settings(embedded="kafka"), Path("/home"))
    embeds = {name: value for name, value in given.items() if name.startswith("UP_EMBEDS_")}
    assert embeds == {
        "UP_EMBEDS_KAFKA": "true",
        "UP_EMBEDS_CLICKHOUSE": "false",
        "UP_EMBEDS_FLINK": "false",
        "UP_EMBEDS_BUSINESS": "false",
    }


def test_the_broker_is_told_the_settings() -> None:
    given = variables(settings(kafka="127.0.0.1:19092", partitions="5"), Path("/home"))
    command = PROGRAMS["broker"]["command"]
    for name, value in given.items():
        command = command.replace(f"%(ENV_{name})s", value)
    broker = broker_arguments([word.strip('"') for word in command.split()[3:]])
    assert (broker.host, broker.port, broker.partitions) == ("127.0.0.1", 19092, 5)
    assert broker.max_record_bytes == MAX_RECORD_BYTES
    assert broker.data == Path("/home/kafka")

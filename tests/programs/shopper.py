"""Simulated shoppers, judged by what the business system has on record.

``python -m tests.programs.shopper --conversations 200 --kafka 127.0.0.1:9092 --business http://127.0.0.1:8010
--data .kefu/business`` talks with a running system over its topics; ``--in-process`` with the pure dialogue instead.
The exit code is 0 where no wrong action was done and as many returns as ``--least`` were resolved without a person.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.shopping.goals import TASKS
from tests.shopping.in_process import shop
from tests.shopping.judging import Verdict, table
from tests.shopping.ledger import of_file
from tests.shopping.over_kafka import Shop


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.programs.shopper")
    parser.add_argument("--conversations", type=int, default=200, help="conversations for each task")
    parser.add_argument("--tasks", default=",".join(TASKS), help="tasks, comma-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.85, help="share of returns to be resolved without a person")
    parser.add_argument("--in-process", action="store_true", help="talk with the pure dialogue")
    parser.add_argument("--kafka", default="127.0.0.1:9092")
    parser.add_argument("--business", default="http://127.0.0.1:8010", help="address of the business system")
    parser.add_argument(
        "--data", type=Path, default=Path(".kefu/business"), help="folder of the business system's data"
    )
    parser.add_argument("--at-once", type=int, default=50, help="conversations at a time")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds to wait for a reply")
    given = parser.parse_args()
    verdicts = [one for task in given.tasks.split(",") for one in _talked(given, task)]
    sys.stdout.write(table(verdicts) + "\n")
    returns = [one.resolved for one in verdicts if one.goal.task == "return"]
    enough = not returns or sum(returns) / len(returns) >= given.least
    return 0 if enough and not any(one.wrong for one in verdicts) else 1


def _talked(given: argparse.Namespace, task: str) -> Iterator[Verdict]:
    if given.in_process:
        return shop(task, given.conversations, given.seed)
    ledger, token = of_file(given.data / "business.sqlite"), os.environ.get("KEFU_BUSINESS_TOKEN", "")
    running = Shop(given.kafka, given.business, ledger, token=token, wait_s=given.wait)
    with closing(running):
        return iter(list(running.visits(task, given.conversations, given.seed, given.at_once)))


if __name__ == "__main__":
    sys.exit(main())

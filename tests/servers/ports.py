"""Ports for the tests' servers: none is given twice, neither by this process nor by another of the same run."""

import itertools
import os
import random
from collections.abc import Iterator

from infra.kafka.ports import first_free

FIRST, SHARE = 26_000, 2_000
"""Below those that systems give to whoever asks for any; each process of a run has a share of its own."""


def _of_this_process() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 3
    mine = range(FIRST + number * SHARE, FIRST + (number + 1) * SHARE)
    begin = random.randrange(SHARE)
    return itertools.cycle([*mine[begin:], *mine[:begin]])


_ports = _of_this_process()


def free_port() -> int:
    """A port of the loopback address that nobody listens on, and that no other test is given."""
    return first_free(itertools.islice(_ports, SHARE))

"""Kills the embedded ClickHouse in mid insert: ``python -m tests.programs.killing_clickhouse 1000 [seconds]``.

One trial: a client inserts single rows, one after the other; at a random moment the process gets SIGKILL; it is started
on the same folder again and asked for all rows. Every row that was ever acknowledged must be there once, and besides
those only rows whose insert was on its way when a kill came. No trial begins after the seconds, if given.
"""

import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.servers.clickhouse import start, stop

LONGEST_S = 0.1
"""Seconds from the end of a trial's first insert to its kill, at the most."""


@dataclass(slots=True)
class Tally:
    """What happened: rows by number, so that each is known by name."""

    kills: int = 0
    starts_s: float = 0.0
    acknowledged: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)
    found: list[int] = field(default_factory=list)

    @property
    def lost(self) -> set[int]:
        """Rows that were acknowledged and are not there."""
        return self.acknowledged - set(self.found)

    @property
    def strange(self) -> set[int]:
        """Rows that are there and were neither acknowledged nor on their way at a kill."""
        return set(self.found) - self.acknowledged - self.unanswered

    @property
    def copies(self) -> int:
        """Rows that are there more often than once."""
        return len(self.found) - len(set(self.found))

    def __str__(self) -> str:
        late, start_s = len(self.unanswered & set(self.found)), self.starts_s / max(self.kills, 1)
        return (
            f"{self.kills} kills, {len(self.acknowledged)} inserts acknowledged, {len(self.found)} rows found: "
            f"{len(self.lost)} lost, {self.copies} twice, {len(self.strange)} unknown; {late} are there of "
            f"{len(self.unanswered)} inserts that a kill left unanswered; a start took {start_s:.2f} s"
        )


def trials(folder: Path, count: int, seconds: float = float("inf"), seed: int = 4) -> Tally:
    """Kill it count times, or as often as the seconds allow; the tally is complete after each trial."""
    moments, tally, ends = random.Random(seed), Tally(), time.monotonic() + seconds
    process, url = start(folder)
    httpx.post(url, content="CREATE TABLE t (n UInt32) ENGINE = MergeTree ORDER BY n").raise_for_status()
    while tally.kills < count and time.monotonic() < ends:
        begun = threading.Event()
        inserting = threading.Thread(target=_insert, args=(url, tally, begun))
        inserting.start()
        assert begun.wait(60)
        time.sleep(moments.uniform(0, LONGEST_S))
        process.kill()
        inserting.join()
        stop(process)
        tally.kills += 1
        began = time.monotonic()
        process, url = start(folder)
        tally.starts_s += time.monotonic() - began
        tally.found = [int(line) for line in httpx.post(url, content="SELECT n FROM t").text.split()]
        if tally.lost or tally.strange or tally.copies:
            break
    stop(process)
    return tally


def _insert(url: str, tally: Tally, begun: threading.Event) -> None:
    """Single rows until the server is gone."""
    with httpx.Client(timeout=60) as http:
        while True:
            number = len(tally.acknowledged) + len(tally.unanswered)
            try:
                answer = http.post(url, content=f"INSERT INTO t VALUES ({number})")
            except httpx.HTTPError:
                tally.unanswered.add(number)
                return
            assert answer.status_code == httpx.codes.OK, answer.text
            tally.acknowledged.add(number)
            begun.set()


def main(arguments: list[str]) -> int:
    count, seconds = int(arguments[0]), float(arguments[1]) if arguments[1:] else float("inf")
    with tempfile.TemporaryDirectory(prefix="kefu-kill-") as folder:
        tally = trials(Path(folder), count, seconds)
    print(tally)
    return 1 if tally.lost or tally.strange or tally.copies else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The stop watch of all cases, which prints the one line of a result. Knows only the standard library."""

import json
import os
import resource
import sys
import time

WARM = 0.1
"""Share of the records that are worked on before the clock starts."""


class StopWatch:
    """Counts records; at the last one it prints the figures and ends the process with ``finish``."""

    def __init__(self, count: int) -> None:
        self._left, self._warm, self._counted = count, int(count * (1 - WARM)), 0
        self._started = self._cpu = 0.0

    def add(self, records: int = 1) -> bool:
        """Whether that was the last record."""
        self._left -= records
        if self._started:
            self._counted += records
        elif self._left <= self._warm:
            self._started, self._cpu = time.perf_counter(), _cpu()
        return self._left <= 0

    def report(self) -> None:
        seconds, cpu = time.perf_counter() - self._started, _cpu() - self._cpu
        line = {"records": self._counted, "seconds": seconds, "cpu_seconds": cpu}
        os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, (json.dumps(line) + "\n").encode())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

"""Holds every window open until the job reads: a partition that is merely slow to start would else count as idle,
the ticks would close its windows, and its backlog would be late.

The gate is a source of one row, far in the future. Until a file brings the row, the source holds the watermark back.
"""

import secrets
import time
from pathlib import Path

from flink_jobs.checkpoints import Past, latest

FAR_FUTURE = '{"until_ms": 253370764800000}\n'
ASK_SECONDS = 0.3


def open_when_reading(gate: Path, past: Past) -> None:
    """Open the gate once two checkpoints of this run are complete: the first begins when all parts run, and between
    the two every partition with a backlog has been read from.
    """
    seen = {past.newest}
    while len(seen) < 3:
        seen.add(latest(past.folder) or past.newest)
        time.sleep(ASK_SECONDS)
    _open(gate)


def _open(gate: Path) -> None:
    """A new name each time, as Flink remembers the files that it has read; a hidden one first, as it skips these."""
    name = secrets.token_hex(8)
    hidden = gate / f".{name}"
    hidden.write_text(FAR_FUTURE)
    hidden.rename(gate / name)

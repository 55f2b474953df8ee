"""The embedded ClickHouse is killed with -9 in mid insert: what it acknowledged is there, once.

``python -m tests.programs.killing_clickhouse 1000`` does the same a thousand times.
"""

from pathlib import Path

import pytest

from tests.programs.killing_clickhouse import trials

pytestmark = [pytest.mark.clickhouse, pytest.mark.timeout(240)]


def test_acknowledged_single_inserts_outlive_kills(tmp_path: Path) -> None:
    tally = trials(tmp_path, 15)
    assert tally.kills == 15
    assert len(tally.acknowledged) >= 15
    assert (tally.lost, tally.strange, tally.copies) == (set(), set(), 0)

"""kill -9 in the middle of tasks: shoppers get what they want, say nothing twice, and nothing is done twice."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.system import running
from tests.shopping.judging import Verdict, table
from tests.shopping.ledger import of_file
from tests.shopping.over_kafka import Shop

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

COUNT, AT_ONCE = 36, 12
VICTIMS = {6: "worker dialogue", 16: "worker tools"}
"""What is killed once so many conversations are over, while twelve others are under way."""
PATIENT = {"KEFU_TOOL_DEADLINE_S": "120"}
"""A call waits for a worker that comes back, however slow the machine."""


def test_shoppers_get_what_they_want_whatever_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, KEFU_EMBEDDED="kafka,clickhouse,business", **PATIENT) as system:
        shop = Shop(system.kafka, system.business, of_file(tmp_path / "business" / "business.sqlite"), wait_s=150.0)
        verdicts = list[Verdict]()
        with closing(shop):
            for verdict in shop.visits("return", COUNT, seed=5, at_once=AT_ONCE):
                verdicts.append(verdict)
                if len(verdicts) in VICTIMS:
                    system.kill(VICTIMS[len(verdicts)])
    assert [one.wrong for one in verdicts if one.wrong] == [], table(verdicts)
    assert sum(one.resolved for one in verdicts) / COUNT >= 0.85, table(verdicts)

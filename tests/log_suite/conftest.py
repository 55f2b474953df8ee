"""The suite's log, once in memory and once on a real broker."""

import pytest

from tests.log_suite.logs import Log, in_memory, on_broker


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def log(request: pytest.FixtureRequest) -> Log:
    return in_memory() if request.param == "memory" else on_broker(request.getfixturevalue("kafka"))

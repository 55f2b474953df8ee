"""The suite's log: in memory, and on a real broker with our transactional producer, both ways, and librdkafka's."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.log_suite.logs import Log, in_memory, librdkafkas, on_broker, ours, ours_before_kafka_4


@pytest.fixture(
    params=[
        None,
        pytest.param(ours, marks=pytest.mark.kafka),
        pytest.param(ours_before_kafka_4, marks=pytest.mark.kafka),
        pytest.param(librdkafkas, marks=pytest.mark.kafka),
    ]
)
def log(request: pytest.FixtureRequest) -> Log:
    transactional: Callable[[str, str], Any] | None = request.param
    return on_broker(request.getfixturevalue("kafka"), transactional) if transactional else in_memory()

"""Inference workers on real Ollama servers: kills, a hot switch, a release; every question has one result."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.programs.questions import MODELS, Asking, Trouble, command, workers
from tests.servers.kafka import broker
from tests.servers.ollama import BUILD_S
from tests.servers.ollama import running as ollama_running

pytestmark = [pytest.mark.kafka, pytest.mark.ollama, pytest.mark.timeout(BUILD_S + 300)]


def test_servers_are_killed_and_models_change_and_each_question_has_one_result_in_order(tmp_path: Path) -> None:
    with ExitStack() as stack:
        kafka = stack.enter_context(broker(tmp_path / "kafka"))
        servers = [stack.enter_context(ollama_running(tmp_path / f"ollama{number}")) for number in range(2)]
        for server in servers:
            server.create(MODELS[1])
        urls = [server.url for server in servers]
        stack.enter_context(workers(kafka, tmp_path, urls))
        trouble = Trouble(servers, 2, 160, partial(command, kafka, tmp_path, urls))
        asking = Asking(kafka, 16, 160, trouble=trouble)
        asking.play()
    assert asking.problems() == []
    assert set(asking.outcomes()) <= {"answered", "failed"}
    assert asking.outcomes()["failed"] <= 2 * 4
    arms = set(asking.models())
    assert arms >= {("tiny", ""), ("tiny-next", ""), ("tiny", "back:candidate"), ("tiny-next", "back:control")}

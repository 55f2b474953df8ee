"""A step that does not end: the worker ends itself, says where it was, and leaves nothing half done."""

import pytest

from tests.chats import assert_exact, chats, outputs
from tests.programs.control import counting
from tests.topics import fresh, produce, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

STUCK = b'{"id": "stuck", "conversation_id": "stuck", "text": "%s"}'
ENDINGS = {
    "spin": (3, "the event loop has stood still for 5 s: spin ("),
    "hold": (1, "in hold"),
}


@pytest.mark.parametrize("mishap", ENDINGS)
def test_a_step_that_does_not_end_ends_the_worker_with_its_place(kafka: str, mishap: str) -> None:
    code, said = ENDINGS[mishap]
    with counting(kafka, fresh("stuck")) as workers:
        workers.start(stalled_s=5)
        produce(kafka, workers.source, chats(100))
        outputs(workers, 100)
        produce(kafka, workers.source, [("stuck", STUCK % mishap.encode())])
        assert workers.died() == code
        assert said in workers.said()
        wait_until(lambda: len(values(kafka, f"{workers.source}-out")) == 100)
        assert_exact(outputs(workers, 100), 100)

"""What a worker has loaded is looked through no more, and what is new seldom."""

import gc
from collections.abc import Iterator

import pytest

from streams import garbage


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


def test_what_is_there_is_kept_for_good_and_cycles_still_go() -> None:
    held, frozen = [object()], gc.get_freeze_count()
    garbage.keep_for_good()
    assert gc.get_freeze_count() > frozen
    assert gc.get_threshold()[0] == garbage.YOUNG
    assert not any(one is held for one in gc.get_objects())
    for _ in range(2 * garbage.YOUNG):
        cycle: list[object] = []
        cycle.append(cycle)
    assert len([one for one in gc.get_objects() if isinstance(one, list) and one and one[0] is one]) < 2 * garbage.YOUNG

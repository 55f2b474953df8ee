"""What may be committed never passes unfinished work."""

from hypothesis import given
from hypothesis import strategies as st

from streams.progress import Place, Progress

HERE = Place("chat.inbound.v1", 3)


def test_nothing_is_committable_before_anything_is_finished() -> None:
    progress = Progress()
    progress.begin(HERE, 10, 20)
    assert progress.committable() == {HERE: 10}
    assert progress.floor(HERE) == 20


def test_a_finished_span_is_committable_once() -> None:
    progress = Progress()
    progress.finish(progress.begin(HERE, 0, 5))
    assert progress.committable() == {HERE: 5}
    progress.committed({HERE: 5})
    assert progress.committable() == {}


def test_what_the_group_has_committed_is_neither_worked_on_nor_committed_again() -> None:
    progress = Progress()
    progress.assigned({HERE: 7})
    assert progress.floor(HERE) == 7
    assert progress.standing(HERE) == 7
    progress.finish(progress.begin(HERE, 7, 9))
    assert progress.committable() == {HERE: 9}


def test_it_is_idle_once_all_that_was_handed_over_is_begun() -> None:
    progress = Progress()
    assert progress.idle()
    progress.hand_over(HERE, 5)
    assert not progress.idle()
    progress.begin(HERE, 0, 5)
    assert progress.idle()


def test_a_new_assignment_forgets() -> None:
    progress = Progress()
    progress.finish(progress.begin(HERE, 0, 5))
    progress.forget()
    assert progress.committable() == {}
    assert progress.floor(HERE) == 0


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.data())
def test_the_committable_offset_is_the_first_unfinished_one(sizes: list[int], data: st.DataObject) -> None:
    progress, spans, start = Progress(), [], 0
    for size in sizes:
        spans.append((start, start + size, progress.begin(HERE, start, start + size)))
        start += size
    order = data.draw(st.permutations(range(len(spans))))
    finished: set[int] = set()
    for index in order:
        progress.finish(spans[index][2])
        finished.add(index)
        unfinished = [spans[i][0] for i in range(len(spans)) if i not in finished]
        assert progress.committable().get(HERE, 0) == (min(unfinished) if unfinished else start)

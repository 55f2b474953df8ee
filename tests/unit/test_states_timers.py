"""Timers: the earliest first, as the states have them now, however they were moved."""

from hypothesis import given
from hypothesis import strategies as st

from streams.timers import Due, Timers

Moves = list[tuple[int, bytes, dict[str, float]]]


class Book:
    """Timers with the states they are checked against."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.now: dict[tuple[int, bytes], dict[str, float]] = {}

    def set(self, partition: int, key: bytes, wakes: dict[str, float]) -> None:
        self.now[partition, key] = wakes
        if wakes:
            self.timers.add(partition, key, min(wakes.values()))

    def due(self, now: float, limit: int = 100) -> list[Due]:
        return self.timers.due(now, limit, lambda partition, key: self.now[partition, key])

    def expected(self, now: float) -> list[Due]:
        every = [Due(*place, what, at) for place, wakes in self.now.items() for what, at in wakes.items()]
        return sorted(
            (due for due in every if due.at <= now), key=lambda due: (due.at, due.partition, due.key, due.what)
        )


def test_nothing_is_due_before_its_time_and_it_stays_due_until_it_is_taken_out() -> None:
    book = Book()
    book.set(0, b"a", {"tea": 5.0})
    assert book.due(4.9) == []
    assert book.due(5.0) == book.due(6.0) == [Due(0, b"a", "tea", 5.0)]
    book.set(0, b"a", {})
    assert book.due(9.0) == []


def test_a_timer_that_is_moved_is_due_once_at_its_new_time() -> None:
    book = Book()
    for at in (5.0, 9.0, 7.0, 3.0, 4.0):
        book.set(0, b"a", {"tea": at})
    assert book.due(3.5) == []
    assert book.due(20.0) == [Due(0, b"a", "tea", 4.0)]


def test_a_timer_that_moves_on_with_each_message_takes_no_more_room() -> None:
    book = Book()
    for at in range(1000):
        book.set(0, b"a", {"tea": float(at)})
    assert len(book.timers._hints) == 1
    for now in range(2000):
        book.due(float(now))
    assert len(book.timers._hints) == 1


def test_the_limit_takes_the_earliest() -> None:
    book = Book()
    book.set(0, b"a", {"one": 1.0, "four": 4.0})
    book.set(0, b"b", {"two": 2.0})
    book.set(1, b"c", {"three": 3.0})
    assert [due.what for due in book.due(9.0, limit=3)] == ["one", "two", "three"]
    assert [due.what for due in book.due(9.0, limit=1)] == ["one"]
    assert [due.what for due in book.due(9.0)] == ["one", "two", "three", "four"]


moves = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([b"a", b"b"]),
        st.dictionaries(st.sampled_from(["x", "y", "z"]), st.integers(0, 20).map(float)),
    )
)


@given(st.lists(st.tuples(moves, st.integers(0, 20).map(float), st.integers(1, 5))))
def test_what_is_due_is_what_the_states_say(rounds: list[tuple[Moves, float, int]]) -> None:
    book = Book()
    for changes, now, limit in rounds:
        for partition, key, wakes in changes:
            book.set(partition, key, wakes)
        assert [due.at for due in book.due(now, limit)] == [due.at for due in book.expected(now)[:limit]]
        assert book.due(now, 1000) == book.expected(now)

"""One behaviour, two stores: what the sink relies on holds for ClickHouse and for the store in memory."""

import msgspec
import pytest

from schemas import codec, topics
from schemas.errors import Unavailable
from schemas.rows import NO_PREVIOUS, TABLES, Table, line
from streams import store
from streams.settings import Settings
from streams.sinks.clickhouse import ClickHouseStore, Store
from tests.sinking import ask, opinion, step
from tests.stores import MemoryStore

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

LOG, FEEDBACK, ALERTS, DELIVERIES = TABLES


class Both:
    """A store of either kind, with a way to see its rows."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self._settings = store, settings

    def ids(self, table: Table) -> list[str]:
        name = table.topic.value.__struct_fields__[0]
        if isinstance(self.store, MemoryStore):
            return sorted(row[name] for row in self.store.rows(table.name))
        return [row[0] for row in ask(self._settings, f"SELECT {name} FROM {table.name} ORDER BY {name}")]


@pytest.fixture(params=["memory", "clickhouse"])
def both(request: pytest.FixtureRequest, settings: Settings) -> Both:
    real = ClickHouseStore(lambda: store.connect(settings), lambda table, rows: None)
    return Both(MemoryStore() if request.param == "memory" else real, settings)


def rows(table: Table, *numbers: int, partition: int = 0) -> list[bytes]:
    make = step if table is LOG else opinion
    return [line(make(number), table.topic.name, partition, number, number - 1) for number in numbers]


def test_an_empty_store_ends_nowhere(both: Both) -> None:
    assert both.store.last_offsets([table.topic.name for table in TABLES]) == {}


def test_it_ends_at_the_greatest_offset_of_each_partition_of_the_topics_asked_for(both: Both) -> None:
    both.store.insert(LOG, rows(LOG, 0, 1, 7))
    both.store.insert(LOG, rows(LOG, 2, 3, partition=1))
    both.store.insert(FEEDBACK, rows(FEEDBACK, 4))
    both.store.insert(LOG, rows(LOG, 5))
    log, feedback = LOG.topic.name, FEEDBACK.topic.name
    assert both.store.last_offsets([log]) == {(log, 0): 7, (log, 1): 3}
    assert both.store.last_offsets([log, feedback]) == {(log, 0): 7, (log, 1): 3, (feedback, 0): 4}


def test_a_row_that_comes_twice_is_there_once(both: Both) -> None:
    both.store.insert(LOG, rows(LOG, 0, 1))
    both.store.insert(LOG, rows(LOG, 1, 2))
    assert both.ids(LOG) == ["e0", "e1", "e2"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_takes_its_events(both: Both, table: Table) -> None:
    fields = dict.fromkeys(("window_start", "window_end", "occurred_at"), "2026-03-02T09:15:30.250Z")
    words = {"kind": "received", "rating": "like", "message": "m", "value": 0.5, "limit": 1.0}
    ids = {f"{name}_id": name for name in ("event", "conversation", "message", "feedback", "reply", "alert", "receipt")}
    known = {"rule": "r", "subject": "s", **fields, **words, **ids}
    event = msgspec.convert({name: known[name] for name in known if name in _fields(table)}, table.topic.value)
    both.store.insert(table, [line(event, table.topic.name, 0, 0, NO_PREVIOUS)])
    assert len(both.ids(table)) == 1
    assert both.store.last_offsets([table.topic.name]) == {(table.topic.name, 0): 0}
    assert codec.encode(event)


def _fields(table: Table) -> tuple[str, ...]:
    return table.topic.value.__struct_fields__


def test_both_verbs_say_that_it_is_away(both: Both, spine: Settings) -> None:
    away: Store = ClickHouseStore(lambda: store.connect(spine), lambda table, rows: None)
    if isinstance(both.store, MemoryStore):
        both.store.away_for = 2
        away = both.store
    with pytest.raises(Unavailable):
        away.insert(LOG, rows(LOG, 0))
    with pytest.raises(Unavailable):
        away.last_offsets([topics.LOG.name])


def test_a_store_that_was_away_is_connected_to_anew_and_counts_what_it_took(
    settings: Settings, spine: Settings
) -> None:
    taken: list[tuple[str, int]] = []
    where = [spine, settings]
    real = ClickHouseStore(lambda: store.connect(where.pop(0)), lambda table, rows: taken.append((table, rows)))
    with pytest.raises(Unavailable):
        real.insert(LOG, rows(LOG, 0))
    real.insert(LOG, rows(LOG, 0, 1))
    assert taken == [("conversation_log", 2)]

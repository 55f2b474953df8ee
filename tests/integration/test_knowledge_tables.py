"""Tables of a real PostgreSQL and a real MariaDB as knowledge sources, published to a real broker."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from schemas import codec, topics
from schemas.operations import Alert, Article
from streams.knowledge import plan, sync
from streams.knowledge.declared import Source
from streams.knowledge.plan import Published
from streams.knowledge.published import read as read_shelves
from streams.knowledge.rows import Row
from streams.knowledge.tables import Tables
from streams.sender import Sender
from streams.settings import Settings
from tests.servers.databases import PASSWORD, PASSWORD_ENV, MariaDB, PostgreSQL, Server, running
from tests.topics import fresh, read

pytestmark = pytest.mark.kafka

COLUMNS = {
    "id": "sku", "title": "name", "text": "{name}: {about} {stock} in stock, {price} yuan.", "version": "revision",
    "valid_until": "sold_until",
}  # fmt: skip
VALUES = {"columns": {"stock": "stock", "price": "price"}, "stale_after": 900}
TABLE = (
    "CREATE TABLE {} (sku VARCHAR(40) PRIMARY KEY, name VARCHAR(100), about TEXT, stock INT, price DECIMAL(9, 2), "
    "revision INT, sold_until DATE, updated_at TIMESTAMP NOT NULL)"
)


@pytest.fixture(scope="module", params=[PostgreSQL, MariaDB], ids=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Iterator[Server]:
    os.environ[PASSWORD_ENV] = PASSWORD
    with running(request.param) as server:
        yield server
    del os.environ[PASSWORD_ENV]


class Shop:
    """A table of products with a source that reads it, on topics that other tests use too."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server, self.settings = server, settings
        self.table = fresh("products").replace("-", "_")
        self.source = self.declared()
        self.sender = Sender(settings.kafka, client_id="test")
        self.known = Published({}, {})
        server.execute(TABLE.format(self.table))

    def declared(self, **more: Any) -> Source:
        own = {"name": self.table.replace("_", "-"), "table": self.table, "columns": COLUMNS, "changed": "updated_at"}
        return msgspec.convert(self.server.declared(**(own | {"values": VALUES, "language": "en"} | more)), Source)

    def put(self, sku: str, about: str, *, stock: int = 1, revision: int = 1, at: str = "2026-03-02 09:15:30") -> None:
        self.server.execute(
            f"DELETE FROM {self.table} WHERE sku = '{sku}'",
            f"INSERT INTO {self.table} VALUES ('{sku}', '{sku}', '{about}', {stock}, 199.00, {revision}, "
            f"'2030-12-31', '{at}')",
        )

    def says(self, change: str) -> None:
        self.server.execute(change.format(self.table))

    async def articles(self) -> dict[str, Article]:
        """What stands on the topic, which the next synchronisation compares with."""
        self.known = (await read_shelves(self.settings)).of(self.source.name)
        return {name.removeprefix(f"{self.source.name}."): kept for name, kept in self.known.mine.items()}

    def sync(self, compare: sync.Compare = plan.changes) -> tuple[int, int]:
        """How many were published and deleted."""
        found = sync.read(self.source, self.known, compare, pauses=())
        sync.publish(self.sender, self.source, found)
        changed, removed = found.changes.changed, found.changes.removed
        mine = dict(self.known.mine) | {article.article_id: article for article in changed}
        left = {name: article for name, article in mine.items() if name not in removed}
        self.known = Published(left, dict.fromkeys(left, self.source.name), self.source.fingerprint)
        return len(changed), len(removed)


@pytest.fixture
def shop(database: Server, spine: Settings) -> Shop:
    return Shop(database, spine)


async def test_rows_become_articles_and_only_differences_are_published(shop: Shop) -> None:
    shop.put("kettle", "Boils fast, 很快.", stock=7)
    shop.put("lamp", "Warm light.")
    assert shop.sync() == (2, 0)
    kettle = (await shop.articles())["kettle"]
    assert shop.sync() == (0, 0)
    assert kettle.text == "kettle: Boils fast, 很快. {stock} in stock, {price} yuan."
    assert kettle.values == {"stock": "7", "price": "199.00"}
    assert (kettle.language, kettle.version, kettle.source) == ("en", 1, shop.source.name)
    assert (kettle.valid_until, kettle.stale_after_s) == ("2031-01-01T00:00:00.000Z", 900)


async def test_changed_new_and_deleted_rows_follow(shop: Shop) -> None:
    for sku in ("kettle", "lamp", "mug"):
        shop.put(sku, "As ever.")
    shop.sync()
    shop.put("kettle", "Anew.", revision=2, at="2026-03-03 00:00:00")
    shop.put("chair", "New here.", at="2026-03-04 00:00:00")
    shop.says("DELETE FROM {} WHERE sku = 'mug'")
    assert shop.sync() == (2, 1)
    now = await shop.articles()
    assert sorted(now) == ["chair", "kettle", "lamp"]
    assert now["kettle"].text.startswith("kettle: Anew.")
    shop.says("DELETE FROM {}")
    assert shop.sync() == (0, 3)
    assert await shop.articles() == {}


async def test_only_rows_that_changed_are_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        shop.put(f"item{number}", "As ever.", at=f"2026-03-02 09:15:{10 * number:02}")
    shop.sync()
    asked: list[str] = []
    rows = Tables.rows

    def noting(self: Tables, keys: Sequence[str]) -> Iterator[Row]:
        asked.extend(keys)
        return rows(self, keys)

    monkeypatch.setattr(Tables, "rows", noting)
    shop.sync()
    assert asked == ["item4"]
    shop.put("item1", "Anew.", revision=2, at="2026-03-01 00:00:00")
    asked.clear()
    assert shop.sync() == (1, 0)
    assert sorted(asked) == ["item1", "item4"]


async def test_a_second_change_within_a_tick_of_the_clock_is_seen(shop: Shop) -> None:
    shop.put("kettle", "First.")
    shop.sync()
    shop.says("UPDATE {} SET about = 'Second.', updated_at = updated_at")
    assert shop.sync() == (1, 0)
    assert (await shop.articles())["kettle"].text.startswith("kettle: Second.")


async def test_an_older_version_never_replaces_a_newer_one(shop: Shop) -> None:
    shop.put("kettle", "Third.", revision=3)
    shop.sync()
    shop.put("kettle", "Second.", revision=2, at="2026-03-05 00:00:00")
    assert shop.sync() == (0, 0)
    assert (await shop.articles())["kettle"].text.startswith("kettle: Third.")


async def test_stock_follows_on_its_own_even_from_another_table(shop: Shop) -> None:
    shop.put("kettle", "Boils fast.", stock=7)
    shop.put("lamp", "Warm light.", stock=3)
    shop.sync()
    shop.says("UPDATE {} SET stock = 6, about = 'Unseen.', updated_at = updated_at WHERE sku = 'kettle'")
    assert shop.sync(plan.refreshed) == (1, 0)
    now = await shop.articles()
    assert (now["kettle"].values["stock"], now["lamp"].values["stock"]) == ("6", "3")
    assert now["kettle"].text.startswith("kettle: Boils fast.")
    depot = f"{shop.table}_depot"
    shop.says(f"CREATE TABLE {depot} (article VARCHAR(40), on_hand INT)")
    shop.says(f"INSERT INTO {depot} VALUES ('kettle', 40)")
    shop.source = shop.declared(values={"columns": {"stock": "on_hand"}, "table": depot, "id": "article"})
    shop.sync()
    assert [entry.values for _, entry in sorted((await shop.articles()).items())] == [{"stock": "40"}, {}]


async def test_a_changed_declaration_reads_every_row_again(shop: Shop) -> None:
    shop.put("kettle", "Boils fast.", at="2026-03-01 00:00:00")
    shop.put("lamp", "Warm light.")
    shop.sync()
    shop.source = shop.declared(domain="kitchen")
    assert shop.sync() == (2, 0)
    assert {entry.domain for entry in (await shop.articles()).values()} == {"kitchen"}


async def test_rows_that_cannot_be_used_are_named_and_hold_nobody_up(shop: Shop) -> None:
    shop.put("kettle", "Boils fast.")
    shop.put("lamp", "Warm light.")
    shop.sync()
    shop.says("UPDATE {} SET name = '', about = 'Lost.' WHERE sku = 'lamp'")
    shop.put("mug", "New here.")
    found = sync.read(shop.source, shop.known, pauses=())
    assert found.changes.notes == ("lamp: title empty; fill it in, or take the row out",)
    assert [entry.title for entry in found.changes.changed] == ["mug"]
    assert found.changes.removed == ()


class Dying(Sender):
    """Dies after so many records: what was sent by then is there."""

    def __init__(self, kafka: str, after: int) -> None:
        super().__init__(kafka, client_id="dying")
        self._left = after

    def send(self, *record: Any, **more: Any) -> None:
        if not self._left:
            self.flush_now()
            raise KeyboardInterrupt
        self._left -= 1
        super().send(*record, **more)


@pytest.mark.parametrize("after", [0, 2, 4, 5])
async def test_killed_half_way_the_next_one_sends_what_is_left(shop: Shop, after: int) -> None:
    for number in range(4):
        shop.put(f"old{number}", "Old.")
    shop.sync()
    shop.says("DELETE FROM {}")
    for number in range(4):
        shop.put(f"new{number}", "New.")
    found = sync.read(shop.source, shop.known, pauses=())
    with pytest.raises(KeyboardInterrupt):
        sync.publish(Dying(shop.settings.kafka, after), shop.source, found)
    await shop.articles()
    published, deleted = shop.sync()
    assert published + deleted == 8 - after
    assert sorted(await shop.articles()) == [f"new{number}" for number in range(4)]
    assert shop.sync() == (0, 0)


async def test_a_source_that_cannot_be_read_is_tried_three_times_more_and_then_an_alert(shop: Shop) -> None:
    shop.put("kettle", "Boils fast.")
    shop.sync()
    lost = shop.declared(columns=COLUMNS | {"title": "no_such_column"})
    tried: list[float] = []

    def compare(source: Source, reading: plan.Reading, there: Published, now: float) -> plan.Changes:
        tried.append(now)
        return plan.changes(source, reading, there, now)

    with pytest.raises(sync.Failed, match="no_such_column"):
        sync.read(lost, shop.known, compare, pauses=(0, 0, 0))
    assert len(tried) == 4
    sync.alert(shop.sender, lost, "gone", 100.0, 113.0)
    alerts = [codec.decode(topics.ALERTS, record.value()) for record in read(shop.settings.kafka, topics.ALERTS.name)]
    (mine,) = [each for each in alerts if isinstance(each, Alert) and each.subject == f"knowledge:{lost.name}"]
    assert (mine.rule, mine.window_start) == ("knowledge_sync_failed", "1970-01-01T00:01:40.000Z")
    assert sorted(await shop.articles()) == ["kettle"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"port": 9}, "refused"), ({"user": "nobody"}, "nobody"), ({"database": "nothing"}, "nothing"),
     ({"table": "nothing"}, "nothing"), ({"password_env": "NOT_SET"}, "NOT_SET"), ({"tls": True}, "")],
    ids=["port", "user", "database", "table", "variable", "tls"],
)  # fmt: skip
def test_what_is_wrong_is_said_without_the_password(shop: Shop, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(sync.Failed, match=f"(?i){said}") as failure:
        sync.read(shop.declared(**wrong), Published({}, {}), pauses=())
    assert PASSWORD not in str(failure.value)


def test_a_key_that_stands_twice_is_refused(shop: Shop) -> None:
    shop.put("kettle", "One.")
    shop.put("lamp", "Two.")
    twice = shop.declared(columns=COLUMNS | {"id": "price"})
    with pytest.raises(sync.Failed, match="stands twice"):
        sync.read(twice, Published({}, {}), pauses=())

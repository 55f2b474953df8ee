"""The knowledge worker and its commands on a real broker: what changes in a source changes what is found."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from agents.catalog import Catalog, Scripts, Texts
from agents.dialogue.conversation import Question
from agents.knowledge import Hit
from schemas import codec, topics
from schemas.messages import Intent, Sentiment
from streams import cli
from streams.desk import LiveDesk
from streams.follower import Follower
from streams.settings import Settings
from tests.sinking import environment
from tests.topics import PARTITIONS, fresh, read

pytestmark = pytest.mark.kafka

KEFU = Path(sys.executable).with_name("kefu")


class Shop:
    """A folder of Markdown with a price list beside it, declared as sources of a tenant of their own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder, self.tenant = folder / "handbook", fresh("tenant")
        self.prices, self.declared = folder / "prices.csv", folder / "sources.yaml"
        self.names = [fresh("handbook"), fresh("prices")]
        common = {"tenant": self.tenant, "language": "en", "every": 0.2}
        prices = {"kind": "csv", "path": "prices.csv", "values": {"columns": {"price": "price"}}}
        handbook = {"name": self.names[0], "kind": "markdown", "path": "handbook"}
        self.declared.write_text(
            yaml.safe_dump({"sources": [common | handbook, common | prices | {"name": self.names[1]}]})
        )
        self.folder.mkdir()
        self.settings = settings.model_copy(update={"sources": self.declared, "home": folder / "home"})
        self.write("Which bird?", "A heron.")
        self.price("12.50")

    def write(self, title: str, text: str, name: str = "a.md") -> None:
        (self.folder / "new").write_text(f"# {title}\n{text}\n")
        (self.folder / "new").rename(self.folder / name)

    def price(self, price: str) -> None:
        self.prices.write_text(f"id,title,text,price\nkettle,Price of the kettle,It costs {{price}} yuan.,{price}\n")

    @property
    def environment(self) -> dict[str, str]:
        return {**environment(self.settings), "KEFU_SOURCES": str(self.declared)}

    @contextmanager
    def worker(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder.parent / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [KEFU, "worker", "knowledge"], env=dict(os.environ) | self.environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator["Asked"]:
        """A desk that follows the topics as a dialogue worker's does."""
        desk = LiveDesk(Catalog(intents=(), outside=Texts(), scripts=Scripts({}), articles=()))
        applies = {topics.ARTICLES: desk.article_changed, topics.SETTINGS: desk.setting_changed}
        follower = Follower(self.settings.kafka, applies, partitions=PARTITIONS)  # type: ignore[arg-type]
        await follower.start()
        yield Asked(desk, self.tenant)
        follower.stop()


class Asked:
    """A desk, asked by a customer of the shop."""

    def __init__(self, desk: LiveDesk, tenant: str) -> None:
        self._desk, self._tenant = desk, tenant

    def __call__(self, text: str) -> list[str]:
        """The texts that are found."""
        question = Question("m", text, self._tenant, "web", "u", "en", Intent(), (), Sentiment(), (), "", 1.8e9, "")
        hits: tuple[Hit, ...] = self._desk.search(question)
        return [hit.article.text for hit in hits if hit.article.tenant == self._tenant]

    async def until(self, text: str, holds: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds(self(text)):
                await asyncio.sleep(0.02)


@pytest.fixture
def shop(spine: Settings, tmp_path: Path) -> Shop:
    return Shop(spine, tmp_path)


async def test_what_changes_in_a_folder_changes_the_answer_even_over_a_kill(shop: Shop) -> None:
    async with shop.desk() as asked:
        with shop.worker() as worker:
            await asked.until("Which bird?", lambda texts: texts == ["A heron."])
            await asked.until("price of the kettle", lambda texts: texts[:1] != [] and "12.50" in texts[0])
            shop.write("Which bird?", "A crane.")
            await asked.until("Which bird?", lambda texts: texts == ["A crane."])
            shop.price("9.90")
            await asked.until("price of the kettle", lambda texts: "9.90" in texts[0])
            worker.kill()
            worker.wait()
        shop.write("Which bird?", "A stork.")
        shop.write("Opening hours", "From nine.", "b.md")
        with shop.worker():
            await asked.until("Which bird?", lambda texts: texts == ["A stork."])
            await asked.until("opening hours", lambda texts: texts == ["From nine."])
            (shop.folder / "b.md").unlink()
            await asked.until("opening hours", lambda texts: texts == [])


async def test_a_folder_that_vanishes_deletes_nothing_and_raises_an_alert(shop: Shop) -> None:
    async with shop.desk() as asked:
        with shop.worker():
            await asked.until("Which bird?", lambda texts: texts == ["A heron."])
            shop.folder.rename(shop.folder.with_name("gone"))
            subject = f"knowledge:{shop.names[0]}".encode()

            def alerted() -> list[str]:
                there = [entry for entry in read(shop.settings.kafka, topics.ALERTS.name) if entry.key() == subject]
                return [codec.decode(topics.ALERTS, entry.value()).message for entry in there]

            async with asyncio.timeout(90):
                while not alerted():
                    await asyncio.sleep(0.5)
            assert "is no folder" in alerted()[0]
            assert asked("Which bird?") == ["A heron."]
            shop.folder.with_name("gone").rename(shop.folder)
            shop.write("Which bird?", "A crane.")
            await asked.until("Which bird?", lambda texts: texts == ["A crane."])


def test_the_commands_sync_list_show_and_search(shop: Shop) -> None:
    def kefu(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.app, ["knowledge", *arguments], env=shop.environment)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    handbook, prices = shop.names
    assert "read never" in kefu("sources")
    assert f"{handbook}: 1 published, 0 deleted, 0 unchanged" in kefu("sync", handbook)
    assert f"{handbook}: 0 published, 0 deleted, 1 unchanged\n{prices}: 1 published" in kefu("sync")
    assert f"{prices}.kettle\tv1\ten\tgeneral\t{prices}\tPrice of the kettle" in kefu("list", "--tenant", shop.tenant)
    assert '"price": "12.50"' in kefu("show", f"{prices}.kettle")
    found = kefu("search", "what does the ketle cost, which price", "--tenant", shop.tenant)
    assert "It costs 12.50 yuan. (as of just now)" in found
    assert "nothing is known" in kefu("search", "zebra", "--tenant", shop.tenant)
    assert "nothing is known" in kefu("search", "price", "--tenant", shop.tenant, "--domain", "travel")
    assert "1 articles" in kefu("sources")
    shop.declared.write_text(yaml.safe_dump({"sources": []}))
    assert f"{prices}: 1 deleted" in kefu("forget", prices)
    assert kefu("list", "--source", prices) == ""
    refused = CliRunner().invoke(cli.app, ["knowledge", "sync", "nothing"], env=shop.environment)
    assert "no source is called 'nothing'" in str(refused.exception)

"""The catalogue's publication on a real broker: once per content, changed articles only, and never over newer ones."""

import msgspec
import pytest

from agents.catalog import Catalog, Scripts, Texts
from schemas import codec, topics
from schemas.operations import Article
from streams.publish import PUBLISHED, publish_catalog
from streams.settings import Settings
from tests.topics import fresh, produce, read

pytestmark = pytest.mark.kafka


@pytest.fixture
def articles() -> tuple[Article, ...]:
    """Articles that no other test has."""
    names = fresh("returns.en"), fresh("mascot.en")
    return tuple(Article(article_id=name, language="en", title=name, text="As ever.") for name in names)


def catalog(*articles: Article) -> Catalog:
    return Catalog(intents=(), outside=Texts(), scripts=Scripts({}), articles=articles)


def said(settings: Settings, *articles: Article) -> list[list[Article | None]]:
    """What was ever said about each article, in order."""
    told: dict[str, list[Article | None]] = {article.article_id: [] for article in articles}
    for record in read(settings.kafka, topics.ARTICLES.name):
        if (name := record.key().decode()) in told:
            told[name].append(codec.decode(topics.ARTICLES, record.value()) if record.value() else None)
    return list(told.values())


def marks(settings: Settings) -> list[bytes]:
    """What says that a catalogue was published, in order."""
    return [m.value() for m in read(settings.kafka, topics.SETTINGS.name) if m.key() == PUBLISHED.encode()]


def operator_says(settings: Settings, article: Article, *, deleted: bool = False) -> None:
    value: bytes = b"" if deleted else codec.encode(article)
    produce(settings.kafka, topics.ARTICLES.name, [(article.article_id, value)], partitioner="murmur2_random")


def test_a_catalogue_is_published_once(spine: Settings, articles: tuple[Article, ...]) -> None:
    assert publish_catalog(spine, catalog(*articles)) == 2
    marked = marks(spine)
    assert publish_catalog(spine, catalog(*reversed(articles))) == 0
    assert said(spine, *articles) == [[article] for article in articles]
    assert marks(spine) == marked
    assert codec.decode(topics.SETTINGS, marked[-1]).actor == "publish"


def test_a_new_version_is_published_alone(spine: Settings, articles: tuple[Article, ...]) -> None:
    publish_catalog(spine, catalog(*articles))
    newer = msgspec.structs.replace(articles[0], text="Anew.", version=2)
    assert publish_catalog(spine, catalog(newer, articles[1])) == 1
    assert said(spine, newer, articles[1]) == [[articles[0], newer], [articles[1]]]


def test_what_an_operator_wrote_or_deleted_stays(spine: Settings) -> None:
    names = fresh("same.en"), fresh("newer.en"), fresh("deleted.en")
    same, newer, deleted = (Article(article_id=name, language="en", title=name, text="Ours.") for name in names)
    publish_catalog(spine, catalog(same, newer, deleted))
    theirs = [msgspec.structs.replace(same, text="By hand."), msgspec.structs.replace(newer, text="Anew.", version=3)]
    operator_says(spine, theirs[0])
    operator_says(spine, theirs[1])
    operator_says(spine, deleted, deleted=True)
    assert publish_catalog(spine, catalog(same, newer, deleted)) == 0
    assert publish_catalog(spine, catalog(same, msgspec.structs.replace(newer, version=2))) == 0
    assert [told[-1] for told in said(spine, same, newer, deleted)] == [*theirs, None]


def test_a_publication_that_was_cut_short_is_finished(spine: Settings, articles: tuple[Article, ...]) -> None:
    operator_says(spine, articles[0])
    assert publish_catalog(spine, catalog(*articles)) == 1
    assert said(spine, *articles) == [[article] for article in articles]

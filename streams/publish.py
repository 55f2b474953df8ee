"""Publishes the catalogue's articles to the knowledge topic: once per content of the catalogue."""

import asyncio
import logging
import time

from agents.catalog import Catalog
from schemas import codec, ids, times, topics
from schemas.operations import Article, Setting
from streams.follower import Apply, Follower
from streams.sender import Sender
from streams.settings import Settings

log = logging.getLogger("kefu.publish")

PUBLISHED = "catalog.published"
"""The setting that holds the hash of the catalogue that was published last, so that a restart changes nothing."""


def publish_catalog(settings: Settings, catalog: Catalog) -> int:
    """Send the articles that are new or changed since the last publication; how many were sent."""
    return asyncio.run(_publish(settings, catalog))


async def _publish(settings: Settings, catalog: Catalog) -> int:
    published, there = await _known(settings)
    mine = ids.content_hash("\n".join(sorted(codec.encode(article).decode() for article in catalog.articles)))
    if published == mine:
        return 0
    newer = [article for article in catalog.articles if _is_news(article, there.get(article.article_id))]
    sender = Sender(settings.kafka, client_id="kefu-publish")
    for article in newer:
        sender.send(topics.ARTICLES.name, article.article_id.encode(), codec.encode(article))
    done = Setting(name=PUBLISHED, value=mine, actor="publish", occurred_at=times.rfc3339(time.time()))
    sender.send(topics.SETTINGS.name, PUBLISHED.encode(), codec.encode(done))
    await sender.flush()
    log.info("published %d articles of the catalogue", len(newer))
    return len(newer)


async def _known(settings: Settings) -> tuple[object, dict[str, Article]]:
    articles: dict[str, Article] = {}
    published: dict[str, object] = {}

    def article_changed(key: str, article: Article | None) -> None:
        if article is not None:
            articles[key] = article

    def setting_changed(key: str, setting: Setting | None) -> None:
        published[key] = setting.value if setting is not None else None

    applies: dict[topics.Topic, Apply] = {topics.ARTICLES: article_changed, topics.SETTINGS: setting_changed}
    follower = Follower(settings.kafka, applies, partitions=settings.partitions)
    await follower.start()
    follower.stop()
    return published.get(PUBLISHED), articles


def _is_news(article: Article, there: Article | None) -> bool:
    return there is None or article.version > there.version

"""What the knowledge topic holds, by source, and when each source was last read: followed as it changes."""

from collections import defaultdict
from typing import Any

from schemas import times
from schemas.operations import Article, Setting
from schemas.topics import ARTICLES, SETTINGS, Topic
from streams.desk import SYNCED
from streams.follower import Apply, Follower
from streams.knowledge.plan import Published
from streams.settings import Settings


class Shelves:
    """Changed on one event loop, by the follower and by those who publish."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._articles: defaultdict[str, dict[str, Article]] = defaultdict(dict)
        self.synced: dict[str, dict[str, Any]] = {}
        """Source → {"at": time of the last reading, "fingerprint"}."""

    @property
    def articles(self) -> list[Article]:
        return [article for kept in self._articles.values() for article in kept.values()]

    def get(self, article_id: str) -> Article | None:
        return self._articles[self._owners[article_id]][article_id] if article_id in self._owners else None

    def of(self, source: str) -> Published:
        """What stands there of a source, as a copy that stays as it is."""
        fingerprint = str(self.synced.get(source, {}).get("fingerprint", ""))
        return Published(dict(self._articles[source]), dict(self._owners), fingerprint)

    def read_at(self, source: str) -> float:
        """When a source was last read, in seconds since the epoch; 0 where that is not known."""
        try:
            return times.seconds(self.synced[source]["at"])
        except (KeyError, TypeError, ValueError):
            return 0.0

    def article_changed(self, article_id: str, article: Article | None) -> None:
        owner = self._owners.pop(article_id, None)
        if owner is not None:
            del self._articles[owner][article_id]
        if article is not None:
            self._owners[article_id] = article.source
            self._articles[article.source][article_id] = article

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        if name.startswith(SYNCED):
            value = setting.value if setting is not None else None
            self.synced[name.removeprefix(SYNCED)] = value if isinstance(value, dict) else {}

    def follower(self, settings: Settings) -> Follower:
        """A follower that keeps them; ``start`` returns once they hold everything."""
        applies: dict[Topic, Apply] = {ARTICLES: self.article_changed, SETTINGS: self.setting_changed}
        return Follower(settings.kafka, applies, partitions=settings.partitions)


async def read(settings: Settings) -> Shelves:
    """What stands there now."""
    shelves = Shelves()
    follower = shelves.follower(settings)
    await follower.start()
    follower.stop()
    return shelves

"""The desk of a worker: catalogue, knowledge and settings as they are now. Implements agents.dialogue.decide.Desk."""

import logging
from typing import Any

from agents.catalog import Catalog
from agents.dialogue.conversation import Question
from agents.dialogue.decide import Thresholds
from agents.knowledge import Hit, Index
from agents.understanding.sensitive import SensitiveWords
from schemas.operations import Article, Setting
from streams.live_words import LiveWords

log = logging.getLogger("kefu.desk")

MODELS = "models.status"
"""The setting that says whether models can be asked: {"status": "online" | "offline", "reason", "servers"}."""


class LiveDesk:
    """Changed by the followed topics only, between the steps, on the worker's one event loop."""

    def __init__(self, catalog: Catalog, thresholds: Thresholds | None = None) -> None:
        self.thresholds = thresholds or Thresholds()
        self.models_online = False
        self._catalog, self._index, self._words = catalog, Index(), LiveWords()

    def script(self, name: str, language: str, seed: str) -> str | None:
        return self._catalog.scripts.pick(name, language, seed) if name in self._catalog.scripts else None

    def search(self, question: Question) -> tuple[Hit, ...]:
        return self._index.search(question.text, tenant=question.tenant, language=question.language)

    @property
    def words(self) -> SensitiveWords:
        return self._words.words

    @property
    def knowledge_version(self) -> str:
        return self._index.version

    def article_changed(self, article_id: str, article: Article | None) -> None:
        if article is None:
            self._index.remove(article_id)
        else:
            self._index.upsert(article)

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        self._words.changed(name, setting.value if setting is not None else None)
        if name == MODELS:
            value: Any = setting.value if setting is not None else None
            online = isinstance(value, dict) and value.get("status") == "online"
            if online != self.models_online:
                log.info("models are %s", "online" if online else "offline: answers come from scripts and knowledge")
            self.models_online = online

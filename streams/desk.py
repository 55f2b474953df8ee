"""The desk of a worker: catalogue, knowledge and settings as they are now. Implements agents.dialogue.decide.Desk."""

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from agents.cache import AnswerCache, Recalled, Remembered
from agents.cache.entry import DROPPED, Dropped
from agents.catalog import Catalog
from agents.catalog.soothing import Library
from agents.dialogue.conversation import Question
from agents.dialogue.decide import Tasks, Thresholds
from agents.knowledge import Hit, Index
from agents.knowledge.filled import filled
from agents.models.plan import PLAN
from agents.rules.risk import Risk
from agents.rules.tenants import TenantPacks
from agents.tasks.move import Move, Progress
from agents.tools.offered import Wanted
from agents.understanding.sensitive import SensitiveWords
from schemas import times
from schemas.errors import Rejected
from schemas.inference import ToolCall
from schemas.messages import JsonValue
from schemas.operations import Article, Setting
from schemas.tools import ToolResult
from streams.fingerprints import Fingerprints
from streams.live_words import LiveWords
from streams.tools.offers import Offers

log = logging.getLogger("kefu.desk")

MODELS = "models.status"
"""The setting that says whether models can be asked: {"status": "online" | "offline", "reason", "servers"}."""
SYNCED = "knowledge.synced."
"""With a knowledge source's name after it, the setting that says when the source was last read: {"at": time}."""

PACKS = "tenant.packs"
"""The setting with which tenants choose packs among those of KEFU_PACKS: {"tenant": ["pack"], "default": [...]}."""
SHOWN = 3
"""Articles that a search shows."""
EDITION = "cache.edition"
"""The setting whose every new value drops all cached answers, of all workers."""


DEFAULT_TENANT = "default"
"""The tenant whose persona stands for those that have none."""


class Untasked:
    """A desk that has no tasks: nothing begins. Implements agents.dialogue.decide.Tasks."""

    def begins(self, question: Question) -> str | None:
        return None

    def turn(self, progress: Progress, question: Question, facts: Mapping[str, str]) -> Move | None:
        return None

    def told(self, progress: Progress, result: ToolResult, question: Question) -> Move:
        """A task of an earlier time that is here no more is over."""
        return Move(None, hand_over="no_task", outcome="failed")

    def again(self, progress: Progress, language: str, seed: str) -> str:
        return ""


class LiveDesk:
    """Changed by the followed topics only, between the steps, on the worker's one event loop."""

    def __init__(
        self,
        catalog: Catalog,
        thresholds: Thresholds | None = None,
        tasks: Tasks | None = None,
        offers: Offers | None = None,
        sees: bool = False,
    ) -> None:
        self.thresholds = thresholds or Thresholds()
        self.tasks: Tasks = tasks or Untasked()
        self._offers = offers or Offers()
        self.models_online = False
        self.sees = self._sees = sees
        self.cache: AnswerCache | None = None
        self._catalog, self._index, self._words = catalog, Index(), LiveWords()
        self._packs, self._prints = TenantPacks(catalog.packs), Fingerprints()
        self._found: tuple[tuple[object, ...], tuple[Hit, ...]] = ((), ())
        self._soothing = Library(catalog.soothing)
        self._labels = {intent.name: intent.label for intent in catalog.intents}
        self._personas = {persona.name: persona for persona in catalog.personas}
        self._read_at: dict[str, float] = {}

    def script(self, name: str, language: str, seed: str) -> str | None:
        return self._catalog.scripts.pick(name, language, seed) if name in self._catalog.scripts else None

    def soothing(self, question: Question, last: str) -> tuple[str, str] | None:
        reason = next((entity.value for entity in question.entities if entity.type == "reason"), "")
        turn = question.message_id, last
        picked = self._soothing.pick(reason, question.intent.name, question.language, turn)
        if picked is not None:
            return picked
        text = self.script("soothe", question.language, question.message_id)
        return None if text is None else (text, "")

    def label(self, intent: str, language: str) -> str | None:
        label = self._labels.get(intent)
        return None if label is None else label.zh if language == "zh" else label.en

    def persona(self, tenant: str, language: str) -> str:
        found = self._personas.get(tenant) or self._personas.get(DEFAULT_TENANT)
        return "" if found is None else found.zh if language == "zh" else found.en

    def search(self, question: Question) -> tuple[Hit, ...]:
        """What answers the question when it was written: valid articles of the tenant's packs, stock and prices in."""
        asked = (question.message_id, question.text, question.written, question.tenant, self._index.version)
        if self._found[0] != asked:
            self._found = asked, tuple(self._filled(hit, question.written) for hit in self._visible(question))
        return self._found[1]

    def _visible(self, question: Question) -> tuple[Hit, ...]:
        found = self._index.search(
            question.text,
            tenant=question.tenant,
            language=question.language,
            at=question.written,
            limit=3 * SHOWN,
            vector=question.vector,
        )
        visible = (hit for hit in found if self._packs.shows(question.tenant, hit.article.article_id))
        return tuple(islice(visible, SHOWN))

    def _filled(self, hit: Hit, now: float) -> Hit:
        article = filled(hit.article, now, self._read_at.get(hit.article.source, 0.0))
        return hit if article is hit.article else Hit(article, hit.score)

    def recall(self, question: Question) -> Recalled | None:
        """An answer that was given before to a question that asks the same."""
        return self.cache.recall(question) if self.cache is not None else None

    def remember(self, question: Question, answer: Remembered) -> bytes:
        """Offer a model's answer to the cache, which decides whether it is for everybody; its key there, or nothing."""
        return self.cache.remember(question, answer) if self.cache is not None else b""

    def shown(self, question: Question) -> tuple[tuple[str, str], ...]:
        """What a model is shown, each article with its fingerprint. Implements agents.cache.answers.Material."""
        found = (hit.article.article_id for hit in self.search(question))
        return tuple((article_id, self.fingerprint(article_id, question.written) or "") for article_id in found)

    def best(self, question: Question) -> str | None:
        """The article that is about the question, if there is one."""
        hits = self.search(question)
        return hits[0].article.article_id if hits and hits[0].score >= self.thresholds.likely else None

    def fingerprint(self, article_id: str, at: float) -> str | None:
        """What changes with the article; None where there is none of that id at the time."""
        return self._prints.of(article_id, at)

    def risk(self, question: Question) -> Risk | None:
        """What the rules of the tenant's packs find in a message."""
        return self._packs.risk(question)

    def offered(self, tenant: str) -> tuple[dict[str, JsonValue], ...]:
        """The tools that a model may ask for, for this tenant."""
        return self._offers.offered(tenant)

    def wanted(self, calls: Sequence[ToolCall], tenant: str) -> tuple[Wanted, ...]:
        """What a model asks for, checked."""
        return self._offers.wanted(calls, tenant)

    @property
    def words(self) -> SensitiveWords:
        return self._words.words

    @property
    def knowledge_version(self) -> str:
        return self._index.version

    def article(self, article_id: str) -> Article | None:
        """An article as it is known now."""
        return self._index.get(article_id)

    def embedded(self, article: Article, vector: bytes) -> None:
        """An article has its vector. Implements streams.embedding.articles.Embeddable."""
        self._index.embedded(article, vector)
        self._found = ((), ())

    def article_changed(self, article_id: str, article: Article | None) -> None:
        if article is None:
            self._index.remove(article_id)
        else:
            self._article_said(article)
        self._prints.changed(article_id, self._index.get(article_id))

    def _article_said(self, article: Article) -> None:
        try:
            self._index.upsert(article)
        except Rejected as problem:
            log.warning("passed over: %s", problem)

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        if name.startswith(SYNCED):
            self._source_read(name.removeprefix(SYNCED), setting)
        self._words.changed(name, setting.value if setting is not None else None)
        self._offers.setting_changed(name, setting)
        if name == MODELS:
            value: Any = setting.value if setting is not None else None
            online = isinstance(value, dict) and value.get("status") == "online"
            if online != self.models_online:
                log.info("models are %s", "online" if online else "offline: answers come from scripts and knowledge")
            self.models_online = online
        if name == PLAN:
            plan: Any = setting.value if setting is not None else None
            self.sees = bool(plan.get("vision")) if isinstance(plan, dict) else self._sees
        if name == PACKS:
            self._found = ((), ())
            for wrong in self._packs.choose(setting.value if setting is not None else None):
                log.warning("the setting %s: %s", PACKS, wrong)
        if name == EDITION and self.cache is not None:
            self.cache.begin_anew(str(setting.value) if setting is not None else "")
        if name.startswith(DROPPED) and self.cache is not None:
            self._answer_dropped(self.cache, name, setting)

    def _answer_dropped(self, cache: AnswerCache, name: str, setting: Setting | None) -> None:
        try:
            cache.dropped(name, None if setting is None else msgspec.convert(setting.value, Dropped))
        except ValueError as problem:
            log.warning("the setting %s: %s", name, problem)

    def _source_read(self, source: str, setting: Setting | None) -> None:
        self._found = ((), ())
        value: Any = setting.value if setting is not None else None
        try:
            self._read_at[source] = times.seconds(value["at"])
        except (TypeError, KeyError, ValueError):
            self._read_at.pop(source, None)

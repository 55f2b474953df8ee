"""The adapter to the dialogue: its real step over a desk with the real catalogue, knowledge, tasks and rules."""

from functools import cache

from agents.dialogue.decide import Desk
from agents.dialogue.limits import Limits
from agents.dialogue.step import Dialogue
from agents.tasks import Tasks
from streams.desk import LiveDesk
from tests.understood import reader, sample_catalog, sample_tasks


@cache
def sample_desk(*, models: bool, packs: tuple[str, ...]) -> Desk:
    """The desk of a worker, with everything that the sample catalogue holds; it is only read."""
    return new_desk(sample_tasks(), models=models, packs=packs)


def new_desk(tasks: Tasks, *, models: bool, packs: tuple[str, ...] = ()) -> Desk:
    """The same, that has been asked nothing yet."""
    catalog = sample_catalog(packs)
    desk = LiveDesk(catalog, tasks=tasks)
    desk.models_online = models
    for article in catalog.articles:
        desk.article_changed(article.article_id, article)
    return desk


def dialogue(*, models: bool, burst: float, packs: tuple[str, ...]) -> Dialogue:
    return Dialogue(sample_desk(models=models, packs=packs), reader(packs), Limits(burst=burst))

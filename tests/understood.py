"""The real understanding of the sample catalogue, trained once for all tests of a process."""

from functools import cache

from agents import catalog
from agents.dialogue.conversation import Question, question
from agents.tasks import Tasks, load
from agents.understanding import Understander, understander
from schemas.messages import InboundMessage


@cache
def sample_catalog(packs: tuple[str, ...] = ()) -> catalog.Catalog:
    """The shop's catalogue, with further packs."""
    return catalog.load(packs=("ecommerce", *packs))


@cache
def reader(packs: tuple[str, ...] = ()) -> Understander:
    return understander(sample_catalog(packs))


@cache
def sample_tasks() -> Tasks:
    return Tasks(load())


def asked(text: str, *, message_id: str = "m1", user_id: str = "u1", written: float) -> Question:
    """A message as the dialogue gives it to a task."""
    message = InboundMessage(message_id=message_id, conversation_id="c1", user_id=user_id, text=text)
    (understanding,) = reader().understand([text], [written])
    return question(message, understanding, written)

"""A worker with the dialogue agent over a sample desk.

``python -m tests.programs.talking BOOTSTRAP GROUP FOLDER INSTANCE GUARANTEE MEMORY``: a conversation is forgotten after
MEMORY seconds (0: the usual time). A text is understood by its words: ``want=INTENT``, ``TYPE=VALUE``.
"""

import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.dialogue.step import Dialogue
from agents.intake import Inputs
from agents.runtime import Runtime
from agents.understanding import Understanding
from schemas import topics
from schemas.messages import Entity, Intent, Sentiment
from streams.delivery import Guarantee
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics
from streams.workers import inbound, plain
from tests.programs.counting import PARTITIONS
from tests.samples import SampleDesk


class Words:
    """Understands what a text says about itself."""

    def understand(self, texts: Sequence[str], written: Sequence[object] = ()) -> list[Understanding]:
        return [_understood(text) for text in texts]


def _understood(text: str) -> Understanding:
    said = dict(word.split("=", 1) for word in text.split() if "=" in word)
    intent = Intent(name=said.pop("want", "unknown"), confidence=0.9)
    entities = tuple(Entity(type=type_, value=value, start=0, end=1) for type_, value in said.items())
    return Understanding(
        language="en",
        intents=(intent,),
        intent=intent,
        entities=entities,
        sentiment=Sentiment(),
        masked=text,
        personal_data=(),
    )


def main(engine: Engine, memory: float) -> None:
    logging.basicConfig(level="WARNING")
    limits = Limits(memory=memory) if memory else Limits()
    dialogue = Dialogue(SampleDesk(online=False), Words(), limits)  # type: ignore[arg-type]
    read = {topics.INBOUND: inbound} | {
        topic: plain(topic) for topic in (topics.RESULTS, topics.TOOL_RESULTS, topics.HANDOVER)
    }
    app, port = faust_app(engine)
    runtime = Runtime(app, port, Metrics(), clock=time.time, ticks=time.perf_counter)
    runtime.stateful("dialogue", Inputs(read, prepare=dialogue.prepare), state=Conversation, step=dialogue.step)
    run(app, meanwhile=[runtime.ring])


if __name__ == "__main__":
    bootstrap, group, folder, instance, guarantee, memory = sys.argv[1:]
    promised: Guarantee = "exactly_once" if guarantee == "exactly_once" else "at_least_once"
    main(
        Engine(
            group, bootstrap, Path(folder), PARTITIONS, instance, promised, session_s=float(os.environ["SESSION_S"])
        ),
        float(memory),
    )

"""P2: the decided path without a broker: understand, decide, encode events and state, in CPU time of one core.

Once with texts as a desk hears them, many of them again and again: its frequent ones were answered before the clock
starts. And once with no text twice. What is remembered of texts (understanding, searches, rules, words of answers) is
remembered within a round, as in a worker, and no longer.
"""

import statistics
import time
from collections.abc import Iterable, Sequence
from operator import sub
from random import Random

from agents.catalog import load
from agents.dialogue.conversation import Conversation
from agents.dialogue.limits import Limits
from agents.dialogue.step import Dialogue, Event
from agents.ports import Kept, When
from agents.tasks import Tasks
from agents.tasks import load as load_tasks
from agents.understanding import Understander, trained
from agents.understanding.intent_model import IntentModel
from bench.understand import mixed
from schemas import codec, times
from schemas.messages import InboundMessage
from schemas.tools import ToolRequest
from schemas.topics import Send
from streams import state_frame
from streams.garbage import keep_for_good
from tests.dialogues.business import Business
from tests.dialogues.desk import new_desk
from tests.understood import sample_catalog

BATCH = 100
TURNS = 4
FREQUENT = 0.7
"""Share of messages that many people say, word for word."""
BEGUN = 1_772_442_930.0
PARTS = ("understand", "step", "encode events", "encode state")


def run(*, quick: bool) -> str:
    """The tables, as Markdown: µs a message and the share of each part, medians with minimum and maximum."""
    rounds, count = (3, 1_200) if quick else (7, 4_000)
    model = trained(sample_catalog())
    keep_for_good()
    kinds = {f"{FREQUENT:.0%} frequent": (_mixed(count), _frequent()), "no text twice": (_distinct(count // 2), [])}
    return "\n".join(_measured(kind, *said, model, rounds) for kind, said in kinds.items())


def _measured(kind: str, texts: Sequence[str], known: Sequence[str], model: IntentModel, rounds: int) -> str:
    messages = _messages(texts)
    runs = [_round(_dialogue(model, known), messages) for _ in range(1 + rounds)][1:]
    return f"## P2: {len(messages)} messages, {TURNS} a conversation, {kind}\n\n{_table(runs, len(messages))}"


def _dialogue(model: IntentModel, known: Sequence[str]) -> Dialogue:
    """A dialogue that has answered what is ``known`` once, one message at least, and nothing else."""
    dialogue = Dialogue(new_desk(Tasks(load_tasks()), models=False), Understander(model), Limits(burst=0.0))
    _round(dialogue, _messages([*known, "kefu"]))
    return dialogue


def _frequent() -> list[str]:
    return Random(41).sample([text for text, _ in load().examples], 200)


def _mixed(count: int) -> list[str]:
    """Texts of which some are said by many people (by Zipf's law), and others."""
    chance, frequent = Random(43), _frequent()
    common = chance.choices(frequent, [1 / place for place in range(1, len(frequent) + 1)], k=count)
    return [one if chance.random() < FREQUENT else other for one, other in zip(common, mixed(count), strict=False)]


def _distinct(count: int) -> list[str]:
    """Texts of the same kinds, each once."""
    return list(dict.fromkeys(mixed(4 * count)))[:count]


def _messages(texts: Sequence[str]) -> list[InboundMessage]:
    """Messages of conversations that take turns."""
    talks = max(len(texts) // TURNS, 1)
    return [
        InboundMessage(
            message_id=f"m{number}",
            conversation_id=f"c{number % talks}",
            user_id=f"u{number % talks}",
            text=text,
            occurred_at=times.rfc3339(BEGUN + number),
        )
        for number, text in enumerate(texts)
    ]


def _round(decided: Dialogue, messages: Sequence[InboundMessage]) -> list[float]:
    """Seconds of CPU in each part; what the business system does for tools is left out."""
    states, spent, business = dict[str, Conversation](), [0.0] * len(PARTS), Business(BEGUN)
    for start in range(0, len(messages), BATCH):
        marks = [time.process_time()]
        events: Iterable[Event] = decided.prepare(messages[start : start + BATCH])
        marks.append(time.process_time())
        spent[0] += marks[1] - marks[0]
        while events := list(events):
            marks = [time.process_time()]
            out = _stepped(decided, states, events, BEGUN + start)
            marks.append(time.process_time())
            for one in out:
                codec.encode(one.event)
            marks.append(time.process_time())
            for name in {event.conversation_id for event in events}:
                state_frame.encode(Kept(states[name]))
            marks.append(time.process_time())
            spent[1:] = [sum(pair) for pair in zip(spent[1:], map(sub, marks[1:], marks), strict=True)]
            events = [business.answer(one.event) for one in out if isinstance(one.event, ToolRequest)]
    return spent


def _stepped(decided: Dialogue, states: dict[str, Conversation], events: Iterable[Event], now: float) -> list[Send]:
    sends = []
    for event in events:
        state = states.get(event.conversation_id) or Conversation()
        after, out = decided.step(state, event, When(now, now - 0.01))
        states[event.conversation_id] = after or Conversation()
        sends += [one for one in out if isinstance(one, Send)]
    return sends


def _table(runs: Sequence[Sequence[float]], count: int) -> str:
    lines = ["| part | CPU µs a message: median (min – max) | share |", "| --- | --- | --- |"]
    costs = [[seconds / count * 1e6 for seconds in run] for run in runs]
    whole = statistics.median(map(sum, costs))
    for name, mine in [*zip(PARTS, zip(*costs, strict=True), strict=True), ("together", tuple(map(sum, costs)))]:
        middle = statistics.median(mine)
        lines.append(f"| {name} | {middle:.1f} ({min(mine):.1f} – {max(mine):.1f}) | {middle / whole:.0%} |")
    return "\n".join(lines) + f"\n\n{1e6 / whole:.0f} messages a second and core.\n"

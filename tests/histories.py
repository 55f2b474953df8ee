"""What histories are made of, by seed: the messages, and the agents that work on them, on any log."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import msgspec

from agents.intake import Inputs
from agents.ports import Record, Wake, When, Woken
from agents.runtime import Runtime
from schemas.errors import Rejected
from schemas.messages import Event
from schemas.topics import Send, Topic

SOURCES = ("heard", "seen")
"""Both go into one state."""
PASSED, ASKED = "passed", "asked"
"""Read by agents without a state: in order; and as answers come, where what is done again is told again."""
INPUTS = (*SOURCES, PASSED, ASKED)
TARGET = "told"


class Said(Event, frozen=True, kw_only=True):
    """A message. ``text``: empty; ``wake NAME SECONDS`` sets a timer, ``hush NAME`` takes it back, ``bug`` fails."""

    id: str
    conversation_id: str
    text: str = ""
    source: str = ""


class Told(Event, frozen=True, kw_only=True):
    """What a step says of an event: ``number`` and ``chain`` within its source, ``total`` over all of them."""

    id: str
    conversation_id: str
    source: str
    number: int
    chain: int
    total: int
    text: str = ""


class Memory(msgspec.Struct, frozen=True):
    """What is remembered of a conversation: by source, how many events, and a sum that their order decides."""

    total: int = 0
    numbers: dict[str, int] = {}
    chains: dict[str, int] = {}


def read(record: Record) -> Said:
    try:
        said = msgspec.json.decode(record.value or b"", type=Said)
    except msgspec.DecodeError as problem:
        raise Rejected(f"not a message: {problem}") from None
    return msgspec.structs.replace(said, source=record.topic.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Agents:
    """The agents of one history. With a ``suffix`` several histories live on one broker: ``heard.suffix`` and so on."""

    suffix: str = ""

    def name(self, topic: str) -> str:
        return f"{topic}.{self.suffix}" if self.suffix else topic

    @property
    def group(self) -> str:
        return self.name("histories")

    def attach(self, runtime: Runtime) -> None:
        heard, seen, passed, asked = (Topic(self.name(topic), Said, "conversation_id", None, "") for topic in INPUTS)
        stated = Inputs({heard: read, seen: read})
        runtime.stateful(self.group, stated, state=Memory, step=lambda *given: self._sent(step(*given)))
        runtime.stateless(self.name(PASSED), Inputs({passed: read}), lambda *given: self._outputs(repeat(*given)))
        runtime.asking(self.name(ASKED), Inputs({asked: read}), self._ask, at_once=asyncio.Semaphore(4))

    async def _ask(self, event: Said, when: When) -> list[Send]:
        """Answers take different times."""
        await asyncio.sleep(sum(event.id.encode()) % 7 * 0.02)
        return self._outputs(repeat(event, when))

    def _outputs(self, told: Iterable[Told]) -> list[Send]:
        target = Topic(self.name(TARGET), Told, "conversation_id", None, "")
        return [Send(target, one) for one in told]

    def _sent(self, stepped: "tuple[Memory, list[Told | Wake]]") -> tuple[Memory, list[Send | Wake]]:
        state, said = stepped
        sends = self._outputs(one for one in said if isinstance(one, Told))
        return state, [*sends, *(one for one in said if isinstance(one, Wake))]


def step(state: Memory, event: Said | Woken, when: When) -> tuple[Memory, list[Told | Wake]]:
    """Each event is counted, and told: what is done twice shows, and so does what is left out."""
    if isinstance(event, Woken):
        early = "early" if when.now < event.at else ""
        return _tell(state, Said(id=event.what, conversation_id=event.conversation_id, source="timer"), early)
    if event.text == "bug":
        raise RuntimeError("a bug in the step")
    now, said = _tell(state, event, event.text)
    verb, _, rest = event.text.partition(" ")
    name, _, seconds = rest.partition(" ")
    if verb in ("wake", "hush"):
        said.append(Wake(when.written + float(seconds) if verb == "wake" else None, name))
    return now, said


def _tell(state: Memory, event: Said, text: str) -> tuple[Memory, list[Told | Wake]]:
    source = f"timer {event.id}" if event.source == "timer" else event.source
    number = state.numbers.get(source, 0) + 1
    chain = (state.chains.get(source, 0) * 31 + sum(event.id.encode())) % 1_000_003
    numbers, chains = state.numbers | {source: number}, state.chains | {source: chain}
    told = Told(
        id=event.id,
        conversation_id=event.conversation_id,
        source=source,
        number=number,
        chain=chain,
        total=state.total + 1,
        text=text,
    )
    return Memory(state.total + 1, numbers, chains), [told]


def repeat(event: Said, when: When) -> list[Told]:
    """A step without a state."""
    if event.text == "bug":
        raise RuntimeError("a bug in the step")
    return [repeated(event)]


def repeated(event: Said) -> Told:
    return Told(id=event.id, conversation_id=event.conversation_id, source=event.source, number=0, chain=0, total=0)


def messages(random: Random, first: int, count: int, keys: int, *, once: bool) -> list[tuple[str, str, bytes]]:
    """Source, key and value of so many messages, with ids from ``first`` on: some bad, some sent twice.

    A timer is moved and taken back only where the order of what happens is told exactly (``once``).
    """
    made = list[tuple[str, str, bytes]]()
    for number in range(first, first + count):
        source, key = random.choice(INPUTS), f"c{random.randrange(keys)}"
        said = Said(id=f"m{number}", conversation_id=key, text=_text(random, number, once))
        value = msgspec.json.encode(said)
        made.append((source, key, value if random.random() > 0.03 else b'{"broken'))
        if random.random() < 0.08:
            made += [one for one in made[-3:-2] if once or b"wake" not in one[2]]
    return made


def _text(random: Random, number: int, once: bool) -> str:
    chance = random.random()
    if chance < 0.03:
        return "bug"
    if chance < 0.2:
        name = random.choice(("alarm", "watch")) if once and random.random() < 0.6 else f"t{number}"
        return f"wake {name} {random.choice((0.0, 0.2, 0.7, 1.5))}"
    return f"hush {random.choice(('alarm', 'watch'))}" if chance < 0.25 and once else ""

"""P4: our scheduling beside others over simulated Ollama servers, in virtual time: the real pool, simulated engines."""

import asyncio
import logging
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from agents.inference import Question
from agents.models.options import Options
from agents.models.plan import Candidate, Chosen
from bench import p4_http
from schemas.inference import ModelMessage, ModelRequest
from streams.pool.estimates import A_MESSAGE, CHARACTERS
from streams.pool.pool import OllamaPool
from streams.pool.server import Limits, Server, ServerFailed
from streams.pool.wire import Spoken
from tests.servers.pool_desk import Shown
from tests.servers.simulated_engine import Down, Engine, Job
from tests.servers.virtual_loop import run as run_virtually

SERVERS, SLOTS = 6, 4
SLOW, FLAPPING = 1, 4
UP_S, DOWN_S = 60.0, 10.0
TURNS = 5.0
"""Turns of a conversation, on average; the next comes THINK_S seconds after the last, on average."""
THINK_S = 6.0
TRIES = 2


@dataclass(frozen=True, slots=True)
class Regime:
    """What the questions are like: tokens of a conversation's prompt at first, added by each turn, and of an answer.

    ``load`` is the offered part of what the servers could do; a question that takes longer than ``within`` seconds
    does not count as good.
    """

    name: str
    prompt: int
    shared: int
    turn: int
    answer: int
    load: float
    within: float = 20.0


REGIMES = (
    Regime("long shared prefixes", prompt=3000, shared=1500, turn=120, answer=60, load=0.6, within=6.0),
    Regime("long answers", prompt=300, shared=200, turn=60, answer=400, load=0.7, within=25.0),
)


@dataclass(slots=True)
class World:
    """The engines, and what became of the questions: seconds, or None where one failed."""

    engines: list[Engine]
    regime: Regime
    took: list[float | None] = field(default_factory=list)


Ask = Callable[[Job], Awaitable[None]]
Policy = Callable[[World, random.Random], Ask]


def run(*, quick: bool) -> str:
    """The tables, as Markdown."""
    logging.getLogger("kefu.pool").setLevel(logging.ERROR)
    seconds, seeds = (120.0, 1) if quick else (400.0, 3)
    lines = [
        f"## P4: pool of {SERVERS} servers with {SLOTS} slots, one 4 × slow, one flapping; {seconds:.0f} s, virtual\n"
    ]
    for regime in REGIMES:
        lines += [_table(regime, seconds, seeds)]
    return "\n".join([*lines, _cost(200 if quick else 1000), p4_http.run(quick=quick)])


def _table(regime: Regime, seconds: float, seeds: int) -> str:
    figures = {
        name: [_played(policy, regime, seconds, seed) for seed in range(seeds)] for name, policy in POLICIES.items()
    }
    oracle, robin = (_middle(figures[name]) for name in ("oracle", "round robin"))
    lines = [
        f"### {regime.name}: {regime.prompt} tokens of prompt, {regime.answer} of answer, load {regime.load:.0%}",
        f"| policy | good in {regime.within:.0f} s, per s | of oracle's | p50 s | p99 s | of round robin | broken |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, runs in figures.items():
        good, p50, p99, broken = _middle(runs)
        lines.append(
            f"| {name} | {good:.2f} | {good / oracle[0]:.2f} | {p50:.2f} | {p99:.2f} | {p99 / robin[2]:.2f} × "
            f"| {broken:.1%} |"
        )
    return "\n".join(lines) + "\n"


Figures = tuple[float, float, float, float]
"""Good answers a second, 50th and 99th percentile of the seconds of those answered, part that broke off."""


def _middle(runs: Sequence[Figures]) -> Figures:
    good, p50, p99, broken = (statistics.median(column) for column in zip(*runs, strict=True))
    return good, p50, p99, broken


def _played(policy: Policy, regime: Regime, seconds: float, seed: int) -> Figures:
    world = run_virtually(_play(policy, regime, seconds, seed))
    took = sorted(one for one in world.took if one is not None)
    good = sum(one <= regime.within for one in took)
    broken = 1 - len(took) / len(world.took)
    return good / seconds, took[len(took) // 2], took[int(len(took) * 0.99)], broken


async def _play(policy: Policy, regime: Regime, seconds: float, seed: int) -> World:
    chance = random.Random(seed)
    world = World([Engine(SLOTS, model="m", slow=4.0 if n == SLOW else 1.0) for n in range(SERVERS)], regime)
    flapping = asyncio.create_task(_flap(world.engines[FLAPPING]))
    ask, now = policy(world, random.Random(seed)), asyncio.get_running_loop().time
    arrivals = sorted(_arrivals(regime, seconds, chance), key=lambda arrival: arrival[0])
    asked = []
    for at, job in arrivals:
        await asyncio.sleep(max(0.0, at - now()))
        asked.append(asyncio.create_task(_timed(world, ask, job)))
    await asyncio.gather(*asked)
    flapping.cancel()
    with suppress(asyncio.CancelledError):
        await flapping
    return world


def _capacity(regime: Regime) -> float:
    """Questions a second that the engines can answer together, where half of what is not shared was read before."""
    engine = Engine()
    read = (regime.prompt + regime.turn * TURNS / 2 - regime.shared) / 2
    each = read / engine.prefill + regime.answer * (1 + engine.crowding * (SLOTS - 1)) / engine.decode
    servers = SERVERS - 2 + 1 / 4 + UP_S / (UP_S + DOWN_S)
    return servers * SLOTS / each


def _arrivals(regime: Regime, seconds: float, chance: random.Random) -> Iterator[tuple[float, Job]]:
    """When which question comes: conversations begin at random and go on at random; answers vary by a third."""
    rate, now, names = regime.load * _capacity(regime) / TURNS, 0.0, count()
    while (now := now + chance.expovariate(rate)) < seconds:
        at, prompt, conversation = now, regime.prompt, f"c{next(names)}"
        while at < seconds:
            answer = max(8, int(chance.gauss(regime.answer, regime.answer / 3)))
            yield at, Job(conversation, "m", prompt, answer, regime.shared)
            prompt += regime.turn + answer
            at += chance.expovariate(1 / THINK_S) + regime.answer * 1.45 / 60
            if chance.random() < 1 / TURNS:
                break


async def _timed(world: World, ask: Ask, job: Job) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await ask(job)
    except (Down, TimeoutError):
        world.took.append(None)
    else:
        world.took.append(loop.time() - began)


async def _flap(engine: Engine) -> None:
    while True:
        await asyncio.sleep(UP_S)
        engine.fall()
        await asyncio.sleep(DOWN_S)
        engine.rise()


class _Simulated(Server):
    """A server whose answers come from an engine; ``jobs`` are what the questions stand for."""

    def __init__(self, engine: Engine, jobs: dict[str, Job], number: int) -> None:
        super().__init__(f"http://simulated-{number}:11434", Limits())
        self._engine, self._jobs = engine, jobs

    async def ask(
        self,
        model: str,
        options: Options,
        messages: Sequence[ModelMessage],
        on_text: Callable[[str], None],
        tools: Sequence[dict[str, Any]] = (),
    ) -> Spoken:
        job, spoken = self._jobs[messages[0].content], Spoken()
        try:
            async for piece in self._engine.answer(job):
                spoken.answer_tokens += piece.tokens
                spoken.load_s = piece.load
                for _ in range(piece.tokens):
                    spoken.text += "x"
                    on_text("x")
        except Down:
            raise ServerFailed("is gone") from None
        return spoken


def kefu(world: World, chance: random.Random) -> Ask:
    """The real pool: admission, estimates, breakers, retries."""
    jobs: dict[str, Job] = {}
    servers = [_Simulated(engine, jobs, number) for number, engine in enumerate(world.engines)]
    pool = OllamaPool(servers, slots=SLOTS, ticks=asyncio.get_running_loop().time)
    numbers = count()

    async def ask(job: Job) -> None:
        name = f"q{next(numbers)}"
        jobs[name] = job
        characters = int((job.prompt - A_MESSAGE) * CHARACTERS)
        messages = (ModelMessage(role="user", content=name), ModelMessage(role="user", content="x" * characters))
        request = ModelRequest(
            request_id=name, reply_id=name, message_id=name, conversation_id=job.conversation, prompt_version="",
            messages=messages, deadline="", occurred_at="",
        )  # fmt: skip
        chosen = Chosen((Candidate("m", Options()),))
        done = await pool.complete(Question(request, chosen, within=60.0), Shown())
        jobs.pop(name)
        if done.outcome != "answered":
            raise Down

    return ask


def _choosing(choose: Callable[[World, random.Random, set[int]], int]) -> Policy:
    """A proxy's way: a server is chosen at once, and queues; one that fails is left for another, once."""

    def policy(world: World, chance: random.Random) -> Ask:
        async def ask(job: Job) -> None:
            tried: set[int] = set()
            for attempt in range(TRIES):
                server = choose(world, chance, tried)
                tried.add(server)
                shown = False
                try:
                    async with asyncio.timeout(60.0):
                        async for _ in world.engines[server].answer(job):
                            shown = True
                except Down:
                    if shown or attempt == TRIES - 1:
                        raise
                else:
                    return

        return ask

    return policy


def _round_robin() -> Policy:
    turn = count()

    def choose(world: World, chance: random.Random, tried: set[int]) -> int:
        return next(place for _ in range(SERVERS + 1) if (place := next(turn) % SERVERS) not in tried)

    return _choosing(choose)


def _waiting(engine: Engine) -> int:
    return engine.running + engine._queued


def _least(world: World, chance: random.Random, tried: set[int]) -> int:
    places = [place for place in range(SERVERS) if place not in tried]
    chance.shuffle(places)
    return min(places, key=lambda place: _waiting(world.engines[place]))


def _two(world: World, chance: random.Random, tried: set[int]) -> int:
    pair = chance.sample([place for place in range(SERVERS) if place not in tried], 2)
    return min(pair, key=lambda place: _waiting(world.engines[place]))


def oracle(world: World, chance: random.Random) -> Ask:
    """A central queue, first come first served, that knows rates, caches, lengths, and when a server will be gone."""
    waiting: list[tuple[Job, asyncio.Future[int]]] = []
    busy = dict.fromkeys(range(SERVERS), 0)
    now = asyncio.get_running_loop().time

    def best(job: Job) -> int | None:
        falls = (now() // (UP_S + DOWN_S)) * (UP_S + DOWN_S) + UP_S
        places = []
        for place, engine in enumerate(world.engines):
            cost = engine.fresh(job) * engine.slow / engine.prefill + job.answer * engine.pace(busy[place])
            if engine.up and busy[place] < engine.slots and (place != FLAPPING or now() + 1.5 * cost < falls):
                places.append((cost, place))
        return min(places)[1] if places else None

    def look() -> None:
        while waiting and (place := best(waiting[0][0])) is not None:
            busy[place] += 1
            waiting.pop(0)[1].set_result(place)

    async def tick() -> None:
        while True:
            look()
            await asyncio.sleep(0.1)

    ticking = asyncio.ensure_future(tick())

    async def ask(job: Job) -> None:
        assert not ticking.done()
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting.append((job, found))
        look()
        place = await found
        try:
            async for _ in world.engines[place].answer(job):
                pass
        finally:
            busy[place] -= 1
            look()

    return ask


POLICIES: dict[str, Policy] = {
    "kefu": kefu,
    "round robin": _round_robin(),
    "least in flight": _choosing(_least),
    "power of two": _choosing(_two),
    "oracle": oracle,
}


def _cost(calls: int) -> str:
    """Our own time per call and per piece: engines that answer at once."""

    async def play() -> tuple[float, float]:
        pieces = 40
        world = World([Engine(SLOTS, prefill=1e12, decode=1e12, model="m") for _ in range(SERVERS)], REGIMES[0])
        ask = kefu(world, random.Random(0))
        spent = []
        for answer in (8, 8 * pieces):
            began = time.process_time()
            for number in range(calls):
                await ask(Job(f"c{number}", "m", 1000, answer))
            spent.append((time.process_time() - began) / calls)
        return spent[0], (spent[1] - spent[0]) / (pieces - 1)

    call, piece = run_virtually(play())
    return f"Own cost (simulated engine included): {call * 1e3:.2f} ms a call, {piece * 1e6:.0f} µs a piece.\n"

"""The pool: puts a question to the server that is expected to answer it first, and to another where that one fails."""

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from agents import breaker
from agents.inference import Completion, Listener, Question
from agents.models.plan import Candidate, Chosen
from schemas.errors import Unavailable
from streams.pool.admission import Admission, Place
from streams.pool.course import NO_SERVER, Course
from streams.pool.estimates import Estimates
from streams.pool.model_breakers import ModelBreakers
from streams.pool.server import BREAKS, Server, ServerFailed, lacks, named
from streams.pool.wire import Spoken

log = logging.getLogger("kefu.pool")

EARLY = 24
"""Pieces after which a server that was never measured is known well enough not to be flooded."""
TRIES = 2
"""Servers that are asked for one question, per model."""


class PoolStatus(msgspec.Struct, frozen=True):
    """Whether models can be asked (``online``, ``offline``) and where; ``reason`` says what to do about the others."""

    status: str
    reason: str = ""
    servers: tuple[str, ...] = ()


class OllamaPool:
    """Implements agents.inference.Pool over Ollama servers, ``slots`` questions at a time each; ``ticks``: seconds."""

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        slots: int = 4,
        breakers: ModelBreakers | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.servers, self._ticks = tuple(servers), ticks
        self.breakers = breakers or ModelBreakers(ticks)
        self.admission = Admission(self.servers, slots, ticks)
        self._estimates = Estimates()

    async def complete(self, question: Question, listener: Listener) -> Completion:
        """Answer a question: each candidate on at most TRIES servers, until one has shown text.

        A candidate whose breaker is open is passed over, unless there is no other.
        """
        course = Course(question, listener, self._ticks, until=self._ticks() + question.within)
        for candidate in self._in_question(question.chosen):
            completion = await self._asked(candidate, course)
            if completion is not None:
                return completion
        return course.ended(Completion("unavailable", reason=course.reason))

    def _in_question(self, chosen: Chosen) -> Sequence[Candidate]:
        passing = [one for one in chosen.candidates if self.breakers.allows(one.model)]
        return passing or chosen.candidates[-1:]

    async def _asked(self, candidate: Candidate, course: Course) -> Completion | None:
        """What came of a candidate; None where another may try."""
        tried: set[str] = set()
        self.breakers.began(candidate.model)
        completion: Completion | None = None
        try:
            while completion is None and len(tried) < TRIES:
                work = self._estimates.work(course.request, candidate.model)
                wanted = Place(course.request.request_id, work, course.question.urgent, tried)
                async with self.admission.place(wanted, course.until) as server:
                    if server is None:
                        break
                    tried.add(server.url)
                    completion = await self._try(server, candidate, course, wanted)
        except TimeoutError:
            self.breakers.left(candidate.model)
            return course.ended(Completion("expired", reason="no server was free for it before its deadline"))
        except BaseException:
            self.breakers.left(candidate.model)
            raise
        self.breakers.ended(candidate.model, good=completion is not None and completion.outcome == "answered")
        return completion

    async def _try(self, server: Server, candidate: Candidate, course: Course, wanted: Place) -> Completion | None:
        course.begin(in_thought=candidate.options.reasoning)
        server.breaker = breaker.began(server.breaker, self._ticks())
        try:
            heard = functools.partial(self._heard, server, course)
            asked = course.request
            spoken = await server.ask(candidate.model, candidate.options, asked.messages, heard, asked.tools)
        except ServerFailed as problem:
            self._failed(server, candidate.model, problem, course)
            broken = Completion("failed", model=candidate.model, server=server.url, reason=course.reason)
            return course.ended(broken) if course.listener.shown else None
        except BaseException:
            server.breaker = breaker.left(server.breaker)
            raise
        self._answered(server, course, wanted, spoken)
        return course.ended(_completion(spoken, candidate.model, server))

    def _heard(self, server: Server, course: Course, text: str) -> None:
        course.heard(text)
        if course.pieces == EARLY and server.load.rates.decode is None:
            server.load.rates.saw(self._ticks(), decode=course.pace())

    def _answered(self, server: Server, course: Course, wanted: Place, spoken: Spoken) -> None:
        server.problem = ""
        server.breaker = breaker.ended(server.breaker, self._ticks(), BREAKS, good=True)
        self._estimates.learn(server, wanted.work, course.measured(spoken), self._ticks())
        server.load.ended(wanted.question, wanted.work)

    def _failed(self, server: Server, model: str, problem: ServerFailed, course: Course) -> None:
        server.problem = str(problem)
        course.reason = f"{server.url}: {problem}"
        if named(model) in server.lacking:
            server.breaker = breaker.left(server.breaker)
        else:
            server.breaker = breaker.ended(server.breaker, self._ticks(), BREAKS, good=False)
            server.load.ended(course.request.request_id, None)
        log.warning("question %s failed at %s", course.request.request_id, course.reason)

    async def probe(self, models: Sequence[str]) -> PoolStatus:
        """Ask every server for its models; it is usable with any of ``models``, the first of them preferred."""
        found = await asyncio.gather(*(self._probe(server, models) for server in self.servers))
        good = tuple(server.url for server, usable in zip(self.servers, found, strict=True) if usable)
        problems = "; ".join(f"{server.url}: {server.problem}" for server in self.servers if server.url not in good)
        self.admission.look()
        return PoolStatus("online" if good else "offline", problems if self.servers else NO_SERVER, good)

    async def _probe(self, server: Server, models: Sequence[str]) -> bool:
        try:
            there = await server.models()
        except Unavailable as problem:
            server.problem = str(problem)
            return False
        wanted = frozenset(named(model) for model in models if model)
        server.lacking = wanted - there
        server.problem = lacks(models[0]) if server.lacking == wanted and models else ""
        return not server.problem

    async def aclose(self) -> None:
        """Close the connections to all servers."""
        await asyncio.gather(*(server.aclose() for server in self.servers))


def _completion(spoken: Spoken, model: str, server: Server) -> Completion:
    return Completion(
        "answered",
        text=spoken.text,
        tool_calls=spoken.tool_calls,
        model=model,
        server=server.url,
        prompt_tokens=spoken.prompt_tokens,
        answer_tokens=spoken.answer_tokens,
        thought=len(spoken.thought),
    )

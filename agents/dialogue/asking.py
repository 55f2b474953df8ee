"""Asks a model: builds the request, and makes an answer of what comes back."""

from collections.abc import Mapping

import msgspec

from agents.cache.entry import Remembered
from agents.dialogue import journal, memory, wording
from agents.dialogue.conversation import Answer, Conversation, Exchange, Kept, Pending, Question, Work
from agents.dialogue.decide import Desk, citation, decide, without_model
from agents.dialogue.prompt import PROMPT_VERSION, Material, prompt
from agents.dialogue.saying import reply_id
from agents.dialogue.scene import Outcome, Scene
from agents.knowledge import Hit
from agents.tools.offered import ROUNDS
from agents.understanding.mask import mask
from schemas import ids, times
from schemas.inference import ModelRequest, ModelResult
from schemas.messages import Sealed
from schemas.topics import PRIORITY, REQUESTS, Send, Topic


def ask(scene: Scene, state: Conversation, work: Work, exchange: Exchange) -> Outcome:
    """Put the questions that were left to the rules to a model; the conversation waits.

    The model answers all of them: what the rules said to some is left out, what a task said stays. It is asked again
    after an ``exchange`` with tools; what it answers then is for this conversation alone.
    """
    asked = tuple(work.questions[place] for place in work.plain)
    hits = _found(asked, scene.desk)
    request = _request(scene, state, work, exchange, hits)
    logged = [
        journal.decided(scene.conversation_id, question, scene.now, source="model", why="model")
        for question in work.unlogged
    ]
    kept = tuple(answer for answer in work.answers if answer.why.startswith("task"))
    pending = Pending(
        "model",
        request.request_id,
        msgspec.structs.replace(
            work, answers=kept, voids="", logged=tuple(question.message_id for question in work.questions)
        ),
        scene.now + scene.limits.patience,
        knowledge_version=scene.desk.knowledge_version,
        citations=tuple(citation(hit) for hit in hits if hit.score >= scene.desk.thresholds.likely),
        alone=not exchange.rounds and _alone(work, state),
        exchange=exchange,
    )
    return msgspec.structs.replace(state, pending=pending), [*logged, Send(_lane(work.questions, scene.desk), request)]


def _alone(work: Work, state: Conversation) -> bool:
    """Whether an answer rests on the question alone: no task, no fact of before, only greetings and the like."""
    if len(work.questions) > 1 or state.tasks or state.gists:
        return False
    if set(state.facts) - set(memory.learned((), work.questions[0].values)):
        return False
    return all(turn.source == "script" for turn in state.turns)


def answered(pending: Pending, result: ModelResult, known: Mapping[str, Sealed], desk: Desk) -> tuple[Answer, ...]:
    """What a model's result is worth: its text, else the best that can be said to each question without.

    What the model names itself gets placeholders that nobody has said; what must not be said is not.
    """
    text = mask(result.text.strip(), dict.fromkeys(known, "")).text if result.outcome == "answered" else ""
    text = "" if wording.blocks(text, desk) else wording.cleaned(text, desk)
    asked = [pending.work.questions[place] for place in pending.work.plain]
    if not text:
        return tuple(_without(question, desk, f"model_{result.outcome}") for question in asked)
    kept = b""
    if pending.alone:
        kept = desk.remember(asked[0], Remembered(text, pending.citations, result.model, pending.knowledge_version))
    places = (Kept(kept, result.model),) if kept else ()
    return (Answer(text, "model", "model", pending.citations, result.model, result.experiment, places),)


def _without(question: Question, desk: Desk, why: str) -> Answer:
    choice = decide(question, desk)
    return choice if isinstance(choice, Answer) else without_model(question, choice.hits, desk, why)


def given_up(scene: Scene, pending: Pending) -> ModelResult:
    """The result of a request that nobody answered."""
    return ModelResult(
        request_id=pending.request_id,
        reply_id="",
        message_id=pending.work.last.message_id,
        conversation_id=scene.conversation_id,
        outcome="expired",
        reason="nobody answered in time",
        occurred_at=times.rfc3339(scene.now),
    )


def _found(asked: tuple[Question, ...], desk: Desk) -> tuple[Hit, ...]:
    """What knowledge has for any of the questions, the best first, each article once."""
    hits = sorted((hit for question in asked for hit in desk.search(question)), key=lambda hit: -hit.score)
    return tuple({hit.article.article_id: hit for hit in reversed(hits)}.values())[::-1]


def _lane(questions: tuple[Question, ...], desk: Desk) -> Topic:
    upset = any(question.sentiment.score < desk.thresholds.upset for question in questions)
    return PRIORITY if upset else REQUESTS


def _request(scene: Scene, state: Conversation, work: Work, exchange: Exchange, hits: tuple[Hit, ...]) -> ModelRequest:
    last, asked = work.last, tuple(work.questions[place] for place in work.plain)
    tools = scene.desk.offered(last.tenant) if exchange.rounds < ROUNDS else ()
    material = Material(
        persona=scene.desk.persona(last.tenant, last.language),
        hits=hits,
        facts=state.facts,
        gists=state.gists,
        turns=state.turns,
        tools=bool(tools or exchange.rounds),
    )
    return ModelRequest(
        request_id=ids.derived("ask", scene.conversation_id, last.message_id, *exchange.name),
        reply_id=reply_id(scene.conversation_id, last),
        message_id=last.message_id,
        conversation_id=scene.conversation_id,
        tenant=last.tenant,
        channel=last.channel,
        prompt_version=PROMPT_VERSION,
        messages=(*prompt(asked, material, scene.limits.prompt_tokens), *exchange.lines),
        tools=tools,
        deadline=times.rfc3339(scene.now + scene.limits.answer),
        occurred_at=times.rfc3339(scene.now),
        supersedes=work.voids,
    )

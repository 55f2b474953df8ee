"""Says an answer: one reply that names all messages it answers, in the log of each of them, remembered as a turn."""

from agents.dialogue import doubt, journal, mood, personal, unclear
from agents.dialogue.conversation import Answer, Conversation, Question, Work
from agents.dialogue.prompt import PROMPT_VERSION
from agents.dialogue.scene import Outcome, Scene
from schemas import ids, times
from schemas.inference import ModelRequest
from schemas.messages import Reply, Source
from schemas.topics import OUTBOUND, REQUESTS, Send

WEIGHT: tuple[Source, ...] = ("fallback", "script", "knowledge", "cache", "tool", "model", "handover", "human")
"""Of an answer in parts, the source is that of the part that weighs most."""


def reply_id(conversation_id: str, question: Question) -> str:
    """The id of the reply to a message, which is the last of those that the reply names."""
    return ids.derived("reply", conversation_id, question.message_id)


def composed(answers: tuple[Answer, ...]) -> Answer:
    """One answer of several parts, each text once; what says that we do not know only where nothing else is said."""
    if len(answers) == 1:
        return answers[0]
    parts = [part for part in answers if part.source != "fallback"] or list(answers[-1:])
    main = max(parts, key=lambda part: WEIGHT.index(part.source))
    cited = {citation.article_id: citation for part in parts for citation in part.citations}
    return Answer(
        "\n".join(dict.fromkeys(part.text for part in parts if part.text)),
        main.source,
        main.why,
        tuple(cited.values()),
        main.model,
        main.experiment,
        tuple(kept for part in parts for kept in part.kept),
        main.offers,
    )


def say(scene: Scene, state: Conversation, work: Work, answer: Answer) -> Outcome:
    """Send the reply to all questions of the work; a model that still answers an earlier part is told to stop."""
    state, text = mood.soothed(state, work.questions, answer.text, scene.desk)
    reply = _reply(scene, state, work.questions, answer, text)
    sends = [
        journal.decided(scene.conversation_id, question, scene.now, source=answer.source, why=answer.why)
        for question in work.unlogged
    ]
    sends.append(Send(OUTBOUND, reply))
    sends += [journal.replied(question, reply, scene.now) for question in work.questions]
    if work.voids:
        sends.append(void(scene, work))
    state = state.answered(work.questions, text, answer.source, scene.now)
    state = unclear.noted(doubt.noted(state, reply.reply_id, answer, scene.now), work.last, answer)
    return state, sends


def void(scene: Scene, work: Work) -> Send:
    """A request that asks for nothing but makes an earlier one void."""
    last, now = work.last, times.rfc3339(scene.now)
    return Send(
        REQUESTS,
        ModelRequest(
            request_id=ids.derived("void", scene.conversation_id, work.voids),
            reply_id=reply_id(scene.conversation_id, last),
            message_id=last.message_id,
            conversation_id=scene.conversation_id,
            tenant=last.tenant,
            channel=last.channel,
            prompt_version=PROMPT_VERSION,
            messages=(),
            deadline=now,
            occurred_at=now,
            supersedes=work.voids,
        ),
    )


def _reply(scene: Scene, state: Conversation, questions: tuple[Question, ...], answer: Answer, text: str) -> Reply:
    last = questions[-1]
    return Reply(
        reply_id=reply_id(scene.conversation_id, last),
        in_reply_to=last.message_id,
        conversation_id=scene.conversation_id,
        tenant=last.tenant,
        channel=last.channel,
        user_id=last.user_id,
        text=text,
        personal=personal.said(text, state.personal),
        source=answer.source,
        language=last.language,
        intent=last.intent,
        entities=last.entities,
        sentiment=last.sentiment,
        citations=answer.citations,
        model=answer.model,
        prompt_version=PROMPT_VERSION if answer.source == "model" else "",
        experiment=answer.experiment,
        knowledge_version=scene.desk.knowledge_version,
        latency_ms=round((scene.now - last.written) * 1000, 3),
        occurred_at=times.rfc3339(scene.now),
        in_reply_to_all=named(questions),
    )


def named(questions: tuple[Question, ...]) -> tuple[str, ...]:
    """The messages that a reply names where it answers several; empty where it answers one."""
    return tuple(question.message_id for question in questions) if len(questions) > 1 else ()

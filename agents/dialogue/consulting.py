"""Lets a model consult tools before it answers: makes its calls in turn, and tells it what came of them."""

import msgspec

from agents.dialogue import asking, calling
from agents.dialogue.conversation import Conversation, Exchange, Pending, Work
from agents.dialogue.decide import Desk
from agents.dialogue.scene import Outcome, Scene
from agents.tasks.move import Call
from agents.tools.offered import ROUNDS, Wanted, answered
from agents.understanding.mask import mask
from agents.understanding.personal.readable import PLACEHOLDER
from schemas.inference import ModelMessage, ModelResult, ToolCall
from schemas.tools import ToolResult
from schemas.topics import TOOL_REQUESTS, Send


def wanted(pending: Pending, result: ModelResult, desk: Desk) -> tuple[Wanted, ...]:
    """The calls that a model asks for in place of an answer; none after ROUNDS: then it has to answer."""
    if result.outcome != "answered" or pending.exchange.rounds >= ROUNDS:
        return ()
    return desk.wanted(result.tool_calls, pending.work.last.tenant)


def begin(scene: Scene, state: Conversation, pending: Pending, calls: tuple[Wanted, ...]) -> Outcome:
    """A round of calls; what the model has written beside them is no answer."""
    asked = tuple(ToolCall(name=one.tool, arguments=one.arguments) for one in calls)
    said = ModelMessage(role="assistant", content="", tool_calls=asked)
    before = pending.exchange
    return _go_on(scene, state, pending.work, Exchange((*before.lines, said), before.rounds + 1, calls))


def told(scene: Scene, state: Conversation, pending: Pending, result: ToolResult) -> Outcome:
    """The tool has answered, or has not: the next call is made, or the model asked again."""
    return _go_on(scene, state, pending.work, _heard(state, pending.exchange, result))


def _go_on(scene: Scene, state: Conversation, work: Work, exchange: Exchange) -> Outcome:
    while exchange.due and exchange.due[0].problem:
        exchange = _heard(state, exchange, None)
    return _call(scene, state, work, exchange) if exchange.due else asking.ask(scene, state, work, exchange)


def _call(scene: Scene, state: Conversation, work: Work, exchange: Exchange) -> Outcome:
    """Ask for the first tool that is due. Its arguments are in the id: asked anew, a model may ask for others."""
    due = exchange.due[0]
    parts = due.tool, "model", msgspec.json.encode(due.arguments, order="deterministic").decode()
    request = calling.request_of(scene, state, work.current, Call(due.tool, due.arguments), (*parts, *exchange.name))
    pending = Pending("model", request.request_id, work, calling.until(scene), tool=due.tool, exchange=exchange)
    return msgspec.structs.replace(state, pending=pending), [Send(TOOL_REQUESTS, request)]


def _heard(state: Conversation, exchange: Exchange, result: ToolResult | None) -> Exchange:
    """The exchange with what became of the first call that was due."""
    due, *others = exchange.due
    names = dict.fromkeys(state.personal, "") | dict.fromkeys(_placeholders(exchange), "")
    line = answered(due.tool, result, due.problem, lambda text: mask(text, names).text)
    return msgspec.structs.replace(exchange, lines=(*exchange.lines, line), due=tuple(others))


def _placeholders(exchange: Exchange) -> set[str]:
    return {found[0] for line in exchange.lines for found in PLACEHOLDER.finditer(line.content)}

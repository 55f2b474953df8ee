"""Sample tasks: a return (order number, reason, confirmation, tool), an order's status (one call), a complaint."""

from collections.abc import Mapping

from agents.dialogue.conversation import Question
from agents.tasks.move import Call, Move, Progress
from schemas.tools import ToolResult

BEGINS = {"return_request": "return", "order_status": "status", "complaint": "complaint"}
ASK = {"order_number": "Which order?", "reason": "What is wrong with it?", "confirm": "Shall I return it?"}


class SampleTasks:
    """Implements agents.dialogue.decide.Tasks for tests. A message with a question mark is no answer to it."""

    def begins(self, question: Question) -> str | None:
        return BEGINS.get(question.intent.name)

    def turn(self, progress: Progress, question: Question, facts: Mapping[str, str]) -> Move | None:
        if question.text in ("cancel", "forget it"):
            return Move(None, text="It is cancelled.", outcome="cancelled")
        if progress.asked and (self.begins(question) or progress.name) != progress.name:
            return None
        named = {entity.type: entity.value for entity in question.entities}
        if progress.name == "complaint":
            return Move(None, text="I have written it down.", outcome="done")
        if progress.asked == "confirm" and question.text == "yes":
            calling = Progress("return", progress.slots, step="create")
            return Move(calling, call=Call("create_return", dict(progress.slots)))
        wanted = ("order_number", "reason") if progress.name == "return" else ("order_number",)
        slots = {slot: value for slot in wanted if (value := named.get(slot) or facts.get(slot))}
        if progress.asked and not any(slot in named for slot in wanted):
            return None
        return self._next(Progress(progress.name, progress.slots | slots), wanted)

    def told(self, progress: Progress, result: ToolResult, question: Question) -> Move:
        if result.outcome != "done":
            return Move(None, text=f"That did not work: {result.outcome}.", outcome="failed")
        if progress.name == "return" and progress.step == "create":
            return Move(None, text=f"Return {result.value['return_number']} is on its way.", outcome="done")
        if result.value.get("status") == "lost":
            return Move(None, hand_over="lost_parcel", outcome="handed_over")
        if result.value.get("status") == "unclear":
            return Move(progress, call=Call(result.tool, {"order_number": progress.slots["order_number"]}))
        return Move(None, text=f"It is {result.value['status']}.", outcome="done")

    def again(self, progress: Progress, language: str, seed: str) -> str:
        return ASK.get(progress.asked, "")

    def _next(self, progress: Progress, wanted: tuple[str, ...]) -> Move:
        missing = next((slot for slot in wanted if slot not in progress.slots), "")
        if progress.name == "status" and not missing:
            asking = Progress("status", progress.slots, step="lookup")
            return Move(asking, call=Call("order_lookup", {"order_number": progress.slots["order_number"]}))
        slot = missing or "confirm"
        return Move(Progress(progress.name, progress.slots, asked=slot), text=ASK[slot], why=f"ask:{slot}")

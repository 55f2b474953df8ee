"""The console in the terminal: asks the gateway's /v1/handover and shows what it says."""

import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import typer

from schemas import ids
from schemas.errors import KefuError, Unavailable
from streams.settings import Settings
from streams.typed import Typed
from streams.up.ready import address

TRIES = 4
"""Times that a step is sent before it is given up; its Idempotency-Key keeps it one."""
LOOK_S = 1.0
HELP = "a line is said to the customer; /note TEXT, /return [REASON], /leave, /help"


class NotDone(KefuError):
    """The gateway refused a step; the text is what it said."""


class Person:
    """One who answers in person, over a client of the gateway. ``name`` is who they are."""

    def __init__(self, client: httpx.Client, name: str) -> None:
        self._client, self.name = client, name

    def waiting(self, status: str, queue: str, skill: str) -> list[dict[str, Any]]:
        query = {"status": status, "queue": queue, "skill": skill}
        found: list[dict[str, Any]] = self._asked("GET", "/v1/handover", params=query)["conversations"]
        return found

    def case(self, conversation: str) -> dict[str, Any]:
        return self._asked("GET", _path(conversation))

    def do(self, verb: str, conversation: str, *, text: str = "", reason: str = "") -> dict[str, Any]:
        """Take, reply, note or return. Raises NotDone with the reason, such as who has the conversation."""
        body, key = {"agent_id": self.name, "text": text, "reason": reason}, ids.fresh("inbox")
        return self._asked("POST", f"{_path(conversation)}/{verb}", json=body, headers={"Idempotency-Key": key})

    def _asked(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer. What is away for a moment is asked again."""
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                answer = self._client.request(method, path, **more)
            except httpx.TransportError as problem:
                if last:
                    raise Unavailable(
                        f"the gateway at {self._client.base_url} does not answer ({problem}); start it with `make run`"
                    ) from None
            else:
                if answer.status_code not in (503, 504) or last:
                    return _read(answer)
            time.sleep(LOOK_S)
        raise AssertionError("the last try ends this")


@contextmanager
def person(settings: Settings, name: str) -> Iterator[Person]:
    """Somebody at the gateway that the settings name."""
    with httpx.Client(base_url=address(settings), timeout=15, trust_env=False) as client:
        yield Person(client, name or getpass.getuser())


def line(case: dict[str, Any]) -> str:
    """A case as one line of the list."""
    who = f"with {case['agent_id']}" if case["agent_id"] else case["status"]
    about = " · ".join(filter(None, (case["queue"], case["skill"], case["reason"])))
    return f"{case['conversation_id']}  {who}  {_lasted(case['waiting_s'])}  {about}\n    {_short(case['last_text'])}"


def whole(case: dict[str, Any]) -> str:
    """Everything that is known of a case."""
    slots = ", ".join(f"{name}: {value}" for name, value in case["slots"].items())
    head = [line(case).splitlines()[0], case["summary"], slots]
    turns = [f"customer: {turn['question']}\n    kefu: {turn['answer']}" for turn in case["turns"]]
    return "\n".join(filter(None, [*head, *turns, *map(said, case["events"])]))


def said(event: dict[str, Any]) -> str:
    """An event as a line of the conversation; empty for what needs none."""
    who, text = event["agent_id"] or "kefu", event["text"]
    shown = {
        "requested": f"customer: {text}",
        "said": f"customer: {text}",
        "replied": f"{who}: {text}",
        "noted": f"({who} notes: {text})",
        "taken": f"({who} takes the conversation)",
        "returned": f"({who} returns it{': ' + event['reason'] if event['reason'] else ''})",
    }
    return shown.get(event["kind"], "")


def choose(me: Person, typed: Typed) -> None:
    """Show who waits, and talk with whom the person chooses, until they have enough."""
    while True:
        cases = me.waiting("open", "", "")
        for number, case in enumerate(cases, 1):
            typer.echo(f"{number}. {line(case)}")
        typer.echo(
            "a number, Enter to look again, q to end" if cases else "nobody waits; Enter to look again, q to end"
        )
        asked = typed.line()
        if asked is None or asked == "q":
            return
        if asked.isdecimal() and 0 < int(asked) <= len(cases):
            try:
                converse(me, cases[int(asked) - 1]["conversation_id"], typed)
            except NotDone as problem:
                typer.echo(str(problem))


def converse(me: Person, conversation: str, typed: Typed) -> None:
    """Take a conversation and talk in it, until it is returned or left; what the customer says appears as it comes."""
    me.do("take", conversation)
    case = me.case(conversation)
    typer.echo(f"{whole(case)}\n{HELP}")
    shown = {event["event_id"] for event in case["events"]}
    while case["agent_id"] == me.name:
        text = typed.line(LOOK_S)
        if text is None or (text and not _done(me, conversation, text)):
            return
        case = me.case(conversation)
        news = [event for event in case["events"] if event["event_id"] not in shown]
        shown |= {event["event_id"] for event in news}
        for words in (said(event) for event in news if event["agent_id"] != me.name):
            typer.echo(words)
    typer.echo("the conversation is no longer yours")


def _done(me: Person, conversation: str, text: str) -> bool:
    """Do what a line says; False where it ends the conversation here."""
    command, _, rest = text.partition(" ")
    match command:
        case "/leave":
            return False
        case "/help":
            typer.echo(HELP)
        case "/note":
            me.do("note", conversation, text=rest)
        case "/return":
            me.do("return", conversation, reason=rest)
            return False
        case _:
            me.do("reply", conversation, text=text)
    return True


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        told: dict[str, Any] = answer.json()
    except ValueError:
        raise NotDone(f"something else than kefu's gateway answers at {answer.url}") from None
    if answer.is_error:
        raise NotDone(str(told.get("detail", answer.status_code)))
    return told


def _path(conversation: str) -> str:
    return f"/v1/handover/{quote(conversation, safe='')}"


def _lasted(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"

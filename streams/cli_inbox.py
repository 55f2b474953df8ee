"""The command ``kefu inbox``: conversations that wait for a person, answered from the terminal."""

import sys
from typing import Annotated

import typer

from streams.settings import read
from streams.typed import Typed

As = Annotated[str, typer.Option("--as", help="Who you are; the name of your account when left out.")]
Conversation = Annotated[str, typer.Argument(help="A conversation's id, as `kefu inbox list` prints it.")]
Text = Annotated[str, typer.Argument(help="What is said.")]


def register(app: typer.Typer) -> None:
    """Mount the commands on ``app``."""
    inbox = typer.Typer(help="Answer in person: conversations that were handed over.")
    inbox.callback(invoke_without_command=True)(work)
    inbox.command("list")(list_cases)
    inbox.command("show")(show)
    for command in (take, reply, note):
        inbox.command()(command)
    inbox.command("return")(give_back)
    app.add_typer(inbox, name="inbox")


def work(context: typer.Context, name: As = "") -> None:
    """Without a command: choose a conversation and talk in it."""
    if context.invoked_subcommand is not None:
        return
    from streams import person

    with person.person(read(), name) as me:
        person.choose(me, Typed(sys.stdin.fileno()))


def list_cases(
    status: Annotated[str, typer.Option(help="open, waiting, taken or closed")] = "open",
    queue: Annotated[str, typer.Option(help="Only of this queue.")] = "",
    skill: Annotated[str, typer.Option(help="Only of this skill.")] = "",
) -> None:
    """List the conversations, the longest waiting first."""
    from streams import person

    with person.person(read(), "") as me:
        for case in me.waiting(status, queue, skill):
            typer.echo(person.line(case))


def show(conversation: Conversation) -> None:
    """Show a conversation: summary, slots, turns and what happened since."""
    from streams import person

    with person.person(read(), "") as me:
        typer.echo(person.whole(me.case(conversation)))


def take(
    conversation: Conversation,
    name: As = "",
    talk: Annotated[bool, typer.Option("--talk", help="Stay and talk in it.")] = False,
) -> None:
    """Take a conversation; it is then yours alone until you return it."""
    from streams import person

    with person.person(read(), name) as me:
        if talk:
            person.converse(me, conversation, Typed(sys.stdin.fileno()))
        else:
            me.do("take", conversation)
            typer.echo(person.whole(me.case(conversation)))


def reply(conversation: Conversation, text: Text, name: As = "") -> None:
    """Say something to the customer."""
    _do("reply", conversation, name, text=text)


def note(conversation: Conversation, text: Text, name: As = "") -> None:
    """Leave a note that only colleagues see."""
    _do("note", conversation, name, text=text)


def give_back(
    conversation: Conversation,
    name: As = "",
    reason: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
) -> None:
    """Give a conversation back to the bot."""
    _do("return", conversation, name, reason=reason)


def _do(verb: str, conversation: str, name: str, **more: str) -> None:
    from streams import person

    with person.person(read(), name) as me:
        me.do(verb, conversation, **more)

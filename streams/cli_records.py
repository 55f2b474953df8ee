"""Commands that read and write records: send, chat, tail, demo, forget, dlq."""

from typing import Annotated

import typer

from streams.settings import read

Conversation = Annotated[str, typer.Option("--conversation", "-c", help="Conversation id; a new one when left out.")]


def register(app: typer.Typer) -> None:
    for command in (send, chat, tail, demo, forget):
        app.command()(command)
    letters = typer.Typer(help="Dead letters: what could not be read, with the reason.", no_args_is_help=True)
    letters.command("list")(dlq_list)
    letters.command("show")(dlq_show)
    letters.command("replay")(dlq_replay)
    app.add_typer(letters, name="dlq")


def send(
    text: Annotated[str, typer.Argument(help="What the customer says.")],
    conversation: Conversation = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait for the reply; 0 sends only.")] = 30.0,
) -> None:
    """Send one message straight to Kafka and print the reply."""
    from streams import talk

    raise typer.Exit(talk.say(read(), text, conversation=conversation, wait_s=wait))


def chat(conversation: Conversation = "") -> None:
    """Hold a conversation in the terminal."""
    from streams import talk

    talk.chat(read(), conversation=conversation)


def tail(
    topic: Annotated[str, typer.Argument(help="A topic's name, or its beginning, such as chat.outbound.")],
    since: Annotated[float, typer.Option(help="Also show what came in the last so many seconds.")] = 0.0,
    count: Annotated[int, typer.Option("--count", "-n", help="Stop after so many records; 0 goes on.")] = 0,
) -> None:
    """Print the records of a topic as they come, one JSON object a line."""
    from streams import records

    records.tail(read(), topic, since_s=since, count=count)


def demo() -> None:
    """Play sample conversations through the system, in Chinese and English."""
    from streams import talk

    raise typer.Exit(talk.demo(read()))


def forget(conversation: Annotated[str, typer.Argument(help="The conversation's id.")]) -> None:
    """Delete the key to a conversation's personal data: nothing can read it again, wherever it was copied."""
    from streams.forget import forget as deleted

    deleted(read(), conversation)
    typer.echo(f"the key of {conversation} is deleted; its placeholders stand for nothing now")


Place = Annotated[str, typer.Argument(help="TOPIC, or TOPIC/PARTITION/OFFSET as `kefu dlq list` prints it.")]


def dlq_list(limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50) -> None:
    """List dead letters: where from, why."""
    from streams import dead_letters

    for letter in dead_letters.find(read())[-limit:]:
        typer.echo(letter.line())


def dlq_show(place: Place) -> None:
    """Print a dead letter: its headers, key and value as they were."""
    from streams import dead_letters

    for letter in dead_letters.find(read(), place):
        typer.echo(letter.whole())


def dlq_replay(place: Place) -> None:
    """Send dead letters back to the topic from which they came."""
    from streams import dead_letters

    count = dead_letters.replay(read(), place)
    typer.echo(f"sent {count} record{'' if count == 1 else 's'} back")

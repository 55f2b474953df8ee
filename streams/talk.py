"""Talks with the system from the terminal, over the topics that every program can use."""

import time
from collections.abc import Iterator
from typing import Any

import typer

from agents.understanding.mask import mask
from agents.understanding.vault import key_of, marked
from schemas import codec, ids, times, topics
from schemas.errors import Rejected
from schemas.messages import InboundMessage, Reply
from streams import records
from streams.secret import secret
from streams.sender import Sender
from streams.settings import Settings

SAMPLES = (
    ("你好", "我的快递三天没有更新了", "那什么时候能退款?"),
    ("Hello!", "How long do I have to return a jacket?", "And who pays for the return shipping?"),
    ("你们太差劲了,等了两个星期还没收到,气死我了!", "我要转人工"),
    ("我的订单 KF10000002 到哪了?", "KF10000006 的退款到哪一步了?"),
    ("Where is my order KF10000001?", "And KF10000003? I would like to return it, it is broken."),
    ("My parcel arrived broken.", "My phone number is 13800138000, please call me.", "thanks, bye"),
)


def say(settings: Settings, text: str, *, conversation: str, wait_s: float) -> int:
    """Send one message; print its reply when it comes in time. The exit code: 0, or 1 without a reply."""
    answers = records.from_now(settings, topics.OUTBOUND.name, since_s=2)
    next(answers)
    message = _send(settings, text, conversation or ids.fresh("cli"))
    if wait_s <= 0:
        typer.echo(message.message_id)
        return 0
    reply = _answer(answers, message.message_id, wait_s)
    if reply is None:
        typer.echo(
            f"no reply within {wait_s:.0f} s to {message.message_id}; it is not lost: `kefu doctor` says more", err=True
        )
        return 1
    typer.echo(_shown(reply))
    return 0


def chat(settings: Settings, *, conversation: str) -> None:
    """Read lines, send them, print the replies, until the end of the input."""
    conversation = conversation or ids.fresh("cli")
    answers = records.from_now(settings, topics.OUTBOUND.name, since_s=2)
    next(answers)
    typer.echo(f"conversation {conversation}; an empty line or Ctrl-D ends it")
    while True:
        try:
            line = input("you: ")
        except EOFError:
            return
        if not line.strip():
            return
        message = _send(settings, line, conversation)
        reply = _answer(answers, message.message_id, settings.answer_deadline_s)
        typer.echo(f"kefu: {_shown(reply)}" if reply else "kefu did not answer in time; the message is not lost")


def demo(settings: Settings) -> int:
    """Play the samples; the exit code is the number of messages without a reply."""
    missing = 0
    for sample in SAMPLES:
        conversation = ids.fresh("demo")
        answers = records.from_now(settings, topics.OUTBOUND.name, since_s=2)
        next(answers)
        for text in sample:
            typer.echo(f"customer: {text}")
            reply = _answer(answers, _send(settings, text, conversation).message_id, settings.answer_deadline_s)
            typer.echo(f"    kefu: {_shown(reply) if reply else '(no reply)'}")
            missing += reply is None
        typer.echo("")
    return missing


def _send(settings: Settings, text: str, conversation: str) -> InboundMessage:
    masked = mask(text)
    message = InboundMessage(
        message_id=ids.fresh("msg"),
        conversation_id=conversation,
        channel="cli",
        user_id=conversation,
        text=masked.text,
        personal=marked(masked.values, key_of(secret(settings), "", conversation)),
        occurred_at=times.rfc3339(time.time()),
    )
    sender = Sender(settings.kafka, client_id="kefu-cli")
    sender.send(topics.INBOUND.name, topics.INBOUND.key_of(message), codec.encode(message))
    sender.flush_now()
    return message


def _answer(answers: Iterator[Any], message_id: str, wait_s: float) -> Reply | None:
    ends = time.monotonic() + wait_s
    for record in answers:
        if record is not None:
            reply = _read(record.value())
            if reply is not None and message_id in (reply.in_reply_to, *reply.in_reply_to_all):
                return reply
        elif time.monotonic() > ends:
            return None
    return None


def _read(value: bytes | None) -> Reply | None:
    """The reply, or None for what another producer left there."""
    try:
        reply: Reply = codec.decode(topics.OUTBOUND, value)
    except Rejected:
        return None
    return reply


def _shown(reply: Reply) -> str:
    cited = ", ".join(citation.title for citation in reply.citations)
    return f"{reply.text}\n      [{reply.source}, {reply.intent.name}{f', {cited}' if cited else ''}]"

"""What the stub gateway says: frames, turns, figures and steps as the real one would give them."""

from typing import Any

Json = dict[str, Any]


def at(minute: int, milliseconds: int = 0) -> str:
    """A moment of the sample hour, 08:00 to 09:00."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"2026-01-31T08:{minute:02d}:{seconds:02d}.{rest:03d}Z"


def reply(message: Json, text: str, **fields: Any) -> Json:
    """A reply frame to ``message``."""
    named = {"type": "reply", "reply_id": f"r-{message['message_id']}", "in_reply_to": message["message_id"]}
    return (
        named | {"text": text, "source": "knowledge", "language": "en", "citations": [], "occurred_at": at(1)} | fields
    )


def chunks(message: Json, *texts: str) -> list[Json]:
    """The frames of an answer while it is being written."""
    named = {"type": "chunk", "reply_id": f"r-{message['message_id']}", "in_reply_to": message["message_id"]}
    last = len(texts) - 1
    return [named | {"index": index, "text": text, "done": index == last} for index, text in enumerate(texts)]


def turn(name: str, question: str, answer: str, **fields: Any) -> Json:
    """A turn as GET /v1/conversations tells it."""
    base: Json = {"message_id": f"m-{name}", "reply_id": f"r-{name}", "question": question, "answer": answer}
    times = {"asked_at": at(5), "answered_at": at(5, 420), "latency_ms": 420.0}
    rest = {"source": "model", "intent": "refund_progress", "sentiment": -0.42, "citations": [], "feedback": ""}
    return base | times | rest | fields


def counts(field_name: str, **numbers: int) -> list[Json]:
    return [{field_name: name, "count": number} for name, number in numbers.items()]


def summary(minutes: int = 60) -> Json:
    """An hour with a bad spell in its middle."""
    wave = [round(40 + 25 * ((minute * 7) % 11) / 11 + (40 if 28 < minute < 36 else 0)) for minute in range(minutes)]
    return {
        "generated_at": at(59),
        "totals": {
            "messages": sum(wave), "replies": sum(wave) - 14, "answered_share": 0.9953, "negative_share": 0.118,
            "p50_ms": 34.2, "p95_ms": 1840.0, "p99_ms": 4210.0,
        },
        "series": [
            {
                "minute": at(minute), "messages": number, "p50_ms": 30 + number / 4, "p95_ms": 900 + number * 14,
                "negative_share": 0.08 + (0.3 if 28 < minute < 36 else (minute % 5) / 60),
            }
            for minute, number in enumerate(wave)
        ],
        "sources": counts("source", knowledge=1630, script=812, model=455, tool=120, fallback=64, handover=12),
        "intents": counts(
            "intent", refund_progress=720, parcel_location=655, return_goods=430, invoice_request=288, unknown=190,
            change_address=160, coupon_problem=140, broken_goods=120, complaint=88, opening_hours=41,
        ),
        "channels": counts("channel", web=1900, wechat=870, api=300),
        "sentiment": counts("label", neutral=2010, positive=690, negative=370),
        "models": {"status": "offline", "reason": "no Ollama server answers at http://127.0.0.1:11434"},
    }  # fmt: skip


def trace(name: str) -> Json:
    """The steps of one message through the model."""
    steps: list[tuple[str, int, Json]] = [
        ("received", 0, {"text": "退款三天了还没到，电话 [PHONE_1]"}),
        (
            "understood",
            6,
            {"language": "zh", "intent": "refund_progress", "intent_confidence": 0.93, "sentiment": -0.42},
        ),
        ("decided", 9, {"source": "model", "detail": {"why": "no article above 0.6"}}),
        ("model_called", 1390, {"model": "qwen2.5:7b", "latency_ms": 1371.0, "detail": {"server": "127.0.0.1:11434"}}),
        ("replied", 1402, {"source": "model", "latency_ms": 1402.0, "text": "退款一般 1–3 个工作日到账。"}),
        ("delivered", 1415, {"detail": {"status": "sent"}}),
    ]
    about = {"conversation_id": "web-1", "message_id": f"m-{name}", "tenant": "default", "channel": "web"}
    return {
        "events": [
            {"event_id": f"e-{k}", "kind": k, "occurred_at": at(5, ms), **about, **more} for k, ms, more in steps
        ]
    }


def alerts() -> list[Json]:
    first = {"alert_id": "a-1", "rule": "negative_share", "subject": "intent:refund_progress", "severity": "critical"}
    figures = {"value": 0.41, "limit": 0.3, "baseline": 0.11, "message": "Negative mood above the limit"}
    times = {"window_start": at(30), "window_end": at(35), "occurred_at": at(35)}
    second = {"alert_id": "a-2", "rule": "latency_p95", "subject": "channel:wechat", "severity": "warning"}
    slow = {"value": 4210.0, "limit": 3000.0, "baseline": 1620.0, "message": "Replies are slower than usual"}
    return [first | figures | times, second | slow | times]


def conversations() -> list[Json]:
    asked = {"last_question": "退款三天了还没到，怎么回事？", "last_answer": "一般 1–3 个工作日到账。"}
    web = {"conversation_id": "web-1", "channel": "web", "last_at": at(5), "turns": 2, "last_source": "model"}
    lamp = {"last_question": "How do I return a lamp?", "last_answer": "Open the order and choose Return."}
    wechat = {
        "conversation_id": "wechat-7",
        "channel": "wechat",
        "last_at": at(4),
        "turns": 1,
        "last_source": "knowledge",
    }
    return [web | asked | {"sentiment": -0.42}, wechat | lamp | {"sentiment": 0.3}]


def lags() -> list[Json]:
    rows = [("kefu-dialogue", "chat.inbound.v1", 12), ("kefu-sinks", "conversation.log.v1", 1840)]
    rows.append(("kefu-inference", "inference.requests.v1", 0))
    return [{"group": group, "topic": topic, "lag": lag} for group, topic, lag in rows]


def pool() -> list[Json]:
    well: Json = {"state": "closed", "slots": 4, "in_flight": 3, "models": ["qwen2.5:7b"], "problem": ""}
    well |= {"url": "http://127.0.0.1:11434", "conversations": 4, "first_ms": 41.0, "tokens_per_s": 38.2}
    rests = well | {"url": "http://127.0.0.1:11435", "state": "open", "in_flight": 0, "models": [], "first_ms": None}
    rests |= {"tokens_per_s": None, "problem": "cannot be reached; start it with `ollama serve`"}
    return [{"worker": "1", "waiting": 2, "servers": [well, rests], "breakers": {}, "seen_at": at(59)}]


def sample_ops() -> dict[str, Json]:
    """Canned answers of the operations API, by path."""
    return {
        "ops/summary": summary(),
        "ops/lag": {"groups": lags()},
        "ops/pool": {"workers": pool()},
        "ops/alerts": {"alerts": alerts()},
        "ops/conversations": {"conversations": conversations()},
        "ops/trace/m-1": trace("1"),
    }


def nothing_yet() -> dict[str, Json]:
    """The operations API before the first message."""
    totals = dict.fromkeys(("answered_share", "negative_share", "p50_ms", "p95_ms", "p99_ms")) | {
        "messages": 0,
        "replies": 0,
    }
    lists: Json = {name: [] for name in ("series", "sources", "intents", "channels", "sentiment")}
    models = {"status": "online", "reason": ""}
    return {
        "ops/summary": {"generated_at": at(59), "totals": totals, "models": models} | lists,
        "ops/lag": {"groups": []},
        "ops/pool": {"workers": []},
        "ops/alerts": {"alerts": []},
        "ops/conversations": {"conversations": []},
    }


def demonstration(message: Json) -> list[Json | float]:
    """Answers anything: streamed, with citations."""
    texts = (
        "Refunds go back to the way you paid.\n\n",
        "- **Card**: 1 to 3 working days\n",
        "- Wallet: within a day\n\n",
    )
    end = "You can follow it under https://shop.example/orders."
    cited = [{"article_id": "refund-07", "title": "How long refunds take", "score": 0.91}]
    cited.append({"article_id": "refund-02", "title": "退款到账时间说明", "score": 0.64})
    pieces: list[Json | float] = [0.9]
    for frame in chunks(message, *texts, end):
        pieces += [frame, 0.4]
    return [*pieces, reply(message, "".join([*texts, end]), citations=cited, source="model")]

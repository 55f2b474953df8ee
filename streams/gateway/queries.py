"""What is asked of ClickHouse: one function per question; values are bound, never formatted in."""

from streams.gateway.ports import Question

NEGATIVE, POSITIVE = -0.05, 0.05
"""VADER's documented thresholds of the compound score."""


def turns(conversation_id: str, limit: int) -> Question:
    """The newest turns of a conversation, oldest first."""
    sql = """
        SELECT * FROM (
            SELECT conversation_id, message_id, reply_id, tenant, channel, user_id, asked_at, answered_at, question,
                   answer, source, language, intent, intent_confidence, sentiment, latency_ms, model, prompt_version,
                   knowledge_version, experiment, citations, feedback, feedback_comment
            FROM turns WHERE conversation_id = {conversation_id:String} ORDER BY answered_at DESC LIMIT {limit:UInt32}
        ) ORDER BY asked_at, answered_at
    """
    return Question("turns", sql, {"conversation_id": conversation_id, "limit": limit})


def about(reply_id: str) -> Question:
    """Where a reply belongs: conversation_id, message_id, tenant, channel."""
    sql = """
        SELECT conversation_id, message_id, tenant, channel FROM conversation_log
        WHERE kind = 'replied' AND JSONExtractString(detail, 'reply_id') = {reply_id:String} LIMIT 1
    """
    return Question("about", sql, {"reply_id": reply_id})


def figures(since_ms: int) -> Question:
    """Figures per minute since then (milliseconds since the epoch), and with ``per_minute`` 0 over all of it."""
    sql = """
        SELECT toUInt8(grouping(minute) = 0) AS per_minute, toStartOfMinute(occurred_at) AS minute,
               uniqExactIf(message_id, kind = 'received') AS messages,
               uniqExactIf(message_id, kind = 'replied') AS replies,
               avgIf(sentiment <= {negative:Float64}, kind = 'replied') AS negative_share,
               quantileTDigestIf(0.5)(latency_ms, kind = 'replied') AS p50_ms,
               quantileTDigestIf(0.95)(latency_ms, kind = 'replied') AS p95_ms,
               quantileTDigestIf(0.99)(latency_ms, kind = 'replied') AS p99_ms
        FROM conversation_log FINAL
        WHERE occurred_at >= fromUnixTimestamp64Milli({since:Int64}) AND kind IN ('received', 'replied')
        GROUP BY GROUPING SETS ((minute), ()) ORDER BY per_minute, minute
    """
    return Question("figures", sql, {"since": since_ms, "negative": NEGATIVE})


def counts(since_ms: int) -> Question:
    """Replies by source, intent, channel and mood (label): rows of dimension, name and count, the largest first."""
    sql = """
        SELECT pair.1 AS dimension, pair.2 AS name, count() AS count
        FROM conversation_log FINAL
        ARRAY JOIN [
            ('source', toString(source)), ('intent', toString(intent)), ('channel', toString(channel)),
            ('label', multiIf(sentiment <= {negative:Float64}, 'negative',
                              sentiment >= {positive:Float64}, 'positive', 'neutral'))
        ] AS pair
        WHERE occurred_at >= fromUnixTimestamp64Milli({since:Int64}) AND kind = 'replied'
        GROUP BY dimension, name ORDER BY count DESC, name LIMIT 50 BY dimension
    """
    return Question("counts", sql, {"since": since_ms, "negative": NEGATIVE, "positive": POSITIVE})


def alerts(limit: int) -> Question:
    """The newest alerts, newest first."""
    sql = """
        SELECT alert_id, rule, subject, severity, value, `limit`, baseline, message, window_start, window_end,
               occurred_at
        FROM alerts FINAL ORDER BY occurred_at DESC, alert_id LIMIT {limit:UInt32}
    """
    return Question("alerts", sql, {"limit": limit})


def conversations(since_ms: int, limit: int) -> Question:
    """The conversations in which something was said last, newest first."""
    sql = """
        SELECT conversation_id, any(channel) AS channel, max(occurred_at) AS last_at,
               countIf(kind = 'replied') AS turns,
               argMaxIf(text, occurred_at, kind = 'received') AS last_question,
               argMaxIf(text, occurred_at, kind = 'replied') AS last_answer,
               argMaxIf(source, occurred_at, kind = 'replied') AS last_source,
               argMaxIf(sentiment, occurred_at, kind = 'replied') AS sentiment
        FROM conversation_log FINAL
        WHERE occurred_at >= fromUnixTimestamp64Milli({since:Int64}) AND kind IN ('received', 'replied')
        GROUP BY conversation_id ORDER BY last_at DESC, conversation_id LIMIT {limit:UInt32}
    """
    return Question("conversations", sql, {"since": since_ms, "limit": limit})


def trace(message_id: str) -> Question:
    """The log events of a message, in the order of time and then of the steps."""
    sql = """
        SELECT event_id, kind, conversation_id, message_id, tenant, channel, occurred_at, actor, language, intent,
               intent_confidence, sentiment, source, model, prompt_version, knowledge_version, experiment, latency_ms,
               input_hash, output_hash, text, detail
        FROM conversation_log FINAL WHERE message_id = {message_id:String}
        ORDER BY occurred_at, indexOf(['received', 'understood', 'decided', 'model_called', 'replied', 'delivered',
                                       'handed_over', 'feedback', 'rejected'], toString(kind)), event_id
        LIMIT 1000
    """
    return Question("trace", sql, {"message_id": message_id})

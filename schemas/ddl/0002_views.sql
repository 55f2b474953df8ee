-- A row per answered message: what was asked, what was answered, by whom, how fast, and what the person thought of it.
CREATE VIEW IF NOT EXISTS turns AS
SELECT
    conversation_id, message_id, reply_id, tenant, channel, user_id, asked_at, answered_at, question, answer, source,
    language, intent, intent_confidence, sentiment, latency_ms, model, prompt_version, knowledge_version, experiment,
    citations, rated.rating AS feedback, rated.comment AS feedback_comment
FROM
(
    SELECT
        conversation_id,
        message_id,
        anyIf(JSONExtractString(detail, 'reply_id'), kind = 'replied')  AS reply_id,
        anyIf(tenant, kind = 'replied')                                 AS tenant,
        anyIf(channel, kind = 'replied')                                AS channel,
        anyIf(JSONExtractString(detail, 'user_id'), kind = 'received')  AS user_id,
        anyIf(occurred_at, kind = 'received')                           AS asked_at,
        anyIf(occurred_at, kind = 'replied')                            AS answered_at,
        anyIf(text, kind = 'received')                                  AS question,
        anyIf(text, kind = 'replied')                                   AS answer,
        anyIf(source, kind = 'replied')                                 AS source,
        anyIf(language, kind = 'replied')                               AS language,
        anyIf(intent, kind = 'replied')                                 AS intent,
        anyIf(intent_confidence, kind = 'replied')                      AS intent_confidence,
        anyIf(sentiment, kind = 'replied')                              AS sentiment,
        anyIf(latency_ms, kind = 'replied')                             AS latency_ms,
        anyIf(model, kind = 'replied')                                  AS model,
        anyIf(prompt_version, kind = 'replied')                         AS prompt_version,
        anyIf(knowledge_version, kind = 'replied')                      AS knowledge_version,
        anyIf(experiment, kind = 'replied')                             AS experiment,
        anyIf(JSONExtractRaw(detail, 'citations'), kind = 'replied')    AS citations
    FROM conversation_log FINAL
    WHERE kind IN ('received', 'replied')
    GROUP BY conversation_id, message_id
    HAVING countIf(kind = 'replied') > 0
) AS answered
LEFT JOIN
(
    SELECT reply_id, argMax(rating, occurred_at) AS rating, argMax(comment, occurred_at) AS comment
    FROM feedback FINAL
    GROUP BY reply_id
) AS rated USING (reply_id);

-- Rows against offsets, per partition. `missing` counts the offsets between two stored rows that the sink saw hold a
-- record and that are not stored (an upper bound where transaction markers stand among them); 0 means that nothing is missing.
CREATE VIEW IF NOT EXISTS reconciliation AS
SELECT
    kafka_topic,
    kafka_partition,
    min(kafka_offset)                     AS first_offset,
    max(kafka_offset)                     AS last_offset,
    count()                               AS stored,
    sum(greatest(kafka_previous - before, 0)) AS missing,
    stored + missing                      AS expected
FROM
(
    SELECT
        kafka_topic, kafka_partition, kafka_offset, kafka_previous,
        lagInFrame(kafka_offset, 1, toInt64(-1)) OVER
        (
            PARTITION BY kafka_topic, kafka_partition ORDER BY kafka_offset
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before
    FROM stored_offsets FINAL
)
GROUP BY kafka_topic, kafka_partition;

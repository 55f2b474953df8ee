-- What the topics say, one row per id: ReplacingMergeTree by id, read with FINAL (the views do; `final = 1` in the profile).
CREATE TABLE IF NOT EXISTS conversation_log
(
    event_id          String,
    kind              LowCardinality(String),
    conversation_id   String,
    message_id        String,
    tenant            LowCardinality(String),
    channel           LowCardinality(String),
    occurred_at       DateTime64(3, 'UTC'),
    actor             LowCardinality(String),
    language          LowCardinality(String),
    intent            LowCardinality(String),
    intent_confidence Float32,
    sentiment         Float32,
    source            LowCardinality(String),
    model             LowCardinality(String),
    prompt_version    LowCardinality(String),
    knowledge_version LowCardinality(String),
    experiment        LowCardinality(String),
    latency_ms        Float64,
    input_hash        String,
    output_hash       String,
    text              String CODEC(ZSTD(3)),
    detail            String CODEC(ZSTD(3)),
    kafka_topic       LowCardinality(String),
    kafka_partition   Int32,
    kafka_offset      Int64,
    kafka_previous    Int64,
    INDEX by_message message_id TYPE bloom_filter GRANULARITY 4
)
ENGINE = ReplacingMergeTree ORDER BY (conversation_id, event_id);

CREATE TABLE IF NOT EXISTS feedback
(
    feedback_id     String,
    reply_id        String,
    conversation_id String,
    tenant          LowCardinality(String),
    rating          LowCardinality(String),
    comment         String,
    correction      String,
    occurred_at     DateTime64(3, 'UTC'),
    kafka_topic     LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64,
    kafka_previous  Int64
)
ENGINE = ReplacingMergeTree ORDER BY (reply_id, feedback_id);

CREATE TABLE IF NOT EXISTS alerts
(
    alert_id        String,
    rule            LowCardinality(String),
    subject         String,
    severity        LowCardinality(String),
    value           Float64,
    `limit`         Float64,
    baseline        Float64,
    message         String,
    window_start    DateTime64(3, 'UTC'),
    window_end      DateTime64(3, 'UTC'),
    occurred_at     DateTime64(3, 'UTC'),
    kafka_topic     LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64,
    kafka_previous  Int64
)
ENGINE = ReplacingMergeTree ORDER BY (subject, alert_id);

CREATE TABLE IF NOT EXISTS deliveries
(
    receipt_id      String,
    reply_id        String,
    conversation_id String,
    tenant          LowCardinality(String),
    channel         LowCardinality(String),
    status          LowCardinality(String),
    reason          String,
    occurred_at     DateTime64(3, 'UTC'),
    kafka_topic     LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64,
    kafka_previous  Int64
)
ENGINE = ReplacingMergeTree ORDER BY (conversation_id, receipt_id);

-- Which offsets are stored, each with the offset of the record before it as the sink read it: a chain without holes,
-- also where a partition holds transaction markers.
CREATE TABLE IF NOT EXISTS stored_offsets
(
    kafka_topic     LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64 CODEC(Delta, ZSTD),
    kafka_previous  Int64 CODEC(Delta, ZSTD)
)
ENGINE = ReplacingMergeTree ORDER BY (kafka_topic, kafka_partition, kafka_offset);

CREATE MATERIALIZED VIEW IF NOT EXISTS stored_offsets_of_conversation_log TO stored_offsets AS
SELECT kafka_topic, kafka_partition, kafka_offset, kafka_previous FROM conversation_log;

CREATE MATERIALIZED VIEW IF NOT EXISTS stored_offsets_of_feedback TO stored_offsets AS
SELECT kafka_topic, kafka_partition, kafka_offset, kafka_previous FROM feedback;

CREATE MATERIALIZED VIEW IF NOT EXISTS stored_offsets_of_alerts TO stored_offsets AS
SELECT kafka_topic, kafka_partition, kafka_offset, kafka_previous FROM alerts;

CREATE MATERIALIZED VIEW IF NOT EXISTS stored_offsets_of_deliveries TO stored_offsets AS
SELECT kafka_topic, kafka_partition, kafka_offset, kafka_previous FROM deliveries;

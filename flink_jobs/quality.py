"""The quality monitor in SQL: windows of event time over the conversation log, judged by the rules, into alerts."""
# ruff: noqa: S608 -- what goes into the statements is ours: rules, numbers, quoted settings

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from flink_jobs import rules
from flink_jobs.rules import RULES, text
from schemas.topics import ALERTS, LOG

GROUP = "flink-quality"
TICKS_PER_SECOND = 5
FETCH_BYTES, FETCH_WAIT_MS = 65_536, 200
"""The broker answers with so much, or with what came in so long: else each transaction would wake the job."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How the monitor runs. Seconds: ``window``, ``delay`` (by how much events may be out of order).

    ``gate`` is the folder in which a file opens the windows' closing: see flink_jobs/gate.py.
    """

    kafka: str
    gate: Path
    window: float = 10.0
    delay: float = 1.0


def tables(job: Quality) -> tuple[str, ...]:
    """The DDL: what is read (the log; ticks, so that windows close in silence; the gate), what is written (alerts)."""
    return _log_table(job), _tick_table(job), _gate_table(job), _alerts_table(job)


def fingerprint(job: Quality, *, engine: str) -> str:
    """Names the state that this job can resume on ``engine``: another job's checkpoints do not fit its operators."""
    parts = (engine, *tables(job), insert(job))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _log_table(job: Quality) -> str:
    """A time later than the record's own is taken back to it: one wrong clock must not close everybody's windows."""
    return f"""
CREATE TABLE log (
  kind STRING, channel STRING, intent STRING, source STRING, sentiment DOUBLE, latency_ms DOUBLE,
  occurred_at TIMESTAMP_LTZ(3),
  written_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  event_time AS COALESCE(LEAST(occurred_at, written_at), TO_TIMESTAMP_LTZ(0, 3)),
  WATERMARK FOR event_time AS event_time - {_interval(job.delay)}
) WITH (
  'connector' = 'kafka', 'topic' = {text(LOG.name)}, 'properties.bootstrap.servers' = {text(job.kafka)},
  'properties.group.id' = '{GROUP}', 'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest',
  'properties.reconnect.backoff.max.ms' = '5000', 'properties.max.partition.fetch.bytes' = '131072',
  'properties.fetch.min.bytes' = '{FETCH_BYTES}', 'properties.fetch.max.wait.ms' = '{FETCH_WAIT_MS}',
  'scan.watermark.idle-timeout' = '1s',
  'format' = 'json', 'json.ignore-parse-errors' = 'true', 'json.timestamp-format.standard' = 'ISO-8601')"""


def _tick_table(job: Quality) -> str:
    return f"""
CREATE TABLE tick (
  n BIGINT, event_time AS CURRENT_TIMESTAMP - {_interval(job.delay)}, WATERMARK FOR event_time AS event_time
) WITH ('connector' = 'datagen', 'rows-per-second' = '{TICKS_PER_SECOND}', 'fields.n.min' = '0')"""


def _gate_table(job: Quality) -> str:
    return f"""
CREATE TABLE gate (
  until_ms BIGINT, event_time AS TO_TIMESTAMP_LTZ(until_ms, 3), WATERMARK FOR event_time AS event_time
) WITH (
  'connector' = 'filesystem', 'path' = {text(job.gate.as_uri())}, 'format' = 'json',
  'source.monitor-interval' = '1s')"""


def _alerts_table(job: Quality) -> str:
    return f"""
CREATE TABLE alerts (
  alert_id STRING, rule STRING, subject STRING, severity STRING, `value` DOUBLE, `limit` DOUBLE, baseline DOUBLE,
  message STRING, window_start STRING, window_end STRING, occurred_at STRING
) WITH (
  'connector' = 'kafka', 'topic' = {text(ALERTS.name)}, 'properties.bootstrap.servers' = {text(job.kafka)},
  'properties.reconnect.backoff.max.ms' = '5000', 'sink.delivery-guarantee' = 'at-least-once',
  'key.format' = 'raw', 'key.fields' = 'subject', 'value.format' = 'json')"""


def insert(job: Quality) -> str:
    """The statement that never ends. An intent is known from `understood` on, so that is where its messages arrive."""
    steps = {
        "event": _EVENT,
        "said": _SAID,
        "figures": _figures(job),
        "checks": _CHECKS,
        "based": _BASED,
        "recent": _recent(job),
        "judged": _judged(job),
    }
    return "INSERT INTO alerts WITH " + ",\n".join(f"{name} AS ({sql})" for name, sql in steps.items()) + _ALERTS


_EVENT = """
SELECT kind, source, COALESCE(channel, 'api') AS channel, intent, event_time,
  CASE WHEN sentiment BETWEEN -1E0 AND 1E0 THEN sentiment END AS sentiment,
  CASE WHEN latency_ms BETWEEN 0E0 AND 1E9 THEN FLOOR(latency_ms + 5E-1) END AS latency_ms
FROM log WHERE occurred_at IS NOT NULL"""
"""Bounds keep out what the JSON reader takes for numbers: NaN, Infinity. Whole ms keep the percentiles' state small."""

_SAID = """
SELECT 'channel:' || channel AS subject, kind = 'received' AS arrived, kind, source, sentiment, latency_ms, event_time
FROM event
UNION ALL
SELECT 'intent:' || intent, kind = 'understood', kind, source, sentiment, latency_ms, event_time
FROM event WHERE intent <> ''
UNION ALL
SELECT CAST(NULL AS STRING), FALSE, '', '', CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), event_time
FROM tick WHERE n < 0
UNION ALL
SELECT CAST(NULL AS STRING), FALSE, '', '', CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), event_time
FROM gate WHERE until_ms < 0"""
"""Of ticks and gate only the watermarks matter; no row passes their filters, which the planner cannot know."""


def _figures(job: Quality) -> str:
    return f"""
SELECT subject, window_start, window_end, window_time,
  COUNT(*) FILTER (WHERE arrived) AS arrived,
  COUNT(sentiment) FILTER (WHERE kind = 'understood') AS understood,
  COUNT(*) FILTER (WHERE kind = 'understood' AND sentiment <= {rules.number(rules.NEGATIVE)}) AS negative,
  COUNT(*) FILTER (WHERE kind = 'replied') AS replied,
  COUNT(*) FILTER (WHERE kind = 'replied' AND source = 'fallback') AS fallback,
  COUNT(latency_ms) FILTER (WHERE kind = 'replied') AS timed,
  PERCENTILE(latency_ms, ARRAY[0.5, 0.95, 0.99]) FILTER (WHERE kind = 'replied') AS latency
FROM TABLE(TUMBLE(TABLE said, DESCRIPTOR(event_time), {_interval(job.window)}))
GROUP BY window_start, window_end, window_time, subject"""


_CHECKS = f"""
SELECT subject, window_start, window_end, window_time, r.*
FROM (SELECT *, {rules.as_sql(RULES)} AS checked FROM figures)
CROSS JOIN UNNEST(checked) AS r"""

_BASED = f"""
SELECT *, COUNT(`value`) OVER history - 1 AS earlier,
  (SUM(`value`) OVER history - `value`) / NULLIF(COUNT(`value`) OVER history - 1, 0) AS mean,
  (SUM(`value` * `value`) OVER history - `value` * `value`) / NULLIF(COUNT(`value`) OVER history - 1, 0) AS mean_square
FROM checks
WINDOW history AS (
  PARTITION BY subject, rule ORDER BY window_time ROWS BETWEEN {rules.HISTORY} PRECEDING AND CURRENT ROW)"""


def _recent(job: Quality) -> str:
    return f"""
SELECT *, MIN(`value`) OVER recent AS lowest, COUNT(`value`) OVER recent AS windows
FROM based
WINDOW recent AS (
  PARTITION BY subject, rule ORDER BY window_time
  RANGE BETWEEN {_interval((_lasting_windows(job) - 1) * job.window)} PRECEDING AND CURRENT ROW)"""


def _judged(job: Quality) -> str:
    """Mean square less squared mean is the variance of the earlier windows; rounding may take it below zero."""
    return f"""
SELECT *, CASE WHEN kind = 'departure'
    THEN mean + threshold * GREATEST(SQRT(GREATEST(mean_square - mean * mean, 0E0)), floor_)
    ELSE threshold END AS bound
FROM recent
WHERE kind = 'limit'
   OR (kind = 'lasting' AND lowest > threshold AND windows >= {_lasting_windows(job)})
   OR (kind = 'departure' AND earlier >= {rules.MIN_HISTORY})"""


_TIME = "yyyy-MM-dd''T''HH:mm:ss.SSS''Z''"
_SHOWN = "CAST(ROUND({}, 3) AS STRING)"
_ALERTS = f"""
SELECT 'alert-' || SUBSTR(MD5(CONCAT_WS('|', rule, subject, started, ended)), 1, 24), rule, subject, severity,
  `value`, bound, COALESCE(mean, 0E0),
  about || ' for ' || subject || ' was ' || {_SHOWN.format("`value`")} || CASE kind
    WHEN 'limit' THEN ', over the limit of '
    WHEN 'lasting' THEN ', for {rules.LASTING_SECONDS} seconds over the limit of '
    ELSE ', against ' || {_SHOWN.format("mean")} || ' in recent windows; alarms above ' END
    || {_SHOWN.format("bound")} || ' (' || CAST(samples AS STRING) || ' samples)',
  started, ended, ended
FROM (
  SELECT *, DATE_FORMAT(window_start, '{_TIME}') AS started, DATE_FORMAT(window_end, '{_TIME}') AS ended FROM judged)
WHERE `value` > bound"""


def _lasting_windows(job: Quality) -> int:
    return max(1, math.ceil(rules.LASTING_SECONDS / job.window))


def _interval(seconds: float) -> str:
    return f"INTERVAL '{seconds:.3f}' SECOND(3, 3)"

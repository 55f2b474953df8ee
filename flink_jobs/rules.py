"""What the monitor measures in each window, and when a measure is worth an alert: data, and their form in SQL."""

from dataclasses import dataclass
from typing import Literal

NEGATIVE = -0.05
"""A sentiment at or below this is negative: VADER's own bound on its compound scale."""
HISTORY = 30
"""Windows of a subject that make its moving baseline, the judged one not among them."""
MIN_HISTORY = 10
"""Windows that a baseline needs before a departure from it is told."""
LASTING_SECONDS = 60
"""How long a limit is exceeded before it is said to last (requirement L2: a minute)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a window. ``value`` and ``samples`` are SQL over the window's columns; ``about`` is for people."""

    value: str
    samples: str
    about: str


@dataclass(frozen=True, slots=True)
class Rule:
    """When a measure alarms.

    ``limit``: the value exceeds ``threshold``. ``lasting``: it has in every window of a minute. ``departure``: it
    exceeds the baseline's mean by ``threshold`` deviations, where a deviation is taken as ``floor`` at least, in the
    measure's unit. A window with fewer than ``min_samples`` samples is neither judged nor part of the baseline.
    """

    name: str
    measure: Measure
    kind: Literal["limit", "lasting", "departure"]
    threshold: float
    min_samples: int = 20
    floor: float = 0.0
    severity: Literal["info", "warning", "critical"] = "warning"


VOLUME = Measure("CAST(arrived AS DOUBLE)", "arrived", "Number of messages")
NEGATIVE_SHARE = Measure("CAST(negative AS DOUBLE) / NULLIF(understood, 0)", "understood", "Share of negative messages")
UNANSWERED_SHARE = Measure("CAST(fallback AS DOUBLE) / NULLIF(replied, 0)", "replied", "Share of unanswered messages")
P50 = Measure("latency[1]", "timed", "Median reply latency in ms")
P95 = Measure("latency[2]", "timed", "95th percentile of the reply latency in ms")
P99 = Measure("latency[3]", "timed", "99th percentile of the reply latency in ms")

RULES: tuple[Rule, ...] = (
    Rule("negative_share_limit", NEGATIVE_SHARE, "limit", 0.4),
    Rule("unanswered_share_limit", UNANSWERED_SHARE, "limit", 0.3),
    Rule("latency_p95_limit", P95, "limit", 500.0),
    Rule("latency_p95_lasting", P95, "lasting", 500.0, severity="critical"),
    Rule("volume_departure", VOLUME, "departure", 4.0, min_samples=1, floor=20.0, severity="info"),
    Rule("negative_share_departure", NEGATIVE_SHARE, "departure", 4.0, floor=0.05),
    Rule("unanswered_share_departure", UNANSWERED_SHARE, "departure", 4.0, floor=0.05),
    Rule("latency_p50_departure", P50, "departure", 4.0, floor=25.0),
    Rule("latency_p95_departure", P95, "departure", 4.0, floor=25.0),
    Rule("latency_p99_departure", P99, "departure", 4.0, min_samples=100, floor=50.0),
)

ROW_TYPE = (
    "ROW<rule STRING, about STRING, kind STRING, severity STRING, threshold DOUBLE, floor_ DOUBLE, "
    "`value` DOUBLE, samples BIGINT>"
)


def as_sql(rules: tuple[Rule, ...]) -> str:
    """An SQL array with a row per rule, in which the value is NULL where its samples are too few."""
    return f"CAST(ARRAY[{', '.join(_row(rule) for rule in rules)}] AS ARRAY<{ROW_TYPE}>)"


def _row(rule: Rule) -> str:
    texts = ", ".join(text(part) for part in (rule.name, rule.measure.about, rule.kind, rule.severity))
    enough = f"CASE WHEN {rule.measure.samples} >= {rule.min_samples} THEN {rule.measure.value} END"
    return f"ROW({texts}, {number(rule.threshold)}, {number(rule.floor)}, {enough}, {rule.measure.samples})"


def text(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """An SQL DOUBLE literal: a bare ``0.4`` would be a DECIMAL."""
    return f"{value:.6e}"

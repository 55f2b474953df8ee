"""Metrics: names as the contract has them, counted once, served on a port of the worker's own."""

import httpx
import pytest
from prometheus_client import generate_latest

from schemas.errors import Misconfigured
from streams.metrics import Metrics, expose

PROMISED = {
    "kefu_messages_total": ("agent", "outcome"),
    "kefu_step_seconds_count": ("agent",),
    "kefu_reply_seconds_count": ("source",),
    "kefu_model_seconds_count": ("model", "server", "outcome"),
    "kefu_model_inflight": ("server",),
    "kefu_dead_letters_total": ("topic", "reason"),
    "kefu_lag": ("topic",),
}


def used() -> Metrics:
    """Metrics of which each was used."""
    metrics = Metrics()
    metrics.messages("dialogue", "answered", 3)
    metrics.step("dialogue", 1.0, 4)
    metrics.dead_letter("t", "Rejected")
    metrics.replies.labels("script").observe(0.1)
    metrics.model.labels("m", "s", "answered").observe(0.1)
    metrics.in_flight.labels("s").set(1)
    metrics.lag.labels("t").set(7)
    metrics.rows.labels("feedback").inc(2)
    return metrics


def test_every_promised_metric_has_its_labels() -> None:
    samples = {sample.name: sample for family in used().registry.collect() for sample in family.samples}
    for name, labels in PROMISED.items():
        assert set(samples[name].labels) == set(labels), name


def test_what_an_agent_did_is_counted() -> None:
    registry = used().registry
    assert registry.get_sample_value("kefu_messages_total", {"agent": "dialogue", "outcome": "answered"}) == 3
    assert registry.get_sample_value("kefu_step_seconds_sum", {"agent": "dialogue"}) == 0.25
    assert registry.get_sample_value("kefu_dead_letters_total", {"topic": "t", "reason": "Rejected"}) == 1


def test_nothing_done_leaves_no_trace() -> None:
    metrics = Metrics()
    metrics.messages("dialogue", "answered", 0)
    metrics.step("dialogue", 1.0, 0)
    assert b"dialogue" not in generate_latest(metrics.registry)


def test_two_workers_in_a_process_do_not_share_counts() -> None:
    one, two = used(), Metrics()
    labels = {"topic": "t", "reason": "Rejected"}
    assert one.registry.get_sample_value("kefu_dead_letters_total", labels) == 1
    assert two.registry.get_sample_value("kefu_dead_letters_total", labels) is None


def test_the_metrics_are_served_on_a_free_port_and_a_taken_one_is_refused_in_words(
    capfd: pytest.CaptureFixture[str],
) -> None:
    port = expose(used(), 0)
    page = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert page.headers["content-type"].startswith("text/plain")
    assert 'kefu_lag{topic="t"} 7.0' in page.text
    with pytest.raises(Misconfigured, match=f"KEFU_METRICS_PORT={port} cannot be taken"):
        expose(Metrics(), port)
    assert capfd.readouterr().err == ""

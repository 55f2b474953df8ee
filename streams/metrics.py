"""The registry of metrics: every name, its labels and its meaning; the documentation is generated from it."""

import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app

from schemas.errors import Misconfigured

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """All metrics of one process, on a registry of its own. Implements agents.runtime.Meter."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self._messages = Counter("kefu_messages", "Records an agent worked on.", ["agent", "outcome"], registry=own)
        self._steps = Histogram(
            "kefu_step_seconds", "Seconds an agent took for one record.", ["agent"], buckets=SECONDS, registry=own
        )
        self._dead = Counter("kefu_dead_letters", "Records put aside.", ["topic", "reason"], registry=own)
        self.replies = Histogram(
            "kefu_reply_seconds", "Seconds from inbound to outbound.", ["source"], buckets=SECONDS, registry=own
        )
        self.model = Histogram(
            "kefu_model_seconds",
            "Seconds of a model call.",
            ["model", "server", "outcome"],
            buckets=SECONDS,
            registry=own,
        )
        self.in_flight = Gauge("kefu_model_inflight", "Questions at a server now.", ["server"], registry=own)
        self.waiting = Gauge("kefu_model_waiting", "Questions taken from Kafka that have no slot yet.", registry=own)
        self.breakers = Gauge(
            "kefu_model_breaker",
            "1 while a model's breaker is open, 0.5 while it is half open.",
            ["model"],
            registry=own,
        )
        self.tool = Histogram(
            "kefu_tool_seconds", "Seconds of a tool's call.", ["tool", "outcome"], buckets=SECONDS, registry=own
        )
        self.resting = Gauge("kefu_tool_resting", "1 while a tool is not asked.", ["tool"], registry=own)
        self.rows = Counter("kefu_rows_inserted", "Rows written to ClickHouse.", ["table"], registry=own)
        self._cache = Counter("kefu_cache_requests", "Look-ups of cached answers.", ["level", "outcome"], registry=own)
        self._embedded = Counter("kefu_embeddings", "Questions whose embedding was wanted.", ["outcome"], registry=own)
        self.lag = Gauge("kefu_lag", "Records not yet worked on.", ["topic"], registry=own)

    def messages(self, agent: str, outcome: str, count: int = 1) -> None:
        if count:
            self._messages.labels(agent, outcome).inc(count)

    def step(self, agent: str, seconds: float, count: int) -> None:
        if count:
            self._steps.labels(agent).observe(seconds / count)

    def cached(self, level: str, outcome: str) -> None:
        self._cache.labels(level, outcome).inc()

    def embedded(self, outcome: str, count: int) -> None:
        if count:
            self._embedded.labels(outcome).inc(count)

    def dead_letter(self, topic: str, reason: str) -> None:
        self._dead.labels(topic, reason).inc()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not logged."""


def expose(metrics: Metrics, port: int) -> int:
    """Serve the metrics on loopback in a thread; the port that was taken, where 0 chooses a free one.

    Raises Misconfigured when the port cannot be taken.
    """
    try:
        server = make_server("127.0.0.1", port, make_wsgi_app(metrics.registry), handler_class=_Quiet)
    except OSError as problem:
        raise Misconfigured(
            f"KEFU_METRICS_PORT={port} cannot be taken: {problem.strerror}; each worker needs its own, 0 chooses"
        ) from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return int(server.server_port)


def expose_as(name: str, metrics: Metrics, *, port: int, home: Path) -> None:
    """The same, with the address written to ``run/<name>.metrics`` below ``home``, where people look it up."""
    folder = home / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.metrics").write_text(f"http://127.0.0.1:{expose(metrics, port)}/metrics\n")

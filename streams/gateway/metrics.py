"""The gateway's metrics, on the registry that it is handed."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class GatewayMetrics:
    """``requests`` observes seconds by route template and status; ``deliveries`` counts replies by their way out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Histogram(
            "kefu_http_seconds",
            "Seconds until a request was answered.",
            ["route", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self.sockets = Gauge("kefu_sockets", "Open WebSocket connections.", registry=registry)
        self.deliveries = Counter(
            "kefu_deliveries", "Replies that reached somebody, by socket or query.", ["way"], registry=registry
        )
        self.overruns = Counter("kefu_slow_sockets", "Sockets closed because they did not read.", registry=registry)

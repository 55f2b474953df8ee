"""Makes the documents of settings and metrics from their registries (``python -m streams.documents docs``)."""

import sys
from pathlib import Path

from streams.metrics import Metrics
from streams.settings import Settings


def settings_page() -> str:
    """A Markdown table of every setting with its default."""
    lines = [
        "# Settings",
        "",
        "Environment variables, or lines of a file `.env` where kefu is started. A wrong value stops the start with "
        "its name and the reason.",
        "",
        "| setting | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| `KEFU_{name.upper()}` | {default} | {field.description} |")
    lines.append("| `KEFU_VIEWER_PASSWORD` | | password of the embedded ClickHouse's read-only user `viewer` |")
    lines.append("| `KEFU_LOG_JSON` | | `1` writes log lines as JSON (Elastic Common Schema names) |")
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """A Markdown table of the workers' metrics."""
    lines = [
        "# Metrics",
        "",
        "Prometheus text. The gateway serves its own at `/metrics`; each worker has a port of its own, whose "
        "address stands in `.kefu/run/<worker>.metrics` (`KEFU_METRICS_PORT` fixes it).",
        "",
        "| metric | kind | meaning |",
        "| --- | --- | --- |",
    ]
    for family in sorted(Metrics().registry.collect(), key=lambda family: family.name):
        suffix = "_total" if family.type == "counter" else ""
        lines.append(f"| `{family.name}{suffix}` | {family.type} | {family.documentation} |")
    return "\n".join(lines) + "\n"


def documents() -> dict[str, str]:
    """Every page: path below docs/ → text."""
    return {"settings.md": settings_page(), "metrics.md": metrics_page()}


if __name__ == "__main__":
    for path, text in documents().items():
        (Path(sys.argv[1]) / path).write_text(text, encoding="utf-8")

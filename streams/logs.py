"""Log lines for people and machines: one line each, time, level, worker, words; JSON where KEFU_LOG_JSON=1."""

import json
import logging
import os
import sys

from schemas import times


class _Line(logging.Formatter):
    def __init__(self, worker: str, *, as_json: bool) -> None:
        super().__init__()
        self._worker, self._as_json = worker, as_json

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        when = times.rfc3339(record.created)
        if self._as_json:
            fields = {"@timestamp": when, "log.level": record.levelname.lower(), "service.name": self._worker}
            return json.dumps(fields | {"log.logger": record.name, "message": text}, ensure_ascii=False)
        return f"{when} {record.levelname.lower():8} {self._worker}: {text}"


NOISY = ("aiokafka", "faust", "streams", "mode", "httpx", "clickhouse_connect", "urllib3", "asyncio")
"""Libraries of which only warnings are shown (ours log as kefu.*; streams is what Faust makes of our classes)."""


def configure(worker: str, level: str) -> None:
    """Send all log lines of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(worker, as_json=os.environ.get("KEFU_LOG_JSON") == "1"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger("mode.timers").setLevel(logging.ERROR)

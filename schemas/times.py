"""Times on the wire: RFC 3339 in UTC with milliseconds, as in ``2026-01-31T08:05:09.120Z``."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(1024)
def rfc3339(seconds: float) -> str:
    """Format seconds since the epoch; sorts as text in the order of time.

    All that a step says was said at one moment: it is formatted once.
    """
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    moment = datetime.fromtimestamp(whole, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{thousandths:03d}Z"


def seconds(text: str) -> float:
    """Parse any RFC 3339 time into seconds since the epoch. A time without an offset is read as UTC.

    Raises ValueError when the text is no time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

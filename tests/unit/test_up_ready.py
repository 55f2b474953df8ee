"""What the wait for the gateway says."""

import pytest

from streams.up.ready import reason

TWO_CHECKS = (
    b'{"status": "not ready", "checks": {"kafka": {"ok": true}, "dialogue": {"ok": false, "reason": "reads 0 of 12"}}}'
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (TWO_CHECKS, "dialogue: reads 0 of 12"),
        (b'{"checks": {"kafka": {"ok": false}}}', "kafka"),
        (b'{"checks": {}}', "status 503"),
        (b'{"detail": "no"}', "status 503"),
        (b"not JSON", "status 503"),
    ],
)
def test_the_first_failed_check_is_the_reason(body: bytes, said: str) -> None:
    assert reason(503, body) == said

"""Second level of the answer cache: a Redis server that the workers share."""

import contextlib
import functools
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from schemas.errors import Misconfigured
from streams.cache.breaker import Breaker

log = logging.getLogger("kefu.cache")

ENTRIES = 100_000
WAIT_S = 0.02
"""Seconds that a batch of messages waits for Redis at most; then it is left alone for a while."""
BACKLOG = 1_000
"""Writes that wait for Redis; a further one is left out."""
PREFIX = b"kefu:answer:"
ORDER = b"kefu:answers"
"""The sorted set of all keys by the time they were written, by which the oldest go."""

R = TypeVar("R")
_Write = tuple[bytes, bytes | None]


class RedisLevel:
    """Asked for a batch at once, within WAIT_S; written by a thread of its own. Implements agents.cache.answers.Far.

    While Redis does not answer, everything is a miss; that is said once, and once when it answers again.
    """

    name = "redis"

    def __init__(self, url: str, *, keep_s: float, entries: int = ENTRIES, wait_s: float = WAIT_S) -> None:
        """Raises Misconfigured where ``url`` is no address of a Redis."""
        self._keep_s, self._entries = max(1, int(keep_s)), entries
        self._reading, self._writing = _client(url, wait_s), _client(url, 2.0)
        self._reads, self._writes = Breaker(time.monotonic), Breaker(time.monotonic)
        self._said_away = False
        self._waiting: queue.Queue[_Write | None] = queue.Queue(BACKLOG)
        self._thread = threading.Thread(target=self._write_on, name="answer-cache-redis", daemon=True)
        self._thread.start()

    def fetch(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        if not keys:
            return {}
        values: Any = self._attempt(self._reads, lambda: self._reading.mget([PREFIX + key for key in keys]))
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None} if values else {}

    def put(self, key: bytes, value: bytes) -> None:
        self._hand_over((key, value))

    def drop(self, key: bytes) -> None:
        self._hand_over((key, None))

    def size(self) -> int:
        count: Any = self._attempt(self._writes, lambda: self._writing.zcard(ORDER))
        return int(count or 0)

    def settle(self) -> None:
        """Wait until all that was put has been tried."""
        self._waiting.join()

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(5.0)
        self._reading.close()
        self._writing.close()

    def _hand_over(self, write: _Write) -> None:
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(write)

    def _write_on(self) -> None:
        while (write := self._waiting.get()) is not None:
            self._attempt(self._writes, functools.partial(self._write, *write))
            self._waiting.task_done()
        self._waiting.task_done()

    def _write(self, key: bytes, value: bytes | None) -> None:
        with self._writing.pipeline(transaction=True) as pipe:
            if value is None:
                pipe.unlink(PREFIX + key)
                pipe.zrem(ORDER, key)
            else:
                pipe.set(PREFIX + key, value, ex=self._keep_s)
                pipe.zadd(ORDER, {key: time.time()})
            pipe.zcard(ORDER)
            count = int(pipe.execute()[-1])
        if count > self._entries:
            oldest: Any = self._writing.zpopmin(ORDER, count - self._entries)
            self._writing.unlink(*(PREFIX + key for key, _ in oldest))

    def _attempt(self, breaker: Breaker, call: Callable[[], R]) -> R | None:
        """What ``call`` gives, or nothing while Redis is left alone or where it fails."""
        if breaker.is_open:
            return None
        try:
            given = call()
        except RedisError as problem:
            if breaker.failed() and not self._said_away:
                log.warning("Redis does not answer (%s): answers are cached without it until it does", problem)
                self._said_away = True
            return None
        if breaker.succeeded() and self._said_away:
            log.info("Redis answers again: answers are cached in it")
            self._said_away = False
        return given


def _client(url: str, wait_s: float) -> Redis:
    try:
        return Redis.from_url(
            url,
            socket_timeout=wait_s,
            socket_connect_timeout=wait_s,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
    except ValueError as problem:
        raise Misconfigured(f"KEFU_REDIS_URL={url!r}: {problem}; write one such as redis://127.0.0.1:6379/0") from None

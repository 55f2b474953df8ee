"""The levels of the answer cache: one behaviour in memory, on disk, in a real Redis and in our small one."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams.cache.disk import Disk, open_disk
from streams.cache.memory import Memory
from streams.cache.redis import RedisLevel
from tests.servers.redis import fake_redis, redis_server

DAY_S = 86_400.0
PATIENT_S = 30.0
"""Time that a read waits in these tests: the machine may be busy, and nothing here is about time."""


class Asked:
    """A level as the suite sees it: whichever way it is asked, one key at a time, after its writes are done."""

    def __init__(self, level: Memory | Disk | RedisLevel) -> None:
        self.level = level

    def get(self, key: bytes) -> bytes | None:
        if isinstance(self.level, RedisLevel):
            self.level.settle()
            return self.level.fetch([key]).get(key)
        return self.level.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.level.put(key, value)

    def drop(self, key: bytes) -> None:
        self.level.drop(key)

    def size(self) -> int:
        if isinstance(self.level, RedisLevel):
            self.level.settle()
        return self.level.size()


Make = Callable[[int], Asked]


@pytest.fixture(params=["memory", "disk", "redis", "fake redis"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Makes the level with room for so many entries."""
    with ExitStack() as stack:

        def made(entries: int) -> Asked:
            level: Memory | Disk | RedisLevel
            if request.param == "memory":
                level = Memory(entries)
            elif request.param == "disk":
                level = Disk(tmp_path / "cache", keep_s=DAY_S, entries=entries)
            elif request.param == "redis":
                url = stack.enter_context(redis_server(tmp_path))
                level = RedisLevel(url, keep_s=DAY_S, entries=entries, wait_s=PATIENT_S)
            else:
                url, _ = stack.enter_context(fake_redis())
                level = RedisLevel(url, keep_s=DAY_S, entries=entries, wait_s=PATIENT_S)
            stack.callback(level.close)
            return Asked(level)

        yield made


def key(number: int) -> bytes:
    return bytes((number * 37 % 256,)) + b"%015d" % number


def test_what_was_put_is_there_until_it_is_dropped(make: Make) -> None:
    level = make(100)
    assert level.get(key(1)) is None
    level.put(key(1), b"one")
    level.put(key(2), b"two")
    assert (level.get(key(1)), level.get(key(2))) == (b"one", b"two")
    level.drop(key(1))
    level.drop(key(3))
    assert (level.get(key(1)), level.get(key(2))) == (None, b"two")


def test_the_same_put_twice_is_one_and_the_last_value_counts(make: Make) -> None:
    level = make(100)
    for value in (b"old", b"new", b"new"):
        level.put(key(1), value)
    assert level.get(key(1)) == b"new"
    level.drop(key(1))
    assert level.get(key(1)) is None


def test_there_are_never_more_than_there_is_room_for(make: Make) -> None:
    level = make(64)
    for number in range(500):
        level.put(key(number), b"x")
    assert level.size() <= 64
    assert 0 < sum(level.get(key(number)) is not None for number in range(500)) <= 64


def test_any_bytes_are_a_value(make: Make) -> None:
    level = make(10)
    for number, value in enumerate((b"", bytes(range(256)), b"x" * 100_000)):
        level.put(key(number), value)
        assert level.get(key(number)) == value


def test_memory_forgets_what_was_used_least_lately() -> None:
    level = Memory(2)
    level.put(b"a", b"1")
    level.put(b"b", b"2")
    assert level.get(b"a") == b"1"
    level.put(b"c", b"3")
    assert (level.get(b"a"), level.get(b"b"), level.get(b"c")) == (b"1", None, b"3")


def test_a_batch_is_one_question_to_redis() -> None:
    with fake_redis() as (url, server):
        level = RedisLevel(url, keep_s=DAY_S, wait_s=PATIENT_S)
        for number in range(50):
            level.put(key(number), b"%d" % number)
        level.settle()
        found = level.fetch([key(number) for number in range(40, 60)])
        assert found == {key(number): b"%d" % number for number in range(40, 50)}
        assert level.fetch([]) == {}
        assert server.asked.count(b"MGET") == 1
        level.close()


def test_a_redis_that_is_away_is_a_miss_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    level = RedisLevel("redis://127.0.0.1:9/0", keep_s=DAY_S)
    for number in range(20):
        assert level.fetch([key(number)]) == {}
        level.put(key(number), b"x")
    level.settle()
    level.close()
    said = [record.message for record in caplog.records]
    assert len(said) == 1
    assert "Redis does not answer" in said[0]


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone() -> None:
    with fake_redis() as (url, server):
        server.hangs.set()
        level = RedisLevel(url, keep_s=DAY_S, wait_s=0.05)
        for number in range(50):
            assert level.fetch([key(number)]) == {}
        server.hangs.clear()
        assert server.asked == []
        level.close()


@pytest.mark.parametrize("url", ["127.0.0.1:6379", "http://127.0.0.1", "redis://127.0.0.1:99999999/x"])
def test_an_address_that_is_none_is_refused_in_words(url: str) -> None:
    with pytest.raises(Misconfigured, match="KEFU_REDIS_URL"):
        RedisLevel(url, keep_s=DAY_S).fetch([b"k"])


def test_two_workers_share_redis_and_each_has_its_own_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with fake_redis() as (url, _):
        one, other = (RedisLevel(url, keep_s=DAY_S, wait_s=PATIENT_S) for _ in range(2))
        one.put(key(1), b"x")
        one.settle()
        assert other.fetch([key(1)]) == {key(1): b"x"}
        one.close()
        other.close()
    disk = open_disk(tmp_path / "1", keep_s=DAY_S)
    assert disk is not None
    assert open_disk(tmp_path / "1", keep_s=DAY_S) is None
    assert "in use by another process" in caplog.text
    disk.close()


def test_the_disk_outlives_a_restart_and_old_layouts_are_begun_anew(tmp_path: Path) -> None:
    for expected in (None, b"x"):
        disk = open_disk(tmp_path, keep_s=DAY_S)
        assert disk is not None
        assert disk.get(key(1)) == expected
        disk.put(key(1), b"x")
        disk.close()
    for file in tmp_path.glob("MANIFEST*"):
        file.write_bytes(b"no manifest")
    disk = open_disk(tmp_path, keep_s=DAY_S)
    assert disk is not None
    assert disk.get(key(1)) is None
    disk.close()


KILLED = """
import sys
from pathlib import Path
from streams.cache.disk import open_disk
disk = open_disk(Path(sys.argv[1]), keep_s=86400.0)
for number in range(10**9):
    disk.put(b"%016d" % number, b"%d" % number * 50)
    if number == 2000:
        print("working", flush=True)
"""


def test_after_kill_9_the_disk_has_whole_entries_only(tmp_path: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"working\n"
    worker.kill()
    assert worker.wait() == -9
    worker.stdout.close()
    disk = open_disk(tmp_path, keep_s=DAY_S)
    assert disk is not None
    values = [disk.get(b"%016d" % number) for number in range(2000)]
    assert values == [b"%d" % number * 50 for number in range(2000)]
    disk.close()

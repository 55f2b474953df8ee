"""One behaviour of both shelves, in memory and on disk; then what only the disk has to stand."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams import shelf_disk, state_frame
from streams.shelf import Log, Memory, Shelf
from streams.shelf_disk import Disk, disk
from tests.changelogs import seen

LOG = Log("cluster/topic/0", 0, 10)


def timed(at: float) -> bytes:
    return state_frame.encode(seen(1, wakes={"tea": at}))


def opened(folder: Path) -> Disk:
    shelf = Disk(folder)
    shelf.keep([0])
    return shelf


@pytest.fixture(params=["memory", "disk"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    made: Shelf = Memory() if request.param == "memory" else disk(tmp_path)("state")
    made.keep([0, 1])
    for partition in (0, 1):
        assert made.resume(partition, LOG) == 0
    return made


def test_values_are_kept_by_partition_and_key(shelf: Shelf) -> None:
    shelf.update(0, {b"a": b"1", b"b": b"2"}, None)
    shelf.update(1, {b"a": b"3"}, None)
    shelf.update(0, {b"a": b"4"}, None)
    assert [shelf.get(0, b"a"), shelf.get(0, b"b"), shelf.get(1, b"a"), shelf.get(1, b"b")] == [b"4", b"2", b"3", None]
    assert shelf.size() == 3


def test_a_key_without_a_value_is_forgotten_known_or_not(shelf: Shelf) -> None:
    shelf.update(0, {b"a": b"1"}, None)
    shelf.update(0, {b"a": None, b"b": None, b"c": b""}, None)
    assert [shelf.get(0, b"a"), shelf.get(0, b"b"), shelf.get(0, b"c")] == [None, None, b""]
    assert shelf.size() == 1


def test_a_partition_that_is_not_here_is_no_empty_one(shelf: Shelf) -> None:
    shelf.keep([0])
    with pytest.raises(KeyError):
        shelf.get(1, b"a")
    with pytest.raises(KeyError):
        shelf.update(1, {}, None)
    with pytest.raises(KeyError):
        shelf.get(7, b"a")


def test_the_mark_is_where_reading_goes_on(shelf: Shelf) -> None:
    shelf.update(0, {b"a": b"1"}, 4)
    shelf.update(0, {b"b": b"1"}, None)
    assert shelf.resume(0, LOG) == 4
    assert shelf.get(0, b"b") == b"1"


@pytest.mark.parametrize(
    "log",
    [Log("cluster/other/0", 0, 10), Log("cluster/topic/0", 0, 3), Log("cluster/topic/0", 5, 10)],
    ids=["another log", "a log that ends before", "a log that begins after"],
)
def test_what_does_not_fit_the_log_is_forgotten(shelf: Shelf, log: Log) -> None:
    shelf.update(0, {b"a": timed(1.0)}, 4)
    shelf.update(1, {b"a": b"1"}, 4)
    assert shelf.resume(0, log) == log.start
    assert shelf.get(0, b"a") is None
    assert list(shelf.waking(0, 9.0)[0]) == []
    assert shelf.get(1, b"a") == b"1"


def test_first_timers_are_found_as_the_states_are_now(shelf: Shelf) -> None:
    several = state_frame.encode(seen(1, wakes={"tea": 7.0, "bed": 5.0}))
    shelf.update(0, {b"a": timed(3.0), b"b": several, b"c": b"\xc1broken", b"d": b"\xff", b"e": timed(1.0)}, None)
    shelf.update(1, {b"a": timed(2.0)}, None)
    shelf.update(0, {b"a": timed(4.0), b"e": b"no timers"}, None)
    for _ in range(2):
        found, until = shelf.waking(0, 10.0)
        assert sorted(found) == [(b"a", 4.0), (b"b", 5.0)]
        assert until > 10.0


def test_a_timer_of_long_ago_is_found(shelf: Shelf) -> None:
    shelf.update(0, {b"a": timed(-5.0), b"b": timed(0.0)}, None)
    assert sorted(shelf.waking(0, 1.0)[0]) == [(b"a", -5.0), (b"b", 0.0)]


def test_a_disk_gives_timers_as_their_time_comes_near(tmp_path: Path) -> None:
    shelf = disk(tmp_path)("state")
    shelf.keep([0])
    shelf.resume(0, LOG)
    shelf.update(0, {b"soon": timed(1000.0), b"late": timed(5000.0)}, None)
    assert shelf.waking(0, float("-inf")) == ([], float("-inf"))
    found, until = shelf.waking(0, 990.0)
    assert (list(found), 990.0 < until < 5000.0) == ([(b"soon", 1000.0)], True)
    assert list(shelf.waking(0, 5000.0)[0]) == [(b"soon", 1000.0), (b"late", 5000.0)]


def test_a_disk_drops_timers_that_were_moved_once_their_time_is_near(tmp_path: Path) -> None:
    shelf = opened(tmp_path)
    shelf.resume(0, LOG)
    for at in (10.0, 20.0, 5000.0):
        shelf.update(0, {b"k": timed(at)}, None)
    assert list(shelf.waking(0, 100.0)[0]) == []
    assert [key[-1:] for key in shelf._keys(b"w", b"x")] == [b"k"]


def test_partitions_that_moved_away_are_on_disk_when_they_come_back(tmp_path: Path) -> None:
    shelf = disk(tmp_path)("state")
    shelf.keep([0, 1])
    shelf.resume(0, LOG)
    shelf.resume(1, LOG)
    shelf.update(0, {b"a": timed(1.0)}, 4)
    shelf.keep([1])
    assert shelf.size() == 0
    shelf.keep([0])
    assert shelf.resume(0, LOG) == 4
    assert (shelf.get(0, b"a"), list(shelf.waking(0, 2.0)[0])) == (timed(1.0), [(b"a", 1.0)])


def test_a_mark_of_long_ago_counts_only_where_nothing_came_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_disk, "STALE_S", -1.0)
    shelf = opened(tmp_path)
    shelf.resume(0, LOG)
    shelf.update(0, {b"a": b"1"}, 10)
    assert (shelf.resume(0, LOG), shelf.get(0, b"a")) == (10, b"1")
    assert (shelf.resume(0, Log(LOG.origin, 0, 11)), shelf.get(0, b"a")) == (0, None)


def test_a_folder_in_use_is_said_with_its_mend(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(Misconfigured, match=r"in use by another process.*KEFU_WORKER"):
        opened(tmp_path)
    assert first.resume(0, LOG) == 0


def test_a_folder_that_is_damaged_or_none_is_said_with_its_mend(tmp_path: Path) -> None:
    opened(tmp_path / "state")
    (tmp_path / "state" / "CURRENT").write_text("nonsense")
    with pytest.raises(Misconfigured, match="remove the folder"):
        opened(tmp_path / "state")
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="remove the folder"):
        opened(tmp_path / "file")


def test_a_process_that_is_killed_leaves_each_update_whole(tmp_path: Path) -> None:
    program = """
        import os, sys
        from pathlib import Path
        from streams.shelf import Log
        from streams.shelf_disk import Disk
        shelf = Disk(Path(sys.argv[1]))
        shelf.keep([0])
        shelf.resume(0, Log("cluster/topic/0", 0, 10))
        for count in range(1, 8):
            shelf.update(0, {b"a": b"%d" % count, b"k%d" % count: b"x" * 100_000}, count)
        shelf.update(0, {b"after": b"1"}, None)
        os.kill(os.getpid(), 9)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program), tmp_path], check=False, timeout=60)
    assert killed.returncode == -9
    shelf = opened(tmp_path)
    assert shelf.resume(0, LOG) == 7
    assert (shelf.get(0, b"a"), shelf.get(0, b"after"), shelf.size()) == (b"7", b"1", 9)

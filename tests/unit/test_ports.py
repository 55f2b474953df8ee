"""Ports that are chosen ahead of their use."""

import socket
from pathlib import Path

import pytest

from infra.kafka.ports import QUIET, first_free, free_port
from tests.servers import ports

GIVEN_BY_THE_SYSTEM = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
        free = free_port()
        assert first_free([port, free]) == free
        with pytest.raises(OSError, match="none of the ports"):
            first_free([port])


@pytest.mark.skipif(not GIVEN_BY_THE_SYSTEM.exists(), reason="only Linux says which ports it gives")
def test_the_system_gives_a_chosen_port_to_nobody_else() -> None:
    first, last = map(int, GIVEN_BY_THE_SYSTEM.read_text().split())
    if first < 32_768:
        pytest.skip("this machine gives lower ports than Linux does by itself")
    given = range(first, last + 1)
    assert not {*QUIET} & {*given}
    assert ports.free_port() not in given


def test_no_port_is_given_to_two_tests() -> None:
    many = [ports.free_port() for _ in range(200)]
    assert len({*many}) == len(many)

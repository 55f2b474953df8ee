"""A real Redis for tests, a process of its own on a free port, and a small one of our own that can be made to hang."""

import shutil
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.ports import free_port


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The URL of a running Redis; the test is skipped, with the reason, where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed; `.ci/run` does it, or `apt-get install redis-server`")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _answers(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def _answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


class FakeRedis:
    """The commands that the cache uses, over RESP2. While ``hangs`` is set it takes commands and answers none."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.order: dict[bytes, float] = {}
        self.hangs = threading.Event()
        self.asked: list[bytes] = []

    def reply(self, command: list[bytes]) -> bytes:
        name, arguments = command[0].upper(), command[1:]
        self.asked.append(name)
        answer: bytes = getattr(self, f"_{name.decode().lower()}", self._fine)(*arguments)
        return answer

    def _fine(self, *_: bytes) -> bytes:
        return b"+OK\r\n"

    def _mget(self, *keys: bytes) -> bytes:
        return b"*%d\r\n" % len(keys) + b"".join(map(_bulk, map(self.values.get, keys)))

    def _set(self, key: bytes, value: bytes, *_: bytes) -> bytes:
        self.values[key] = value
        return b"+OK\r\n"

    def _unlink(self, *keys: bytes) -> bytes:
        return b":%d\r\n" % sum(self.values.pop(key, None) is not None for key in keys)

    def _zadd(self, _: bytes, score: bytes, member: bytes) -> bytes:
        self.order[member] = float(score)
        return b":1\r\n"

    def _zrem(self, _: bytes, member: bytes) -> bytes:
        return b":%d\r\n" % (self.order.pop(member, None) is not None)

    def _zcard(self, _: bytes) -> bytes:
        return b":%d\r\n" % len(self.order)

    def _zpopmin(self, _: bytes, count: bytes) -> bytes:
        oldest = sorted(self.order, key=lambda member: self.order[member])[: int(count)]
        popped = [piece for member in oldest for piece in (member, b"%f" % self.order.pop(member))]
        return b"*%d\r\n" % len(popped) + b"".join(map(_bulk, popped))


def _bulk(value: bytes | None) -> bytes:
    return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeRedis


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        queued: list[list[bytes]] | None = None
        while command := self._command():
            if self.server.fake.hangs.is_set():
                continue
            name = command[0].upper()
            if name == b"MULTI":
                queued, answer = [], b"+OK\r\n"
            elif name == b"EXEC":
                replies = [self.server.fake.reply(one) for one in queued or ()]
                queued, answer = None, b"*%d\r\n" % len(replies) + b"".join(replies)
            elif queued is not None:
                queued.append(command)
                answer = b"+QUEUED\r\n"
            else:
                answer = self.server.fake.reply(command)
            self.wfile.write(answer)

    def _command(self) -> list[bytes]:
        head = self.rfile.readline()
        return [self._argument() for _ in range(int(head[1:]))] if head else []

    def _argument(self) -> bytes:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]


@contextmanager
def fake_redis() -> Iterator[tuple[str, FakeRedis]]:
    """The URL of our own small Redis, and the server to look into."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.fake = FakeRedis()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0", server.fake
        finally:
            server.shutdown()
            thread.join()

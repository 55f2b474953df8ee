"""Real PostgreSQL and MariaDB servers for tests: processes of their own on free ports, ended with the tests.

Both refuse to run as root, so there they run as nobody, on a folder that is theirs. A test skips where the machine has
no server: Debian has them as postgresql and mariadb-server-core with mariadb-client-core.
"""

import os
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pg8000.dbapi
import pymysql
import pytest

from streams.knowledge.drivers import ERRORS
from tests.servers.ports import free_port

PASSWORD = "s3cret-pässword"
PASSWORD_ENV = "KEFU_TEST_DATABASE_PASSWORD"
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Server(ABC):
    """A server on its folder; user and database are called shop."""

    kind: str

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def install(self) -> None:
        """Make an empty data folder."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def connect(self) -> Any:
        """An autocommitting connection that may do everything in the database."""

    @abstractmethod
    def prepare(self) -> None:
        """Make user and database, once the server answers."""

    def declared(self, **more: Any) -> dict[str, Any]:
        """The fields of a source that is in this database."""
        where = {"kind": self.kind, "port": self.port, "database": "shop", "user": "shop"}
        return where | {"password_env": PASSWORD_ENV} | more

    def execute(self, *statements: str) -> None:
        connection = self.connect()
        try:
            for statement in statements:
                connection.cursor().execute(statement)
        finally:
            connection.close()

    def start(self) -> None:
        """Returns once it answers."""
        self.process = self.spawn(self.command())
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.prepare()
            except ERRORS as problem:
                alive = self.process.poll() is None and time.monotonic() < deadline
                assert alive, f"{problem}\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}"
                time.sleep(0.1)

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def run(self, command: list[str]) -> None:
        process = self.spawn(command)
        assert process.wait(120) == 0, (self.folder / "log").read_text(errors="replace")[-2000:]

    def spawn(self, command: list[str]) -> "subprocess.Popen[bytes]":
        as_nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if _is_root() else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, **as_nobody
            )


class PostgreSQL(Server):
    kind = "postgresql"

    def install(self) -> None:
        (self.folder / "password").write_text("root")
        options = ["-U", "root", "-A", "scram-sha-256", "--pwfile", str(self.folder / "password"), "--no-sync"]
        self.run([_program("initdb"), "-D", str(self.folder / "data"), "-E", "UTF8", "--locale=C", *options])

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "timezone": "Asia/Tokyo",
        }
        return [
            _program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ]  # fmt: skip

    def connect(self, database: str = "shop") -> Any:
        connection = pg8000.dbapi.connect(
            "root", host="127.0.0.1", port=self.port, database=database, password="root", timeout=30
        )
        connection.autocommit = True
        return connection

    def prepare(self) -> None:
        connection = self.connect("postgres")
        cursor = connection.cursor()
        cursor.execute(f"CREATE USER shop PASSWORD '{PASSWORD}'")
        cursor.execute("CREATE DATABASE shop OWNER shop")
        connection.close()
        self.execute("GRANT ALL ON SCHEMA public TO PUBLIC", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO shop")


class MariaDB(Server):
    kind = "mysql"

    def install(self) -> None:
        first = self.folder / "first.sql"
        first.write_text(
            "CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4;\n"
            f"CREATE USER IF NOT EXISTS shop@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT SELECT ON shop.* TO shop@'127.0.0.1';\n"
            "GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY 'root';\n"
        )
        first.chmod(0o644)
        self.run(
            [_program("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-test-db",
             "--auth-root-authentication-method=normal"]
        )  # fmt: skip

    def command(self) -> list[str]:
        return [
            _program("mariadbd"), "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}",
            f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}", "--bind-address=127.0.0.1",
            "--skip-name-resolve", "--default-time-zone=+09:00", "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4", f"--init-file={self.folder / 'first.sql'}",
        ]  # fmt: skip

    def connect(self) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", password="root", autocommit=True, database="shop"
        )

    def prepare(self) -> None:
        self.connect().close()


@contextmanager
def running(kind: type[Server]) -> Iterator[Server]:
    """A running server with an empty database; the test skips where the machine has no such server."""
    folder = Path(tempfile.mkdtemp(prefix="kefu-database-"))
    if _is_root():
        shutil.chown(folder, "nobody", "nogroup")
    server = kind(folder)
    try:
        server.install()
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    """The newest one of the machine. Skips the test where there is none."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/sbin")]
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        pytest.skip(
            f"{name} is not installed (Debian, Ubuntu: apt install postgresql mariadb-server-core mariadb-client-core)"
        )
    return found


def _is_root() -> bool:
    return os.geteuid() == 0

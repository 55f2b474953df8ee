"""What can be known to fail before anything starts, said with the setting that mends it."""

import fcntl
import ipaddress
import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from schemas.errors import KefuError, Misconfigured
from streams.monitoring import jars
from streams.settings import Settings


class Occupied(KefuError):
    """Somebody else holds what this start needs; the text says who, and what to change."""


def prepare(home: Path) -> None:
    """Makes the folder. Raises Misconfigured where it cannot be written."""
    try:
        for folder in (home / "run", home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
            (folder / ".writable").unlink()
    except OSError as problem:
        raise Misconfigured(
            f"KEFU_HOME={home}: cannot write there ({problem.strerror}); choose another folder"
        ) from None


def lock(home: Path) -> int:
    """Holds the folder for this process; the open file. Raises Occupied with the pid of who holds it."""
    handle = os.open(home / "run" / "up.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(handle, 32).decode().strip() or "unknown"
        os.close(handle)
        raise Occupied(
            f"another kefu (pid {pid}) runs on {home}: stop it, or set KEFU_HOME to another folder"
        ) from None
    os.truncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def business_url(settings: Settings) -> str:
    """Where the business system of a start that runs on this folder is, where nobody chose its address."""
    told = settings.home / "run" / "business.url"
    if "business_url" in settings.model_fields_set or not told.exists():
        return settings.business_url
    return told.read_text().strip() or settings.business_url


def placed(settings: Settings) -> Settings:
    """The settings with a free port for the business system, where nobody chose one and the usual one is taken."""
    if "business" not in settings.parts or "business_url" in settings.model_fields_set:
        return settings
    usual = urlsplit(settings.business_url).port or 0
    if usual != settings.http_port and not _refused("127.0.0.1", usual):
        return settings
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return settings.model_copy(update={"business_url": f"http://127.0.0.1:{probe.getsockname()[1]}"})


def addresses(settings: Settings) -> dict[str, tuple[str, int]]:
    """Setting -> host and port of each server that this start opens. Raises Misconfigured where one cannot be."""
    wanted = {"KEFU_HTTP_PORT": (settings.http_host, settings.http_port)}
    if "kafka" in settings.parts:
        wanted["KEFU_KAFKA"] = _own("KEFU_KAFKA", settings.kafka, "kafka")
    if "clickhouse" in settings.parts:
        url = urlsplit(settings.clickhouse_url)
        wanted["KEFU_CLICKHOUSE_URL"] = _own("KEFU_CLICKHOUSE_URL", url.netloc, "clickhouse")
    if "business" in settings.parts:
        url = urlsplit(settings.business_url)
        wanted["KEFU_BUSINESS_URL"] = _own("KEFU_BUSINESS_URL", url.netloc, "business")
    for name, (_, port) in wanted.items():
        same = [other for other, (_, taken) in wanted.items() if taken == port and other != name]
        if same:
            raise Misconfigured(f"{name} and {same[0]} name the same port {port}: change one of them")
    return wanted


def require_free(settings: Settings) -> None:
    """Raises Occupied, naming the program that holds a port, where a server of this start could not listen."""
    for name, (host, port) in addresses(settings).items():
        if reason := _refused(host, port):
            raise Occupied(f"port {port} of {name} is not free ({reason}; {_holder(port)}): stop it, or change {name}")


def require_jars(settings: Settings) -> None:
    """Raises Misconfigured where the jars of an embedded part have not been fetched."""
    for part in sorted(settings.parts & {"kafka", "flink"}):
        folder = jars(settings) / part
        if not any(folder.glob("*.jar")):
            raise Misconfigured(f"{folder} holds no jars: run `make setup`, or drop {part} from KEFU_EMBEDDED")


def _own(name: str, text: str, part: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not _loopback(host.strip("[]")):
        raise Misconfigured(
            f"{name}={text!r} is not one loopback address with a port, as the embedded server needs: "
            f"give one, or drop {part} from KEFU_EMBEDDED to use a server of your own"
        )
    return host.strip("[]"), int(port)


def _loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _refused(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            return problem.strerror or str(problem)
    return ""


def _holder(port: int) -> str:
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        pids = [c.pid for c in listening if c.pid and c.laddr and c.laddr.port == port]
        return f"held by {psutil.Process(pids[0]).name()}, pid {pids[0]}" if pids else "held by another user's program"
    except psutil.Error:
        return "its holder cannot be seen from here"

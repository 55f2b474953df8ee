"""The run of `kefu up`: the supervisor as a child, its log in plain words, the wait for ready, the end of all."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import typer

from schemas.topics import MAX_RECORD_BYTES
from streams.monitoring import jars
from streams.settings import PARTS, Settings
from streams.up import failing, journal, leftovers, preflight, ready
from streams.up.journal import Exited, Fate, Spawned
from streams.up.leftovers import SUPERVISOR, Roster

PROCESSES = Path(__file__).parents[2] / "infra" / "processes.conf"
STOP_S = 13.0
"""Seconds that the supervisor has to end all, after which they are killed."""
FALLS = 3
"""Ends of the supervisor itself within one start that are taken for bad luck."""


def up(settings: Settings, processes: Path = PROCESSES) -> int:
    """Runs everything until Ctrl-C or SIGTERM. 0 after an orderly end. Raises KefuError where it cannot start."""
    home = settings.home.absolute()
    preflight.prepare(home)
    lock = preflight.lock(home)
    try:
        preflight.require_jars(settings)
        preflight.addresses(preflight.placed(settings))
        _end_leftovers(Roster(home))
        settings = preflight.placed(settings)
        preflight.require_free(settings)
        (home / "run" / "business.url").write_text(f"{settings.business_url}\n")
        return asyncio.run(Run(settings, home, processes).run())
    finally:
        os.close(lock)


@dataclass
class Run:
    """One start on a folder that is prepared and locked; ``processes`` is supervisord's file."""

    settings: Settings
    home: Path
    processes: Path
    fates: dict[str, Fate] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)
        say(f"starting on {self.home}; the logs are in {self.home / 'logs'}")
        announcing = loop.create_task(self._announce())
        announcing.add_done_callback(self._stop_where_failed)
        try:
            return await self._lives()
        finally:
            announcing.cancel()
            with suppress(asyncio.CancelledError):
                await announcing

    async def _lives(self) -> int:
        for life in range(1, FALLS + 1):
            how = await self._supervise()
            if self.stop.is_set():
                say("stopped")
                return 0
            say(f"the supervisor ended ({how}){', started again' if life < FALLS else ''}")
        say(f"it does not stay up; see {self.home / 'logs' / 'supervisor.err'}")
        return 1

    async def _supervise(self) -> str:
        """One life of the supervisor; how it ended. Nothing that it started outlives it."""
        with (self.home / "logs" / "supervisor.err").open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "streams.up.tied", str(os.getpid()), str(self.processes),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors,
                env=os.environ | variables(self.settings, self.home), start_new_session=True,
            )  # fmt: skip
        self.fates.clear()
        self._write_roster()
        failing.note(self.home, self.fates)
        try:
            return await self._until_ended(self.process)
        finally:
            leftovers.end(Roster(self.home), first=SUPERVISOR, grace_s=0)

    async def _until_ended(self, process: asyncio.subprocess.Process) -> str:
        listening = asyncio.create_task(self._listen(process))
        listening.add_done_callback(self._stop_where_failed)
        stopping, ended = asyncio.create_task(self.stop.wait()), asyncio.create_task(process.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            process.terminate()
            await asyncio.wait({ended}, timeout=STOP_S)
        if not ended.done():
            leftovers.kill(Roster(self.home))
        code = await ended
        await asyncio.wait_for(listening, timeout=5)
        return _how(code)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if event := journal.read(line.decode(errors="replace")):
                self._note(event)

    def _note(self, event: journal.Event) -> None:
        last = self._last_line(event.name) if isinstance(event, Exited) else ""
        self.fates[event.name], text = journal.step(self.fates.get(event.name, Fate()), event, last)
        if isinstance(event, Spawned | Exited):
            self._write_roster()
        failing.note(self.home, self.fates)
        if text and not self.stop.is_set():
            say(text)

    def _write_roster(self) -> None:
        pids = {name: fate.pid for name, fate in self.fates.items() if fate.pid}
        assert self.process is not None
        Roster(self.home).write({SUPERVISOR: self.process.pid} | pids)

    def _last_line(self, name: str) -> str:
        lines = (self.home / "logs" / f"{name}.log").read_text(errors="replace")[-4096:].strip().splitlines()
        return lines[-1].strip() if lines else ""

    async def _announce(self) -> None:
        log = self.home / "logs" / "monitoring.log"
        offset = log.stat().st_size if log.exists() else 0
        await ready.until_ready(self.settings, say)
        await ready.say_models(self.settings, say)
        say(f"Ready: {ready.address(self.settings)}")
        if "flink" in self.settings.parts:
            await ready.until_monitored(log, offset, say)

    def _stop(self) -> None:
        if self.stop.is_set():
            leftovers.kill(Roster(self.home))
        else:
            say("stopping…")
        self.stop.set()

    def _stop_where_failed(self, task: "asyncio.Task[None]") -> None:
        """Whoever awaits the task gets its exception; this makes that happen now."""
        if not task.cancelled() and task.exception():
            self.stop.set()


def variables(settings: Settings, home: Path) -> dict[str, str]:
    """What infra/processes.conf reads from its environment."""
    url, business = urlsplit(settings.clickhouse_url), urlsplit(settings.business_url)
    embeds = {f"UP_EMBEDS_{part.upper()}": str(part in settings.parts).lower() for part in PARTS}
    return embeds | {
        "KEFU_HOME": str(home),
        "KEFU_BUSINESS_URL": settings.business_url,
        "KEFU_BUSINESS_TOKEN": settings.business_token,
        "UP_BUSINESS_HOST": business.hostname or "127.0.0.1",
        "UP_BUSINESS_PORT": str(business.port or 80),
        "UP_HOME": str(home),
        "UP_PYTHON": sys.executable,
        "UP_KEFU": str(Path(sys.executable).with_name("kefu")),
        "UP_JARS": str(jars(settings).absolute()),
        "UP_SYNCS_KNOWLEDGE": str(settings.sources is not None).lower(),
        "UP_KAFKA": settings.kafka.strip(),
        "UP_PARTITIONS": str(settings.partitions),
        "UP_MAX_RECORD_BYTES": str(MAX_RECORD_BYTES),
        "UP_CLICKHOUSE_HOST": url.hostname or "127.0.0.1",
        "UP_CLICKHOUSE_PORT": str(url.port or 8123),
    }


def say(text: str) -> None:
    typer.echo(text)


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit status {code}"


def _end_leftovers(roster: Roster) -> None:
    if roster.alive():
        say("ending what an earlier start left behind…")
        say(f"ended {', '.join(leftovers.end(roster, first=SUPERVISOR, grace_s=STOP_S))}")

"""A worker of a history: started as a process of its own, out of a server that has the modules loaded already."""

import functools
import logging
import multiprocessing
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from agents.runtime import Runtime
from streams.delivery import Guarantee
from streams.faust_app import Engine, faust_app
from streams.faust_worker import run
from streams.metrics import Metrics
from streams.watchdog import watch
from tests.histories import Agents

PARTITIONS = 2


def start(bootstrap: str, suffix: str, folder: Path, instance: str, guarantee: Guarantee) -> BaseProcess:
    """Start a worker; what it says is in ``folder``. A fork of a warm server takes milliseconds, not seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_main, args=(bootstrap, suffix, folder, instance, guarantee), daemon=True)
    process.start()
    return process


def _main(bootstrap: str, suffix: str, folder: Path, instance: str, guarantee: Guarantee) -> None:
    sys.stderr = (folder / f"{instance}.log").open("a", buffering=1)
    logging.basicConfig(level="WARNING", stream=sys.stderr)
    agents, metrics = Agents(suffix), Metrics()
    app, port = faust_app(Engine(agents.group, bootstrap, folder, PARTITIONS, instance, guarantee))
    runtime = Runtime(app, port, metrics, clock=time.time, ticks=time.perf_counter)
    agents.attach(runtime)
    run(app, meanwhile=[runtime.ring, functools.partial(watch, app, metrics, 60.0)])

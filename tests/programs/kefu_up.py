"""`kefu up` with another process file: ``python -m tests.programs.kefu_up FILE``; the settings come as ever."""

import asyncio
import sys
from pathlib import Path

from streams.settings import read
from streams.up import preflight
from streams.up.run import Run

if __name__ == "__main__":
    settings = read()
    preflight.prepare(settings.home)
    handle = preflight.lock(settings.home)
    sys.exit(asyncio.run(Run(settings, settings.home, Path(sys.argv[1])).run()))

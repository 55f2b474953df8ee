"""`kefu up` with another process file: ``python -m tests.programs.kefu_up FILE``; the settings come as ever."""

import sys
from pathlib import Path

from schemas.errors import KefuError
from streams.settings import read
from streams.up.run import up

if __name__ == "__main__":
    try:
        sys.exit(up(read(), Path(sys.argv[1])))
    except KefuError as problem:
        sys.exit(f"kefu: {problem}")

"""Runs supervisord tied to the process that started it: where that dies, however it dies, supervisord stops all."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Asks Linux for SIGTERM when the parent ends. Elsewhere the next start ends what was left."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("the process that started the supervisor is gone")


def main(parent: str, configuration: str) -> None:
    from supervisor import supervisord

    tie(int(parent))
    supervisord.main(["--nodaemon", "--configuration", configuration])


if __name__ == "__main__":
    main(*sys.argv[1:])

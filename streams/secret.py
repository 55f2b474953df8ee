"""The installation's secret: from the settings, else one that the first process makes in KEFU_HOME."""

import os
import secrets

from schemas.errors import Misconfigured
from streams.settings import Settings

SHORTEST = 16
FILE = "secret"


def secret(settings: Settings) -> bytes:
    """The secret in bytes. Raises Misconfigured where it is too short, or its file cannot be read or made."""
    text = settings.secret or _of_home(settings)
    if len(text) < SHORTEST:
        raise Misconfigured(f"KEFU_SECRET has {len(text)} characters; give it at least {SHORTEST}, drawn at random")
    return text.encode()


def _of_home(settings: Settings) -> str:
    """Written beside its place and linked there, so that of several processes one wins and none reads half of it."""
    file, own = settings.home / FILE, settings.home / f"{FILE}.{os.getpid()}"
    try:
        if not file.exists():
            settings.home.mkdir(parents=True, exist_ok=True)
            own.touch(mode=0o600)
            own.write_text(secrets.token_hex(32), encoding="ascii")
            try:
                os.link(own, file)
            except FileExistsError:
                pass
            finally:
                own.unlink()
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise Misconfigured(f"{file}: {problem}; mend it, or set KEFU_SECRET") from None

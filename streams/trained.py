"""The understander of a catalogue, whose intent model is kept in a file: a worker that starts again need not train."""

import logging
import os
from pathlib import Path

from agents.catalog import Catalog
from agents.understanding import Understander, identity, trained
from agents.understanding.intent_model import IntentModel, from_bytes
from schemas.errors import Misconfigured

log = logging.getLogger("kefu.trained")


def understander(catalog: Catalog, home: Path) -> Understander:
    """Reads the model of this very catalogue from ``home``, or trains it and writes it there.

    A file that cannot be read or written costs the time of training, nothing else. Raises Misconfigured where the
    catalogue is at fault.
    """
    file = home / "models" / f"intents-{identity(catalog)}"
    model = _read(file)
    if model is None:
        model = trained(catalog)
        _write(file, model.to_bytes())
    return Understander(model)


def _read(file: Path) -> IntentModel | None:
    try:
        return from_bytes(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, Misconfigured) as problem:
        log.warning("%s: %s; the model is trained again", file, problem)
        return None


def _write(file: Path, content: bytes) -> None:
    """Written whole under another name first, so that a worker that starts meanwhile never reads half; others go."""
    written = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        written.write_bytes(content)
        written.replace(file)
        for older in file.parent.glob("intents-*"):
            if older != file:
                older.unlink(missing_ok=True)
    except OSError as problem:
        log.warning("%s: %s; the model is trained again at the next start", file, problem.strerror)

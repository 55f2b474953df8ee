"""Embeddings on disk, by model and by the text's hash: nothing is embedded twice, by however many workers."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from schemas.ids import content_hash

log = logging.getLogger("kefu.embedding")

BUSY_S = 120.0
"""Seconds to wait for another worker that is having texts embedded."""
_TABLE = "CREATE TABLE IF NOT EXISTS embeddings (model TEXT, hash TEXT, vector BLOB, PRIMARY KEY (model, hash))"

Embed = Callable[[Sequence[str]], Sequence[bytes]]


class KeptEmbeddings:
    """A SQLite file that the workers of one KEFU_HOME share."""

    def __init__(self, file: Path, model: str) -> None:
        self._file, self._model = file, model

    def of(self, texts: Sequence[str], embed: Embed) -> list[bytes]:
        """A vector for each text; those that are not here yet are made by ``embed``, and kept.

        While one worker makes some the others wait, then find them. Raises what ``embed`` raises.
        """
        hashes = [content_hash(text) for text in texts]
        with closing(self._opened()) as opened:
            found = self._found(opened, hashes)
            if len(found) < len(set(hashes)):
                opened.execute("BEGIN IMMEDIATE")
                found = self._found(opened, hashes)
                lacking = {name: text for name, text in zip(hashes, texts, strict=True) if name not in found}
                made = dict(zip(lacking, embed(list(lacking.values())), strict=True)) if lacking else {}
                rows = [(self._model, name, vector) for name, vector in made.items()]
                opened.executemany("INSERT INTO embeddings VALUES (?, ?, ?)", rows)
                opened.execute("COMMIT")
                found |= made
        return [found[name] for name in hashes]

    def _found(self, opened: sqlite3.Connection, hashes: Sequence[str]) -> dict[str, bytes]:
        places = ",".join("?" * len(hashes))
        query = f"SELECT hash, vector FROM embeddings WHERE model = ? AND hash IN ({places})"  # noqa: S608
        return dict(opened.execute(query, (self._model, *hashes)).fetchall())

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connected(self._file)
        except sqlite3.DatabaseError as problem:
            if isinstance(problem, sqlite3.OperationalError):
                raise
            log.warning("the embeddings in %s cannot be read (%s) and are made anew", self._file, problem)
            self._file.unlink()
            return _connected(self._file)


def _connected(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    opened = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)
    try:
        opened.execute(_TABLE)
    except sqlite3.Error:
        opened.close()
        raise
    return opened

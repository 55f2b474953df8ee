"""Knowledge sources as the operator declares them in a YAML file."""

from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from schemas import ids
from schemas.errors import Misconfigured

Kind = Literal["markdown", "csv", "jsonl", "postgresql", "mysql"]
FILES = ("markdown", "csv", "jsonl")
FIELDS = (
    "id", "title", "text", "questions", "intents", "language", "domain", "tenant", "version", "valid_from",
    "valid_until",
)  # fmt: skip
"""Fields of an article that a column may give."""


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Part of the file; an unknown field is a slip of its author."""


class Values(Declared, frozen=True, kw_only=True):
    """Stock, prices and the like: name → column, read every ``every`` seconds, from a ``table`` with an ``id`` of its
    own or from the source's; older than ``stale_after`` seconds, an answer says that they may have changed."""

    columns: dict[str, str]
    table: str = ""
    id: str = ""
    every: float = 1.0
    stale_after: float = 3600.0


class Source(Declared, frozen=True, kw_only=True):
    """A source; ``every`` is the least time between two readings, in seconds.

    ``columns`` maps fields of an article to a column, or to a text with {column} in it. ``changed`` names the column
    that differs whenever the row does, such as updated_at: then only such rows are read. ``tenant``, ``language`` and
    ``domain`` are those of articles that do not say; without any language the text's own is recognised.
    ``password_env`` names the environment variable that holds the password.
    """

    name: str
    kind: Kind
    path: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    database: str = ""
    user: str = ""
    password_env: str = ""
    tls: bool = False
    table: str = ""
    columns: dict[str, str] = {}
    changed: str = ""
    values: Values | None = None
    every: float = 1.0
    tenant: str = "default"
    language: Literal["", "zh", "en"] = ""
    domain: str = "general"

    @property
    def fingerprint(self) -> str:
        """What the articles depend on beside the rows: when it changes, all rows are read again."""
        return ids.content_hash(msgspec.json.encode(msgspec.structs.replace(self, every=1.0, host="", port=0)).decode())


class _File(Declared, frozen=True, kw_only=True):
    sources: tuple[Source, ...]


def load(file: Path) -> tuple[Source, ...]:
    """Read and check the file; paths in it are relative to its folder. Raises Misconfigured with the mend."""
    try:
        listed = yaml.safe_load(file.read_text(encoding="utf-8"))
        sources = msgspec.convert(listed, _File).sources
    except OSError as problem:
        raise Misconfigured(f"KEFU_SOURCES={str(file)!r}: {problem.strerror}; docs/knowledge.md shows one") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise Misconfigured(f"{file}: not YAML: {' '.join(str(problem).split())}") from None
    except msgspec.ValidationError as problem:
        raise Misconfigured(f"{file}: {_placed(problem, listed)}; docs/knowledge.md lists the fields") from None
    names = [source.name for source in sources]
    for source in sources:
        reason = "another source has this name" if names.count(source.name) > 1 else _flaw(source)
        if reason:
            raise Misconfigured(f"{file}: source {source.name!r}: {reason}")
    return tuple(msgspec.structs.replace(each, path=str(file.parent / each.path)) for each in sources)


def _placed(problem: Exception, listed: Any) -> str:
    """The problem with the name of its source instead of its number."""
    text = str(problem)
    for number, entry in enumerate(listed.get("sources") or () if isinstance(listed, dict) else ()):
        if isinstance(entry, dict):
            text = text.replace(f"$.sources[{number}]", f"source {entry.get('name', number)!r}")
    return text


def _flaw(source: Source) -> str:
    if not source.name.replace("-", "").isalnum() or not source.name.isascii():
        return "its name may hold letters, digits and hyphens"
    if unknown := sorted(set(source.columns) - set(FIELDS)):
        return f"columns: {unknown[0]} is no field of an article; there are {', '.join(FIELDS)}"
    if source.every <= 0 or (source.values is not None and source.values.every <= 0):
        return "every is a number of seconds above 0"
    return _flaw_of_files(source) if source.kind in FILES else _flaw_of_tables(source)


def _flaw_of_files(source: Source) -> str:
    if not source.path:
        return f"path is missing: the {'folder' if source.kind == 'markdown' else 'file'} to read"
    if source.changed or source.table:
        return "table and changed are for databases; a file is read again whenever it changes"
    if source.values is not None and (source.kind == "markdown" or source.values.table):
        return "values come from columns of the same CSV or JSONL file, or from a database"
    return ""


def _flaw_of_tables(source: Source) -> str:
    for field in ("database", "user", "table"):
        if not getattr(source, field):
            return f"{field} is missing"
    missing = [field for field in ("id", "title", "text") if field not in source.columns]
    return f"columns: {missing[0]} is missing" if missing else ""

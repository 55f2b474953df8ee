"""Queries and answers: what the HTTP side and the engine tell each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.clickhouse.statement import Statement


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with what its request says about how to run it. `read_only` is ClickHouse's readonly=2."""

    statement: Statement
    default_format: str = "TabSeparated"
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A result in `format` ("" for a statement that has none) and what it took: sizes in bytes, time in nanoseconds."""

    body: bytes = b""
    format: str = ""
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0

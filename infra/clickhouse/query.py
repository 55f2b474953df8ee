"""Queries and answers: what the HTTP side and the engine tell each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from infra.clickhouse.access import OWNER, User
from infra.clickhouse.multipart import External
from infra.clickhouse.statement import Statement, setting


@dataclass(frozen=True, slots=True)
class Session:
    """The session that a query runs in: its name, its life in seconds after each query, and what to do about it."""

    id: str
    timeout: float = 60
    must_exist: bool = False
    close: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with what its request says about how to run it. `read_only` is ClickHouse's readonly=2.

    `rows` are those of an INSERT, in the parts in which they come in. `roles` are those that it is to have, of its
    user's. `protocol` is the version of the native protocol that the client reads Native results as.
    """

    statement: Statement
    id: str = ""
    user: User = OWNER
    rows: Iterable[bytes] = ()
    default_format: str = "TabSeparated"
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    external: tuple[External, ...] = ()
    session: Session | None = None
    read_only: bool = False
    roles: tuple[str, ...] = ()
    protocol: int = 0

    @property
    def format(self) -> str:
        """The format of the answer, "" for a statement that has none."""
        return (self.statement.format or self.default_format) if self.statement.answers else ""

    @property
    def changes_nothing(self) -> bool:
        """Whether the request, or its setting readonly, allows it to read only."""
        return self.read_only or self.settings.get("readonly", "0") != "0"

    def setting(self, name: str) -> str:
        """What the statement, else its request says of a setting; empty where neither does."""
        return setting(self.statement.sql, name) or self.settings.get(name, "")

    def switched_on(self, name: str, default: bool = False) -> bool:
        """Whether a setting of the request is on."""
        return self.settings.get(name, str(int(default))).lower() in {"1", "true"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query took: rows and bytes read, written and answered, time in nanoseconds."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    total_rows_to_read: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0

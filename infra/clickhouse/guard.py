"""The guard: what a reader must not write, on top of the rights that the engine itself checks.

The engine refuses tables, sources and settings by rights. Left to the guard is what it gives to anybody: statements
that change a session's rights, and functions that it offers because it believes itself a shell. The function file() and
whatever reads SQL from a text are therefore told by their words, wherever they stand.
"""

from collections.abc import Mapping, Sequence

from infra.clickhouse.errors import ACCESS_DENIED, Failure, failure
from infra.clickhouse.profiles import TAG
from infra.clickhouse.statement import Statement, Word, tokens

_TABLE_FUNCTIONS = (
    "generate_series generateseries generaterandom merge numbers numbers_mt primes values view viewifpermitted zeros "
    "zeros_mt"
)
TABLE_FUNCTIONS = frozenset(_TABLE_FUNCTIONS.split())
"""Table functions that read neither files, networks nor programs, in lower case."""

_WORDS = "SELECT WITH ( FROM SHOW DESCRIBE DESC EXPLAIN EXISTS SET USE KILL INSERT CREATE DROP TRUNCATE VALUES"
_KEYWORDS = frozenset(_WORDS.split())
_PAIRS = frozenset({("SET", "ROLE"), ("SET", "DEFAULT"), ("SET", "TRANSACTION"), ("KILL", "MUTATION")})
_STRUCTURED = frozenset({b"generaterandom", b"values"})
_EXPRESSIONS = frozenset({b"DEFAULT", b"MATERIALIZED", b"ALIAS", b"EPHEMERAL", b"CODEC", b"TTL"})
_CURLY = ("‘", "’", "“", "”")  # the lexer takes them for quotes
_FILE = b"file"


class Guard:
    """Knows which functions the engine offers that a reader may not call."""

    def __init__(self, table_functions: Sequence[str], functions: Sequence[str]) -> None:
        """Take the names of the engine's table functions and of its functions."""
        sources = {name.lower() for name in table_functions} - TABLE_FUNCTIONS
        models = {name.lower() for name in functions if name.startswith(("ai", "AI", "getClientHTTPHeader"))}
        self._forbidden = frozenset(name.encode() for name in sources | models)

    def check(self, statement: Statement, parameters: Mapping[str, str]) -> None:
        """Raise Failure for what a reader must not ask."""
        if statement.keyword not in _KEYWORDS or (statement.keyword, statement.second) in _PAIRS:
            raise _denied(f"{statement.keyword} {statement.second}".strip())
        found = list(tokens(statement.sql))
        for index, word in enumerate(found):
            self._check_word(word, found[index - 1 : index] if index else [], found[index + 1 : index + 4])
        if any(word.text == b"Identifier" for word in found):
            _check_identifiers(parameters)

    def check_structure(self, structure: str) -> None:
        """Raise Failure for a table's columns that hold more than names and types."""
        if not _plain(structure.encode()):
            raise _denied("a structure with more than names and types")

    def _check_word(self, word: Word, before: list[Word], after: list[Word]) -> None:
        name = _name(word.text)
        following = after[0].text if after else b""
        qualified = bool(before) and before[0].text == b"."
        if name == TAG.encode() or (name == _FILE and not qualified):
            raise _denied(f"{name.decode()}; write a column of this name with its table's name before it")
        if name.upper() == b"PARALLEL" and following.upper() == b"WITH":
            raise _denied("PARALLEL WITH")
        if following == b"(" and name.lower() in self._forbidden:
            raise _denied(f"{name.decode()}()")
        if following == b"(" and name.lower() in _STRUCTURED and not _literal(name.lower(), after[1:]):
            raise _denied(f"{name.decode()}() with a structure that is no plain text")


def _name(text: bytes) -> bytes:
    """The identifier that a token is, without its quotes; empty for what is none."""
    if text[:1] in {b'"', b"`"}:
        if b"\\" in text:
            raise _denied("a quoted name with a backslash")
        return text[1:-1]
    if text[:1] == b"\xe2" or text == b"\\":
        raise _denied(f"quotes such as {' '.join(_CURLY)}")
    return text if text[:1].isalpha() or text[:1] == b"_" else b""


def _literal(function: bytes, arguments: list[Word]) -> bool:
    """Whether the first argument is no structure, or one that is plain to see."""
    first, second = (*(word.text for word in arguments), b"", b"")[:2]
    if first[:1] == b"'":
        return second in {b",", b")"} and _plain(first[1:-1])
    return first[:1].isdigit() or first == b")" or (function == b"values" and first in {b"(", b"[", b"-"})


def _plain(structure: bytes) -> bool:
    found = {word.text.upper() for word in tokens(structure)}
    return b"\\" not in structure and not found & _EXPRESSIONS


def _check_identifiers(parameters: Mapping[str, str]) -> None:
    for value in parameters.values():
        if "\\" in value or value == _FILE.decode():
            raise _denied("a parameter that stands for such a name")


def _denied(what: str) -> Failure:
    return failure(ACCESS_DENIED, f"viewer: Not enough privileges. A reader may not use {what}.")

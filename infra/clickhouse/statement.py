"""Statements: parts an INSERT from its rows and finds the format that a query asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.clickhouse.errors import INTO_OUTFILE_NOT_ALLOWED, NOT_IMPLEMENTED, SYNTAX_ERROR, failure

_TOKEN = re.compile(
    rb"""(?P<blank> \s+ | --[^\n]* | \#[!\ ][^\n]* | /\*.*?\*/ )
       | '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*` | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$
       | \w+ | .""",
    re.VERBOSE | re.DOTALL,
)
_DATA_START = re.compile(rb"[ \t\f]*\r?\n?")
_DEPTH = {b"(": 1, b"[": 1, b"{": 1, b")": -1, b"]": -1, b"}": -1}
_NAMED_BEFORE = {b"INTO", b"TABLE", b"."}
_SILENT_WORDS = (
    "ALTER ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP EXCHANGE GRANT INSERT MOVE OPTIMIZE RENAME REVOKE ROLLBACK "
    "SET SYSTEM TRUNCATE UNDROP UPDATE USE"
)
_SILENT = frozenset(_SILENT_WORDS.split())


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its SQL, the format named in it ("" when none), and the rows that an INSERT brings along."""

    sql: bytes
    keyword: str
    format: str = ""
    rows: bytes | None = None

    @property
    def answers(self) -> bool:
        """Whether the statement has a result, be it empty."""
        return self.keyword not in _SILENT


@dataclass(frozen=True, slots=True)
class _Word:
    text: bytes
    start: int
    end: int


def parse(text: bytes) -> Statement:
    """The one statement of a request. Raises Failure when there is none, or more, or it wants the server's files."""
    first = next(_words(text), None)
    if first is None:
        raise failure(SYNTAX_ERROR, "Empty query.")
    if first.text.upper() == b"INSERT":
        return _insert(text)
    return Statement(text, first.text.upper().decode("latin-1"), _format(list(_words(text))))


def _words(text: bytes) -> Iterator[_Word]:
    """The words outside of brackets; a bracket pair is skipped as a whole, with its opening bracket as its word."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "blank":
            continue
        step = _DEPTH.get(token.group(), 0)
        if depth == 0:
            yield _Word(token.group(), token.start(), token.end())
        depth = max(0, depth + step)


def _insert(text: bytes) -> Statement:
    before, words = b"", _words(text)
    for word in words:
        keyword = b"" if before in _NAMED_BEFORE else word.text.upper()
        if keyword == b"VALUES":
            return Statement(text[: word.start], "INSERT", "Values", text[word.end :])
        if keyword == b"FORMAT" and (name := next(words, None)):
            start = _DATA_START.match(text, name.end)
            assert start is not None
            return Statement(text[: word.start], "INSERT", name.text.decode("latin-1"), text[start.end() :])
        if keyword in {b"SELECT", b"WITH", b"INFILE"}:
            _refuse_input(text, word.start)
            break
        before = word.text.upper()
    _format(list(_words(text)))
    return Statement(text, "INSERT")


def _refuse_input(text: bytes, start: int) -> None:
    # The engine takes such a statement and drops its rows without a word.
    if re.search(rb"\binput\s*\(", text[start:], re.IGNORECASE):
        raise failure(NOT_IMPLEMENTED, "INSERT ... SELECT FROM input(): insert into a table, then SELECT from it.")


def _format(words: list[_Word]) -> str:
    """The format named at the end; checks on the way that this is one statement that stays off the server's files."""
    found = ""
    texts = [word.text.upper() for word in words]
    for index, text in enumerate(texts):
        following = texts[index + 1] if index + 1 < len(texts) else b""
        if text == b";" and set(texts[index:]) != {b";"}:
            raise failure(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed).")
        if (text, following) in {(b"INTO", b"OUTFILE"), (b"FROM", b"INFILE")}:
            raise failure(
                INTO_OUTFILE_NOT_ALLOWED, f"{text.decode()} {following.decode()} is for clients, not servers."
            )
        if text == b"FORMAT" and (texts[index + 2 :] or [b";"])[0] in {b";", b"SETTINGS"} and following.isalnum():
            found = words[index + 1].text.decode("latin-1")
    return found

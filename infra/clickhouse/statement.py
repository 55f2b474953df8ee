"""Statements: parts an INSERT from its rows, finds the format that a query asks for and where its result may go."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from infra.clickhouse.errors import INTO_OUTFILE_NOT_ALLOWED, SYNTAX_ERROR, failure

# As the server's own lexer reads it (src/Parsers/Lexer.cpp): a dollar belongs to the word before it, // is a comment.
_TOKEN = re.compile(
    rb"""(?P<blank> \s+ | (?:--|//)[^\n]* | \#[!\ ][^\n]* | /\*.*?\*/ )
       | '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*`
       | \w[\w$]* | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | .""",
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
_TABULAR_WORDS = "SELECT WITH ( FROM SHOW DESCRIBE DESC EXISTS"
_TABULAR = frozenset(_TABULAR_WORDS.split())
_SETS = frozenset({b"SET", b"SETTINGS", b","})
_ACCESS = frozenset(b"USER ROLE SETTINGS PROFILE QUOTA ROW POLICY MASKING".split())
_LASTING = frozenset({"SET", "USE", "BEGIN", "COMMIT", "ROLLBACK", "EXECUTE"})


@dataclass(frozen=True, slots=True)
class Word:
    """A token that is no blank, and where it stands."""

    text: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its SQL, the format named in it ("" when none), and the rows that an INSERT brings along.

    `outlet` is the place in the SQL where INTO OUTFILE may stand; -1 for a statement that takes none, and for EXPLAIN,
    which may take it for a part of what it explains.
    `feeds_input` is an INSERT ... SELECT that reads its rows from input().
    """

    sql: bytes
    keyword: str
    format: str = ""
    rows: bytes | None = None
    outlet: int = -1
    feeds_input: bool = False
    second: str = ""

    @property
    def answers(self) -> bool:
        """Whether the statement has a result, be it empty."""
        return self.keyword not in _SILENT

    @property
    def lasting(self) -> bool:
        """Whether the statement changes its session."""
        return self.keyword in _LASTING or b"TEMPORARY" in self.sql[:200].upper()


def parse(text: bytes) -> Statement:
    """The one statement of a request. Raises Failure when there is none, or more, or it wants the server's files."""
    first = next(words(text), None)
    if first is None:
        raise failure(SYNTAX_ERROR, "Empty query.")
    if first.text.upper() == b"INSERT":
        return _insert(text)
    return _other(text)


def tokens(text: bytes) -> Iterator[Word]:
    """Every token that is no blank and no comment."""
    for token in _TOKEN.finditer(text):
        if token.lastgroup != "blank":
            yield Word(token.group(), token.start(), token.end())


def words(text: bytes) -> Iterator[Word]:
    """The words outside of brackets; a bracket pair is skipped as a whole, with its opening bracket as its word."""
    depth = 0
    for word in tokens(text):
        if depth == 0:
            yield word
        depth = max(0, depth + _DEPTH.get(word.text, 0))


def input_call(text: bytes) -> tuple[int, int] | None:
    """Where the first call of input() begins, and where its arguments do."""
    for name, bracket in pairwise(tokens(text)):
        if name.text.lower() == b"input" and bracket.text == b"(":
            return name.start, bracket.end
    return None


def quoted(text: str, quote: str = "'") -> str:
    """The text as a literal, or with ` as an identifier."""
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return f"{quote}{escaped}{quote}"


def unquoted(word: bytes) -> str:
    """The text of a literal or the name of an identifier; a word without quotes as it is."""
    if word[:1] not in {b"'", b"`", b'"'}:
        return word.decode(errors="replace")
    return re.sub(r"\\(.)", r"\1", word[1:-1].decode(errors="replace"))


def setting(sql: bytes, name: str) -> str:
    """The text that a statement gives to a setting, the last one; empty where it gives none."""
    if name.encode() not in sql:
        return ""
    found = [word.text for word in tokens(sql)]
    texts = [
        unquoted(value)
        for before, word, sign, value in zip(found, found[1:], found[2:], found[3:], strict=False)
        if (before.upper() in _SETS, word, sign) == (True, name.encode(), b"=") and value[:1] == b"'"
    ]
    return texts[-1] if texts else ""


def _other(text: bytes) -> Statement:
    found = list(words(text))
    keyword = found[0].text.upper().decode("latin-1")
    second = found[1].text.upper().decode("latin-1") if len(found) > 1 else ""
    name, place = _format(text, found)
    tabular = keyword in _TABULAR and not any(word.text.upper() == b"INSERT" for word in found)
    tabular = tabular and not _tells_access([word.text.upper() for word in found[:3]])
    return Statement(text, keyword, name, outlet=place if tabular else -1, second=second)


def _tells_access(begin: list[bytes]) -> bool:
    """Whether it shows who may do what: the engine then names the column as the statement is, INTO OUTFILE included."""
    if begin[:1] != [b"SHOW"]:
        return False
    return begin[1:2] in ([b"GRANTS"], [b"ACCESS"]) or (begin[1:2] == [b"CREATE"] and {*begin[2:]} <= _ACCESS)


def _insert(text: bytes) -> Statement:
    before, rest = b"", words(text)
    for word in rest:
        keyword = b"" if before in _NAMED_BEFORE else word.text.upper()
        if keyword == b"VALUES":
            return Statement(text[: word.start], "INSERT", "Values", text[word.end :])
        if keyword == b"FORMAT" and (name := next(rest, None)):
            return _with_rows(text, word, name)
        if keyword in {b"SELECT", b"WITH", b"INFILE"}:
            return _from_select(text)
        before = word.text.upper()
    _format(text, list(words(text)))
    return Statement(text, "INSERT")


def _with_rows(text: bytes, keyword: Word, name: Word) -> Statement:
    start = _DATA_START.match(text, name.end)
    assert start is not None
    return Statement(text[: keyword.start], "INSERT", name.text.decode("latin-1"), text[start.end() :])


def _from_select(text: bytes) -> Statement:
    """INSERT ... SELECT; one that reads from input() has its rows after the format."""
    if input_call(text) is None:
        _format(text, list(words(text)))
        return Statement(text, "INSERT")
    rest = words(text)
    for word in rest:
        if word.text.upper() == b"FORMAT" and (name := next(rest, None)):
            split = _with_rows(text, word, name)
            return Statement(split.sql, "INSERT", split.format, split.rows, feeds_input=True)
    return Statement(text, "INSERT")


def _format(sql: bytes, found: list[Word]) -> tuple[str, int]:
    """The format named at the end, and where INTO OUTFILE may stand; one statement is made sure of on the way."""
    texts = [word.text.upper() for word in found]
    name, place = "", max(word.end for word in tokens(sql))
    for index, text in enumerate(texts):
        following = texts[index + 1] if index + 1 < len(texts) else b""
        if text == b";":
            if set(texts[index:]) != {b";"}:
                raise failure(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed).")
            place = min(place, found[index].start)
        if (text, following) in {(b"INTO", b"OUTFILE"), (b"FROM", b"INFILE")}:
            raise failure(
                INTO_OUTFILE_NOT_ALLOWED, f"{text.decode()} {following.decode()} is for clients, not servers."
            )
        if text == b"FORMAT" and (texts[index + 2 :] or [b";"])[0] in {b";", b"SETTINGS"} and following.isalnum():
            name, place = found[index + 1].text.decode("latin-1"), found[index].start
    return name, place

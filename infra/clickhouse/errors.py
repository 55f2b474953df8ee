"""What goes wrong: a query with ClickHouse's own code and HTTP status, or a start that the user has to mend."""

import re

BAD_ARGUMENTS = 36, "BAD_ARGUMENTS"
CHECKSUM_DOESNT_MATCH = 40, "CHECKSUM_DOESNT_MATCH"
NOT_IMPLEMENTED = 48, "NOT_IMPLEMENTED"
SYNTAX_ERROR = 62, "SYNTAX_ERROR"
UNKNOWN_COMPRESSION_METHOD = 89, "UNKNOWN_COMPRESSION_METHOD"
READONLY = 164, "READONLY"
QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING = 216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING"
QUERY_IS_TOO_LARGE = 229, "QUERY_IS_TOO_LARGE"
CANNOT_DECOMPRESS = 271, "CANNOT_DECOMPRESS"
INTO_OUTFILE_NOT_ALLOWED = 358, "INTO_OUTFILE_NOT_ALLOWED"
SESSION_NOT_FOUND = 372, "SESSION_NOT_FOUND"
SESSION_IS_LOCKED = 373, "SESSION_IS_LOCKED"
INVALID_SESSION_TIMEOUT = 374, "INVALID_SESSION_TIMEOUT"
QUERY_WAS_CANCELLED = 394, "QUERY_WAS_CANCELLED"
ACCESS_DENIED = 497, "ACCESS_DENIED"
SET_NON_GRANTED_ROLE = 512, "SET_NON_GRANTED_ROLE"
AUTHENTICATION_FAILED = 516, "AUTHENTICATION_FAILED"
STD_EXCEPTION = 1001, "STD_EXCEPTION"

# As the server maps them: src/Server/HTTP/exceptionCodeToHTTPStatus.cpp; every other code is a 500.
_BAD_REQUEST = "6 8 15 25 26 27 36 37 38 41 44 53 62 72 117 123 167 168 223 321 376 427 441 675 676"
_NOT_FOUND = "46 47 50 56 60 63 73 78 81 115 152 336 511"
_CODES = {
    400: _BAD_REQUEST,
    401: "194",
    403: "192 193 497 512 516",
    404: _NOT_FOUND,
    408: "159",
    411: "381",
    413: "229",
    415: "779",
    501: "48",
    503: "76 209 439",
}
_STATUS = {int(code): status for status, codes in _CODES.items() for code in codes.split()}
_ENGINE_TEXT = re.compile(r"(?:Code: (\d+)\. DB::Exception: )+(.*)", re.DOTALL)
_TRAILER = re.compile(r"(?:\s*\(([A-Z][A-Z0-9_]+)\)(?:\s*\(version [^)]*\)\.?)?)+\s*$")


class Unusable(Exception):
    """The server cannot start; the text says what to change."""


class Failure(Exception):
    """A query that failed: ClickHouse's error code, its symbolic name, and the text without both."""

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(code, name, text)
        self.code, self.name, self.text = code, name, text

    @property
    def status(self) -> int:
        """The HTTP status that the real server gives to this code."""
        return _STATUS.get(self.code, 500)

    def message(self, version: str) -> str:
        """The body of the answer, in the form that clients take apart."""
        return f"Code: {self.code}. DB::Exception: {self.text} ({self.name}) (version {version} (official build))\n"


def failure(kind: tuple[int, str], text: str) -> Failure:
    """A failure of one of the kinds named above."""
    return Failure(*kind, text)


def read(message: str) -> Failure:
    """The failure that the engine reports in words; nested reports of the same error become one."""
    found = _ENGINE_TEXT.search(message)
    if found is None:
        return failure(STD_EXCEPTION, message)
    text = found.group(2)
    trailer = _TRAILER.search(text)
    if trailer is None:
        return Failure(int(found.group(1)), "UNKNOWN_EXCEPTION", text)
    return Failure(int(found.group(1)), trailer.group(1), text[: trailer.start()].rstrip())

"""Questions as curl sends them: plain HTTP, with nothing of a ClickHouse client in between."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test: its address, and whether it is ours."""

    url: str
    embedded: bool


@dataclass(frozen=True, slots=True)
class Http:
    """Sends statements to a server with options that every request gets."""

    connections: httpx.Client
    url: str
    options: Mapping[str, str] = field(default_factory=dict)

    def post(self, sql: str | bytes, headers: Mapping[str, str] | None = None, /, **options: object) -> httpx.Response:
        """The statement as the body, the options in the address."""
        return self.connections.post(self.url, content=sql, params=self._with(options), headers=headers)

    def put(
        self, sql: str, body: bytes, headers: Mapping[str, str] | None = None, /, **options: object
    ) -> httpx.Response:
        """The statement in the address, its rows as the body."""
        return self.post(body, headers, query=sql, **options)

    def get(self, sql: str, headers: Mapping[str, str] | None = None, /, **options: object) -> httpx.Response:
        """The statement in the address of a GET."""
        return self.connections.get(self.url, params=self._with({"query": sql, **options}), headers=headers)

    def form(self, parts: Mapping[str, Any], **options: object) -> httpx.Response:
        """A multipart form: external data, or everything that would stand in the address."""
        return self.connections.post(self.url, files=parts, params=self._with(options))

    @contextmanager
    def stream(
        self, sql: str, headers: Mapping[str, str] | None = None, /, **options: object
    ) -> Iterator[httpx.Response]:
        """The answer as it comes, its body undecoded in ``iter_raw``."""
        with self.connections.stream(
            "POST", self.url, content=sql, params=self._with(options), headers=headers
        ) as answer:
            yield answer

    def done(self, sql: str | bytes, **options: object) -> str:
        """The text of the answer to a statement that must succeed, without its last line's end."""
        answer = self.post(sql, **options)
        assert answer.status_code == 200, answer.text
        return answer.text.removesuffix("\n")

    def code(self, sql: str | bytes, **options: object) -> int:
        """ClickHouse's code of the error that the statement must end in."""
        return failed(self.post(sql, **options))

    def summary(self, sql: str | bytes, **options: object) -> dict[str, int]:
        """The counts of the header X-ClickHouse-Summary."""
        answer = self.post(sql, **options)
        assert answer.status_code == 200, answer.text
        return {name: int(count) for name, count in json.loads(answer.headers["X-ClickHouse-Summary"]).items()}

    def _with(self, options: Mapping[str, object]) -> dict[str, str]:
        return {**self.options, **{name: str(value) for name, value in options.items()}}


def failed(answer: httpx.Response) -> int:
    """The code of the error that an answer tells, in its header and in its text."""
    assert answer.status_code != 200, answer.text[:500]
    code = int(answer.headers["X-ClickHouse-Exception-Code"])
    assert answer.text.startswith(f"Code: {code}. DB::Exception: "), answer.text
    return code

"""Lines as somebody types them: in pieces, several at once, late, and the end."""

import os
from collections.abc import Iterator

import pytest

from streams.typed import Typed


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


def test_lines_come_whole_however_they_are_typed(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    typed = Typed(reading)
    assert typed.line(0) == ""
    os.write(writing, "您".encode()[:2])
    assert typed.line(0) == ""
    os.write(writing, "您".encode()[2:] + "好\n two \nthree".encode())
    assert [typed.line(0), typed.line(0), typed.line(0)] == ["您好", "two", ""]
    os.close(writing)
    assert [typed.line(), typed.line(), typed.line()] == ["three", None, None]

"""A dead letter as a person reads it: where it lies, where it came from, why, and what it was."""

from streams.dead_letters import Letter

HEADERS = {
    "__dlq.errors.topic": "chat.inbound.v1",
    "__dlq.errors.partition": "3",
    "__dlq.errors.offset": "17",
    "__dlq.errors.class": "Rejected",
    "__dlq.errors.message": "not JSON in UTF-8",
}
LETTER = Letter("dlq.chat.inbound.v1", 1, 5, b"c\xff1", "{不\xff".encode() + b"\xff", HEADERS)


def test_a_line_says_where_from_and_why() -> None:
    assert LETTER.line() == "dlq.chat.inbound.v1/1/5  from chat.inbound.v1/3/17  Rejected: not JSON in UTF-8"


def test_the_whole_letter_shows_headers_key_and_value_even_where_they_are_no_text() -> None:
    place, *headers, key, gap, value = LETTER.whole().split("\n")
    assert place == LETTER.place
    assert headers == [f"{name}: {text}" for name, text in HEADERS.items()]
    assert (key, gap, value) == ("key: c\\xff1", "", "{不\xff\\xff")


def test_a_letter_without_headers_key_or_value_can_be_read_too() -> None:
    bare = Letter("dlq.x", 0, 0, None, None, {})
    assert bare.origin == "?/?/?"
    assert bare.line() == "dlq.x/0/0  from ?/?/?  : no reason given"
    assert bare.whole() == "dlq.x/0/0\n\nkey: \n\n"

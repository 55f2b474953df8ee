"""Every example that is good is read and comes back equal; every bad one is rejected with words."""

import json
from typing import Any

import jsonschema
import msgspec
import pytest

from schemas import codec, examples, topics
from schemas.codec import Origin
from schemas.documents import json_schema
from schemas.errors import Rejected
from schemas.topics import Topic

ORIGIN = Origin("chat.inbound.v1", 3, 17, 1_772_442_930.25)
INBOUND = (topics.INBOUND, topics.REHOMED)
GOOD = [(topic, name, value) for topic in topics.ALL for name, value in examples.good(topic)]
BAD = [(topic, name, value) for topic in topics.ALL for name, value in examples.bad(topic)]


def named(cases: list[tuple[Topic, str, Any]]) -> list[Any]:
    return [pytest.param(topic, value, id=f"{topic.name}/{name}") for topic, name, value in cases]


def read(topic: Topic, raw: bytes) -> Any:
    return codec.inbound(None, raw, ORIGIN) if topic in INBOUND else codec.decode(topic, raw)


@pytest.mark.parametrize(("topic", "value"), named(GOOD))
def test_a_good_example_is_read_and_survives_a_round_trip(topic: Topic, value: Any) -> None:
    event = read(topic, json.dumps(value).encode())
    again = codec.decode(topic, codec.encode(event))
    assert again == event
    assert isinstance(event, topic.value)


@pytest.mark.parametrize(("topic", "value"), named(GOOD))
def test_a_good_example_fits_the_published_schema(topic: Topic, value: Any) -> None:
    jsonschema.validate(value, json_schema(topic), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("topic", "value"), named(GOOD))
def test_what_an_example_says_is_kept(topic: Topic, value: Any) -> None:
    kept = msgspec.to_builtins(read(topic, json.dumps(value).encode()))
    for field, said in value.items():
        if field in topic.value.__struct_fields__ and not isinstance(said, list | dict):
            assert kept[field] == said


@pytest.mark.parametrize(("topic", "raw"), named(BAD))
def test_a_bad_example_is_rejected_with_a_reason(topic: Topic, raw: bytes) -> None:
    with pytest.raises(Rejected, match=r"\w+ \w+"):
        read(topic, raw)


def test_every_topic_has_examples_of_both_kinds() -> None:
    assert {topic for topic, _, _ in GOOD} == set(topics.ALL)
    assert {topic for topic, _, _ in BAD} == set(topics.ALL)

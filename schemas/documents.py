"""Makes the contract's documents from the code (``python -m schemas.documents docs``): JSON Schemas, AsyncAPI 3."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from schemas import examples, topics
from schemas.topics import Topic

VERSION = "1.0.0"
ASYNCAPI = "asyncapi.json"


def json_schema(topic: Topic) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a topic's value."""
    (schema,), components = msgspec.json.schema_components([topic.value], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic.value.__name__,
        **schema,
        "$defs": components,
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 description of all topics."""
    _, components = msgspec.json.schema_components(
        [topic.value for topic in topics.ALL], ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "kefu",
            "version": VERSION,
            "description": "Customer service as a stream: what the topics carry.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:9092", "protocol": "kafka"}},
        "channels": {topic.name: _channel(topic) for topic in topics.ALL},
        "operations": _operations(),
        "components": {
            "messages": {topic.value.__name__: _message(topic) for topic in topics.ALL},
            "schemas": components,
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    name = topic.value.__name__
    return {
        "address": topic.name,
        "description": topic.about,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"topicConfiguration": _kafka_binding(topic)}},
    }


def _kafka_binding(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    binding: dict[str, Any] = {"cleanup.policy": [config["cleanup.policy"]]}
    return binding | ({"retention.ms": topic.retention_ms} if topic.retention_ms is not None else {})


def _message(topic: Topic) -> dict[str, Any]:
    name = topic.value.__name__
    return {
        "name": name,
        "summary": (topic.value.__doc__ or "").split(".")[0],
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
        "examples": [{"name": file, "payload": payload} for file, payload in examples.good(topic)],
    }


def _operations() -> dict[str, Any]:
    """From the point of view of a program beside kefu: it sends to the inbound topics and receives all others."""
    sends = (topics.INBOUND, topics.FEEDBACK, topics.HANDOVER, topics.ARTICLES, topics.SETTINGS)
    return {
        f"{'send' if topic in sends else 'receive'}.{topic.name}": {
            "action": "send" if topic in sends else "receive",
            "channel": {"$ref": f"#/channels/{topic.name}"},
        }
        for topic in topics.ALL
    }


def documents() -> dict[str, str]:
    """Every generated document: path below docs/ → text."""
    schemas = {f"schemas/{topic.value.__name__}.json": json_schema(topic) for topic in topics.ALL}
    made = schemas | {ASYNCAPI: asyncapi()}
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in made.items()}


if __name__ == "__main__":
    for path, text in documents().items():
        file = Path(sys.argv[1]) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

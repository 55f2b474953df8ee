"""The committed documents are the ones that the code makes; names on the wire are pinned."""

from pathlib import Path

from schemas import topics
from schemas.documents import asyncapi
from schemas.documents import documents as contract_documents
from streams.documents import documents as registry_documents

ROOT = Path(__file__).parents[2]
WIRE = {
    "chat.inbound.v1": (
        "message_id conversation_id tenant channel user_id text attachments locale occurred_at metadata personal"
    ),
    "chat.outbound.v1": (
        "reply_id in_reply_to conversation_id tenant channel user_id text source language intent entities sentiment "
        "citations model prompt_version knowledge_version experiment latency_ms occurred_at in_reply_to_all "
        "personal"
    ),
    "conversation.log.v1": (
        "event_id kind conversation_id message_id tenant channel occurred_at actor language intent intent_confidence "
        "sentiment source model prompt_version knowledge_version experiment latency_ms input_hash output_hash text "
        "detail"
    ),
}


def test_the_committed_documents_are_what_the_code_makes() -> None:
    for path, text in (contract_documents() | registry_documents()).items():
        committed = (ROOT / "docs" / path).read_text(encoding="utf-8")
        assert committed == text, (
            f"docs/{path} is old: run `python -m schemas.documents docs`, `python -m streams.documents docs`"
        )


def test_the_fields_on_the_wire_are_those_of_the_contract() -> None:
    for name, fields in WIRE.items():
        assert topics.BY_NAME[name].value.__struct_fields__ == tuple(fields.split())


def test_every_reference_in_the_asyncapi_document_has_a_target() -> None:
    document = asyncapi()
    for reference in _references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []

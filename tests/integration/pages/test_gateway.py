"""The pages against the gateway itself, its ports in memory: what one says the other understands."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from schemas import codec
from schemas.messages import Citation, InboundMessage, Reply, ReplyChunk
from schemas.operations import Feedback
from schemas.topics import CHUNKS, FEEDBACK, INBOUND, OUTBOUND, Topic
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka, MemoryStore
from streams.gateway.ports import GatewayDeps, Site
from tests.servers.browser import Open, ask
from tests.servers.stub_gateway import serving

pytestmark = pytest.mark.browser

NOW = "2026-01-31T08:05:09.120Z"


def echoed(kafka: MemoryKafka, topic: Topic, value: bytes) -> None:
    """In place of the workers: a piece, then the reply."""
    if topic is not INBOUND:
        return
    asked = msgspec.json.decode(value, type=InboundMessage)
    message_id, conversation_id, text = asked.message_id, asked.conversation_id, f"about {asked.text}"
    key, reply_id = conversation_id.encode(), f"r-{message_id}"
    chunk = ReplyChunk(
        reply_id=reply_id, in_reply_to=message_id, conversation_id=conversation_id, index=0, text="about "
    )
    reply = Reply(
        reply_id=reply_id,
        in_reply_to=message_id,
        conversation_id=conversation_id,
        text=text,
        source="knowledge",
        language="en",
        citations=(Citation(article_id="refund-07", title="Refunds", score=0.9),),
        occurred_at=NOW,
    )
    kafka.put(CHUNKS, key, codec.encode(chunk))
    kafka.put(OUTBOUND, key, codec.encode(reply))


@pytest.fixture
def kafka() -> MemoryKafka:
    return MemoryKafka(respond=echoed)


@pytest.fixture
def address(kafka: MemoryKafka) -> Iterator[str]:
    vendor = Path(sys.prefix) / "share" / "kefu" / "jars" / "pages"
    deps = GatewayDeps(kafka, kafka, MemoryStore(), time.time, site=Site(vendor=vendor))
    with serving(build(deps)) as url:
        yield url


def test_a_conversation_with_the_gateway_itself(kafka: MemoryKafka, open_page: Open) -> None:
    page = open_page()
    expect(page.locator("#banner")).to_contain_text("answers come from scripts")
    ask(page, "refund?")
    expect(page.locator(".answer .bubble p")).to_have_text("about refund?")
    expect(page.locator(".question .meta")).to_contain_text("sent")
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_text("Thank you for telling us!")).to_be_visible()
    (feedback,) = kafka.events(FEEDBACK)
    (asked,) = kafka.events(INBOUND)
    assert isinstance(feedback, Feedback)
    assert isinstance(asked, InboundMessage)
    assert (feedback.rating, feedback.reply_id) == ("like", f"r-{asked.message_id}")
    assert feedback.conversation_id == asked.conversation_id == page.evaluate("localStorage['kefu.conversation']")
    page.reload()
    expect(page.locator(".answer .bubble p")).to_have_text(["about refund?"])


def test_the_operations_page_over_the_gateway_itself(open_page: Open) -> None:
    page = open_page("/ops", allow="404")
    expect(page.locator("#models")).to_have_text("Models offline")
    expect(page.locator("#kpis strong").first).to_have_text("0")
    expect(page.locator("#conversations")).to_contain_text("No conversations yet.")
    expect(page.get_by_role("alert")).to_be_empty()

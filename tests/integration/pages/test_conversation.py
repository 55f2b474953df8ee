"""A customer's conversation through everything: a real browser, a real model server, and every step in ClickHouse."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from websockets.sync.client import ClientConnection, connect

from agents.understanding.mask import mask
from tests.servers import ollama
from tests.servers.browser import Open, ask
from tests.servers.system import System, running
from tests.topics import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.ollama, pytest.mark.timeout(600)]

STRANGE = "Tell me a story about three blue kites"


@pytest.fixture(scope="module")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ollama.Ollama]:
    with ollama.running(tmp_path_factory.mktemp("ollama")) as server:
        yield server


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, model_server: ollama.Ollama) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("kefu")
    models = {"KEFU_OLLAMA_URLS": model_server.url, "KEFU_MODEL": "tiny"}
    with running(folder, KEFU_EMBEDDED="kafka,clickhouse", **models) as copy:
        wait_until(lambda: "offline" not in copy.kefu("doctor").stdout)
        yield copy


@pytest.fixture
def address(system: System) -> str:
    """Where the browser's pages are: the system itself, not the stub."""
    return system.url


def said(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """The frames up to the first of that kind, which is the last of them."""
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(json.loads(socket.recv(timeout=60)))
    return frames


def test_a_model_s_answer_is_streamed_and_then_sent_whole(system: System) -> None:
    conversation = uuid.uuid4().hex
    address = f"ws://127.0.0.1:{system.http}/v1/ws?conversation_id={conversation}"
    with connect(address, proxy=None) as socket:
        socket.send(json.dumps({"text": STRANGE, "channel": "web"}))
        frames = said(socket, "reply")
    reply = frames[-1]
    chunks = [frame for frame in frames if frame["type"] == "chunk"]
    assert (reply["source"], reply["model"]) == ("model", "tiny")
    assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
    assert {chunk["reply_id"] for chunk in chunks} == {reply["reply_id"]}
    assert mask("".join(chunk["text"] for chunk in chunks).strip()).text == reply["text"]
    steps = f"SELECT kind FROM conversation_log WHERE conversation_id = '{conversation}' ORDER BY occurred_at"
    wait_until(lambda: {"model_called", "replied", "delivered"} <= set(system.query(steps).split()))


def test_a_conversation_in_the_browser_with_a_rating_reaches_the_turns(system: System, open_page: Open) -> None:
    page = open_page("/", locale="zh-CN")
    ask(page, "你好")
    expect(page.get_by_role("log")).to_contain_text("您好", timeout=30_000)
    ask(page, "怎么退货?")
    expect(page.get_by_role("log")).to_contain_text("退换货", timeout=30_000)
    like = page.locator("#log button[aria-pressed]").first
    like.click()
    rated = "SELECT count() FROM turns WHERE feedback = 'like' AND channel = 'web' AND language = 'zh'"
    wait_until(lambda: system.query(rated) == "1")


def test_the_operations_page_shows_the_conversation_and_its_trace(system: System, open_page: Open) -> None:
    conversation = uuid.uuid4().hex[:8]
    body = {"query": "How long does a refund take?", "context": {"session_id": conversation}}
    answer = httpx.post(f"{system.url}/v1/query", json=body, timeout=60, trust_env=False).json()
    wait_until(lambda: system.query(f"SELECT count() FROM turns WHERE conversation_id = '{conversation}'") == "1")
    trace = f"{system.url}/v1/ops/trace/{answer['reply']['in_reply_to']}"
    kinds = [event["kind"] for event in httpx.get(trace, timeout=30, trust_env=False).json()["events"]]
    assert kinds[:4] == ["received", "understood", "decided", "replied"]
    page = open_page("/ops", locale="en-GB")
    expect(page.get_by_text("How long does a refund take?").first).to_be_visible(timeout=30_000)


def test_without_the_model_server_the_system_says_so_and_answers_from_what_it_knows(
    system: System, model_server: ollama.Ollama
) -> None:
    model_server.stop()
    try:
        wait_until(lambda: "offline" in system.kefu("doctor").stdout)
        answer = system.kefu("send", STRANGE)
        assert answer.returncode == 0, answer.stderr
        assert "[fallback" in answer.stdout
        assert "[knowledge" in system.kefu("send", "怎么开发票?").stdout
    finally:
        model_server.start()

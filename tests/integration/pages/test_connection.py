"""The chat page over a connection that fails: nothing is lost, nothing is shown twice."""

import pytest
from playwright.sync_api import expect

from tests.servers import stub_answers as answers
from tests.servers.browser import Open, ask, echo, wait_until
from tests.servers.stub_gateway import StubGateway

pytestmark = pytest.mark.browser


def test_a_reload_shows_each_turn_once(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = echo
    page = open_page()
    ask(page, "first")
    expect(page.locator(".answer")).to_have_count(1)
    message_id = gateway.received[0]["message_id"]
    conversation = page.evaluate("localStorage.getItem('kefu.conversation')")
    logged = {"message_id": message_id, "reply_id": f"r-{message_id}"}
    earlier = answers.turn("0", "earlier question", "earlier answer", feedback="like")
    gateway.conversations[conversation] = [earlier, answers.turn("1", "first", "about first", **logged)]
    page.reload()
    expect(page.locator(".question .bubble")).to_have_text(["earlier question", "first"])
    expect(page.locator(".answer .bubble")).to_have_text(["earlier answer", "about first"])
    expect(page.locator(".answer").first.get_by_role("button", name="Helpful", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert len(gateway.received) == 1


def test_frames_that_come_twice_are_shown_once(gateway: StubGateway, open_page: Open) -> None:
    page = open_page()
    ask(page, "hello")
    wait_until(page, lambda: bool(gateway.received))
    message = gateway.received[0]
    for frame in [*answers.chunks(message, "He", "llo"), answers.reply(message, "Hello")] * 2:
        gateway.push(frame)
    gateway.push({"type": "accepted", "message_id": message["message_id"]})
    ask(page, "and then?")
    expect(page.locator(".question")).to_have_count(2)
    expect(page.locator(".answer:not(.typing) .bubble")).to_have_text(["Hello"])


def test_a_lost_connection_comes_back_with_the_backlog(gateway: StubGateway, open_page: Open) -> None:
    gateway.accepts = False
    page = open_page(allow="WebSocket")
    ask(page, "are you there?")
    wait_until(page, lambda: len(gateway.received) == 1)
    gateway.refuses_connections = True
    gateway.drop()
    expect(page.locator("#banner")).to_contain_text("connection is lost")
    expect(page.locator(".question.sending")).to_have_count(1)
    ask(page, "hello?")
    gateway.accepts = True
    gateway.script = echo
    gateway.refuses_connections = False
    expect(page.locator(".answer .bubble")).to_have_text(["about are you there?", "about hello?"])
    expect(page.locator("#banner")).to_be_hidden()
    again, late = gateway.received[1:]
    assert again["message_id"] == gateway.received[0]["message_id"] != late["message_id"]


def test_an_answer_that_a_lost_connection_swallowed_is_fetched(gateway: StubGateway, open_page: Open) -> None:
    page = open_page()
    ask(page, "hello")
    expect(page.locator(".typing")).to_be_visible()
    conversation = page.evaluate("localStorage.getItem('kefu.conversation')")
    message = gateway.received[0]
    known = {"message_id": message["message_id"], "reply_id": f"r-{message['message_id']}"}
    gateway.conversations[conversation] = [answers.turn("1", "hello", "Hi!", **known)]
    gateway.drop()
    expect(page.locator(".answer .bubble")).to_have_text("Hi!")
    gateway.push(answers.reply(message, "Hi!"))
    expect(page.locator("#presence")).to_have_text("Online")
    expect(page.locator(".answer")).to_have_count(1)
    assert len(gateway.received) == 1


def test_a_refused_message_can_be_sent_again_under_its_id(gateway: StubGateway, open_page: Open) -> None:
    problem = {"title": "Too long", "detail": "send at most 4000 characters"}
    gateway.accepts = False
    gateway.script = lambda message: [{"type": "error", "problem": problem}]
    page = open_page()
    ask(page, "hello")
    expect(page.locator(".question.failed")).to_contain_text("Too long: send at most 4000 characters")
    gateway.accepts, gateway.script = True, echo
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer .bubble")).to_have_text("about hello")
    expect(page.locator(".question.failed")).to_have_count(0)
    assert gateway.received[0]["message_id"] == gateway.received[1]["message_id"]


def test_a_new_conversation_starts_empty_under_a_new_id(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = echo
    page = open_page()
    page.locator("#suggestions button").first.click()
    expect(page.locator(".answer")).to_have_count(1)
    before = page.evaluate("localStorage.getItem('kefu.conversation')")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('kefu.conversation')") != before
    page.reload()
    expect(page.locator("#welcome")).to_be_visible()


FOLD = """async ([events]) => {
  const { step } = await import('/static/transcript.js');
  return events.reduce(step, []);
}"""


def test_a_burst_is_settled_by_the_one_answer_that_names_it(open_page: Open) -> None:
    asked = [{"kind": "asked", "id": name, "text": name, "at": 1} for name in ("a", "b")]
    answered = {"kind": "reply", "reply_id": "r", "in_reply_to": "b", "in_reply_to_all": ["a", "b"], "text": "both"}
    first, second = open_page().evaluate(FOLD, [[*asked, answered]])
    assert (first["settled"], first["answers"], first["state"]) == (True, [], "sent")
    assert [each["text"] for each in second["answers"]] == ["both"]


def test_an_answer_is_known_by_its_id_whatever_it_says_it_answers(open_page: Open) -> None:
    reply = {"kind": "reply", "reply_id": "r", "in_reply_to": "a", "text": "once"}
    late = {"kind": "chunk", "reply_id": "r", "in_reply_to": "a", "index": 0, "text": "on"}
    logged = {"kind": "history", "turns": [answers.turn("x", "q", "once", message_id="a", reply_id="r")]}
    turns = open_page().evaluate(FOLD, [[reply, reply, late, reply | {"in_reply_to": "b"}, logged, logged]])
    assert [(turn["id"], turn["draft"], len(turn["answers"])) for turn in turns] == [("a", None, 1)]


def test_an_answer_that_another_server_began_anew_replaces_the_first(open_page: Open) -> None:
    pieces = [(0, "old "), (1, "words"), (0, "new "), (0, "new ")]
    frames = [{"kind": "chunk", "reply_id": "r", "in_reply_to": "a", "index": i, "text": text} for i, text in pieces]
    (turn,) = open_page().evaluate(FOLD, [frames])
    assert turn["draft"]["pieces"] == ["new "]

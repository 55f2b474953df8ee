"""The chat page in a real browser: asking, answers, ratings, keyboard, screen reader, languages, phones."""

import pytest
from playwright.sync_api import expect

from tests.servers import stub_answers as answers
from tests.servers.browser import HOSTILE, Open, ask, echo, wait_until
from tests.servers.stub_gateway import StubGateway

pytestmark = pytest.mark.browser


def test_a_question_is_streamed_then_answered_with_its_sources(gateway: StubGateway, open_page: Open) -> None:
    page = open_page()
    ask(page, "When does my refund come?")
    expect(page.locator(".answer.typing")).to_be_visible()
    expect(page.locator("#typing")).to_have_text("Support is typing…")
    message = gateway.received[0]
    assert {name: message[name] for name in ("text", "channel", "locale")} == {
        "text": "When does my refund come?",
        "channel": "web",
        "locale": "en",
    }
    first, second, third = answers.chunks(message, "Within ", "**three** ", "days.")
    gateway.push(third)
    gateway.push(first)
    expect(page.locator(".answer.draft .bubble")).to_have_text("Within ")
    gateway.push(second)
    expect(page.locator(".answer.draft .bubble")).to_have_text("Within three days.")
    cited = [{"article_id": "refund-07", "title": "How long refunds take", "score": 0.91}]
    gateway.push(answers.reply(message, "Within **three** days.", citations=cited))
    answer = page.locator(".answer")
    expect(answer).to_have_count(1)
    expect(answer.locator("p strong")).to_have_text("three")
    expect(page.locator(".draft, .typing")).to_have_count(0)
    expect(page.get_by_text("refund-07")).to_be_hidden()
    page.get_by_text("Sources (1)").click()
    expect(page.get_by_text("refund-07 · 91% match")).to_be_visible()


def test_a_rating_and_its_comment_reach_the_gateway(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = echo
    page = open_page()
    ask(page, "hello")
    page.get_by_role("button", name="Not helpful").click()
    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("What was wrong?").fill("too short")
    page.get_by_label("What would have been the right answer?").fill("three days")
    page.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_text("this helps us to answer better")).to_be_visible()
    reply_id = f"r-{gateway.received[0]['message_id']}"
    about = {"conversation_id": page.evaluate("localStorage.getItem('kefu.conversation')"), "reply_id": reply_id}
    bare, full = ({name: value for name, value in each.items() if name != "key"} for each in gateway.feedback)
    assert bare == about | {"rating": "dislike", "comment": "", "correction": ""}
    assert full == bare | {"comment": "too short", "correction": "three days"}
    assert gateway.feedback[0]["key"] != gateway.feedback[1]["key"]


def test_a_rating_that_is_refused_falls_back_and_says_why(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = echo
    gateway.failing["feedback"] = {"status": 503, "title": "Kafka is away", "detail": "try again in a minute"}
    page = open_page(allow="503")
    ask(page, "hello")
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_text("Kafka is away: try again in a minute")).to_be_visible()
    expect(page.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "false")


def test_enter_sends_and_shift_enter_breaks_the_line(gateway: StubGateway, open_page: Open) -> None:
    page = open_page()
    box = page.locator("#message")
    box.press("Enter")
    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.press("Enter")
    expect(page.locator(".question .bubble")).to_have_text("one\ntwo", use_inner_text=True)
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    wait_until(page, lambda: [each["text"] for each in gateway.received] == ["one\ntwo"])


def test_enter_that_picks_an_input_methods_candidate_sends_nothing(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = echo
    page = open_page(locale="zh-CN")
    page.locator("#message").fill("退款")
    for unfinished in ("isComposing: true", "keyCode: 229"):
        event = f"new KeyboardEvent('keydown', {{key: 'Enter', bubbles: true, cancelable: true, {unfinished}}})"
        assert page.evaluate(f"document.getElementById('message').dispatchEvent({event})")
    expect(page.locator("#message")).to_have_value("退款")
    expect(page.locator(".question")).to_have_count(0)
    page.locator("#message").press("Enter")
    expect(page.locator(".answer .bubble")).to_have_text("about 退款")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(gateway: StubGateway, open_page: Open) -> None:
    gateway.script = lambda message: [
        answers.reply(message, "yes", citations=[{"article_id": "a", "title": "A", "score": 1}])
    ]
    page = open_page()
    ask(page, "hello")
    expect(page.locator(".citations")).to_be_visible()
    page.locator(".skip").focus()
    focus = "(e => [e.id || e.className || 'sources', getComputedStyle(e.closest('.composer') ?? e).outlineStyle])"
    seen = []
    for _ in range(7):
        name, outline = page.evaluate(f"{focus}(document.activeElement)")
        assert outline == "solid", name
        seen.append(name)
        page.keyboard.press("Tab")
    assert seen == ["skip", "fresh", "language", "sources", "rating", "rating", "message"]


def test_what_a_screen_reader_needs_is_said(open_page: Open) -> None:
    page = open_page(locale="zh-CN")
    assert page.get_attribute("html", "lang") == "zh-CN"
    expect(page.get_by_role("log", name="对话")).to_be_attached()
    assert page.get_attribute("#log", "aria-live") == "polite"
    expect(page.get_by_role("textbox", name="您的消息")).to_be_visible()
    expect(page.get_by_role("button", name="发送")).to_be_disabled()
    expect(page.locator("#presence[role=status]")).to_have_text("在线")


def test_hostile_texts_stay_texts(gateway: StubGateway, open_page: Open) -> None:
    cited = [{"article_id": HOSTILE, "title": HOSTILE, "score": 1}]
    addresses = 'javascript:alert(1) [x](javascript:alert(1)) https://shop.example/a"onclick=alert(1)'
    gateway.script = lambda message: [
        *answers.chunks(message, HOSTILE),
        answers.reply(
            message, f"{HOSTILE}\n- {HOSTILE}\n{addresses}", citations=cited, source=HOSTILE, language=HOSTILE
        ),
    ]
    gateway.greeting = {"type": "status", "models": "offline", "reason": HOSTILE}
    page = open_page()
    ask(page, HOSTILE)
    expect(page.locator(".question .bubble")).to_have_text(HOSTILE)
    expect(page.locator(".answer .bubble li").first).to_have_text(HOSTILE)
    assert page.locator("#log img, #log script, #log [onclick], #log [onerror]").count() == 0
    assert [a.get_attribute("href") for a in page.locator("#log a").all()] == ["https://shop.example/a"]
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(("width", "locale"), [(320, "zh-CN"), (360, "en-GB")])
def test_a_phone_never_scrolls_sideways(gateway: StubGateway, open_page: Open, width: int, locale: str) -> None:
    long = "https://shop.example/" + "a" * 300
    gateway.script = lambda message: [answers.reply(message, f"{long} {'字' * 200} {'x' * 200}")]
    gateway.conversations["web-1"] = [answers.turn("1", "x" * 200, long)]
    gateway.greeting = {"type": "status", "models": "offline", "reason": ""}
    phone = {"viewport": {"width": width, "height": 640}, "is_mobile": True, "has_touch": True, "locale": locale}
    chat = open_page(**phone)
    ask(chat, "w" * 200)
    chat.locator(".rating[data-rating=dislike]").click()
    expect(chat.locator(".feedback")).to_be_visible()
    ops = open_page("/ops", **phone)
    expect(ops.locator("#latency canvas")).to_be_visible()
    ops.locator("[data-conversation='web-1']").click()
    ops.locator(".toggle").click()
    expect(ops.locator(".trace li").first).to_be_visible()
    for page in (chat, ops):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        wide = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        inside = ".filter(e => !e.closest('.scroll, .skip, svg, .unseen')).map(e => e.outerHTML.slice(0, 80))"
        assert page.evaluate(wide + inside) == []


def test_the_language_follows_the_browser_the_address_and_the_switch(open_page: Open) -> None:
    page = open_page(locale="zh-TW")
    expect(page.locator("#hello")).to_have_text("您好，有什么可以帮您？")
    page.locator("#language").click()
    expect(page.locator("#hello")).to_have_text("Hello, how can we help?")
    expect(page.locator("#suggestions button").first).to_have_text("Where is my parcel?")
    page.goto("/?lang=zh")
    expect(page.locator("#presence")).to_have_text("在线")
    page.goto("/ops")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Operations")


def test_offline_models_are_said_and_their_return_too(gateway: StubGateway, open_page: Open) -> None:
    gateway.greeting = {"type": "status", "models": "offline", "reason": "no server"}
    page = open_page()
    expect(page.locator("#banner")).to_contain_text("answers come from scripts and our knowledge base")
    gateway.push({"type": "status", "models": "online", "reason": ""})
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#presence")).to_have_text("Online")


def test_both_languages_have_the_same_texts(open_page: Open) -> None:
    keys = (
        "async () => { const {TEXTS} = await import('/static/texts.js'); return [TEXTS.zh, TEXTS.en].map(Object.keys) }"
    )
    chinese, english = open_page().evaluate(keys)
    assert sorted(chinese) == sorted(english)
    assert len(chinese) > 100


def test_dark_and_calm_are_respected(gateway: StubGateway, open_page: Open) -> None:
    page = open_page(color_scheme="dark", reduced_motion="reduce")
    ask(page, "hello")
    expect(page.locator(".typing i").first).to_have_css("animation-name", "none")
    expect(page.locator(".question")).to_have_css("animation-name", "none")
    red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert max(red, green, blue) < 60

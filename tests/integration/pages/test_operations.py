"""The operations page in a real browser: charts, tables, traces, failures."""

import pytest
from playwright.sync_api import expect

from tests.servers import stub_answers as answers
from tests.servers.browser import HOSTILE, Open, wait_until
from tests.servers.stub_gateway import StubGateway

pytestmark = pytest.mark.browser


INK = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 3; at < data.length; at += 4) inked += data[at] > 0;
  return inked;
}"""


def test_operations_draw_the_charts_and_tell_them_as_tables(open_page: Open) -> None:
    page = open_page("/ops")
    expect(page.locator("#kpis [data-kpi=messages] strong")).to_have_text("3,365")
    expect(page.locator("#kpis [data-kpi=p99] strong")).to_have_text("4.21 s")
    for name in ("volume", "latency", "sources", "intents", "sentiment", "channels"):
        canvas = page.locator(f"#{name} canvas")
        expect(canvas).to_be_visible()
        assert canvas.evaluate(INK) > 500, name
        page.locator(f"#{name} summary").click()
        expect(page.locator(f"#{name} tbody tr").first).to_be_visible()
    expect(page.get_by_role("img", name="Sources of answers: 6 entries, 3,093 in total")).to_be_visible()
    expect(page.locator("#intents tbody tr")).to_have_count(10)
    expect(page.locator("#lag tbody tr").last).to_have_text("Total1,852")
    expect(page.locator("#alerts li")).to_have_count(2)
    page.locator("#volume .picture").hover()
    expect(page.locator("#volume .tip")).to_contain_text("Messages: ")


def test_the_model_servers_are_shown_with_what_is_wrong(open_page: Open) -> None:
    rows = open_page("/ops").locator("#pool tbody tr")
    expect(rows).to_have_text([
        "http://127.0.0.1:114341Well3 / 4qwen2.5:7b38.2–",
        "http://127.0.0.1:114351Resting0 / 4––cannot be reached; start it with `ollama serve`",
    ])  # fmt: skip


def test_a_conversation_opens_to_its_turns_and_their_steps(gateway: StubGateway, open_page: Open) -> None:
    gateway.conversations["web-1"] = [answers.turn("1", "退款呢？", "三天。"), answers.turn("2", "谢谢", "不客气。")]
    page = open_page("/ops")
    page.locator("[data-conversation='web-1']").press("Enter")
    dialog = page.get_by_role("dialog", name="Conversation")
    expect(dialog.locator(".turn")).to_have_count(2)
    dialog.get_by_role("button", name="Steps").first.press("Enter")
    kinds = ["Received", "Understood", "Decided", "Model called", "Replied", "Delivered"]
    expect(dialog.locator(".trace li strong")).to_have_text(kinds)
    expect(dialog.locator(".trace .took")).to_have_text(["", "+6 ms", "+3 ms", "+1.38 s", "+12 ms", "+13 ms"])
    dialog.locator(".trace summary").nth(3).click()
    expect(dialog.locator(".trace li").nth(3)).to_contain_text("127.0.0.1:11434")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-conversation='web-1']")).to_be_focused()


def test_hostile_texts_stay_texts_in_operations(gateway: StubGateway, open_page: Open) -> None:
    gateway.conversations["web-1"] = [answers.turn("1", HOSTILE, HOSTILE, intent=HOSTILE, source=HOSTILE)]
    gateway.ops["ops/conversations"]["conversations"][0] |= {"last_question": HOSTILE, "channel": HOSTILE}
    gateway.ops["ops/alerts"]["alerts"][0] |= {"message": HOSTILE, "subject": HOSTILE}
    gateway.ops["ops/trace/m-1"]["events"][0] |= {"text": HOSTILE, "detail": {HOSTILE: HOSTILE}}
    gateway.ops["ops/summary"]["intents"][0]["intent"] = HOSTILE
    page = open_page("/ops")
    page.locator("#intents .picture").hover(position={"x": 150, "y": 14})
    expect(page.locator("#intents .tip")).to_contain_text("<img")
    page.locator("[data-conversation='web-1']").click()
    page.get_by_role("button", name="Steps").click()
    page.locator(".trace summary").first.click()
    expect(page.locator(".trace blockquote").first).to_have_text(HOSTILE)
    assert page.locator("main img, dialog img, main script, dialog script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_failing_part_is_named_and_its_old_figures_stay(gateway: StubGateway, open_page: Open) -> None:
    page = open_page("/ops", allow="503")
    expect(page.locator("#kpis strong").first).to_have_text("3,365")
    gateway.failing["ops/summary"] = {"status": 503, "title": "ClickHouse is away", "detail": "start it with make run"}
    page.locator("#range").select_option("360")
    problems = page.get_by_role("alert")
    expect(problems).to_contain_text("Key figures could not be updated: ClickHouse is away: start it with make run")
    expect(problems).to_contain_text("What you see is from ")
    expect(page.locator("#kpis strong").first).to_have_text("3,365")
    assert "/v1/ops/summary?minutes=360" in gateway.requests
    gateway.failing.clear()
    page.locator("#range").select_option("60")
    expect(problems).to_be_empty()


def test_operations_refresh_by_themselves_until_paused(gateway: StubGateway, open_page: Open) -> None:
    page = open_page("/ops", clock=True)
    expect(page.locator("#kpis strong").first).to_have_text("3,365")
    gateway.ops["ops/summary"]["totals"]["messages"] = 4000
    page.clock.fast_forward(5000)
    expect(page.locator("#kpis strong").first).to_have_text("4,000")
    page.get_by_role("button", name="Pause refresh").click()
    expect(page.locator("#updated")).to_contain_text("Paused")
    asked = len(gateway.requests)
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(300)
    assert len(gateway.requests) == asked
    page.get_by_role("button", name="Resume refresh").click()
    wait_until(page, lambda: len(gateway.requests) > asked)


def test_operations_before_the_first_message_say_so(gateway: StubGateway, open_page: Open) -> None:
    gateway.ops = answers.nothing_yet()
    page = open_page("/ops")
    expect(page.locator("#kpis strong")).to_have_text(["0", "0", "–", "–", "–", "–", "–"])
    expect(page.locator("#volume")).to_contain_text("Nothing in this time range.")
    expect(page.locator("#conversations")).to_contain_text("No conversations yet.")
    expect(page.locator("#alerts")).to_contain_text("No alerts.")
    expect(page.locator("#lag")).to_contain_text("No consumer groups yet.")
    expect(page.locator(".picture:visible")).to_have_count(0)


def test_operations_that_never_had_figures_keep_their_shape(gateway: StubGateway, open_page: Open) -> None:
    gateway.failing["ops/summary"] = {"status": 503, "title": "ClickHouse is away", "detail": "start it with make run"}
    page = open_page("/ops", allow="503")
    expect(page.get_by_role("alert")).to_contain_text("ClickHouse is away")
    expect(page.locator("#kpis strong")).to_have_text(["–"] * 7)
    expect(page.locator("#latency")).to_contain_text("No figures yet.")
    expect(page.locator("#conversations li")).to_have_count(2)


def test_operations_without_the_chart_library_show_tables(gateway: StubGateway, open_page: Open) -> None:
    gateway.echarts = b""
    page = open_page("/ops", allow="404")
    expect(page.locator("#sources")).to_contain_text("The chart library did not load")
    expect(page.locator("#sources tbody tr")).to_have_count(6)

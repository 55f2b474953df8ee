"""What tests of the pages do with a page."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.servers import stub_answers as answers

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\'"&lt;b&gt;'
Open = Callable[..., Page]
"""Open a path in a context of its own: ``open_page(path, locale=..., allow=..., clock=..., **context_options)``."""


def ask(page: Page, text: str) -> None:
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def echo(message: dict[str, Any]) -> list[Any]:
    return [answers.reply(message, f"about {message['text']}")]


def wait_until(page: Page, true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        page.wait_for_timeout(20)
    raise AssertionError("what the page should have done did not happen within 10 s")

"""Chromium, the chart library and the stand-in for the gateway, for the tests of the pages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from tests.servers import stub_answers as answers
from tests.servers.browser import Open
from tests.servers.stub_gateway import StubGateway, read_echarts, serving

SWITCHES = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
FLAGS = [f"--{switch}" for switch in (*SWITCHES, "disable-component-update", "disable-sync")]
POM = Path(__file__).parents[3] / "infra" / "jars" / "pages" / "pom.xml"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Its loop runs while it is open, and no test beside those of the pages could run one of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium and os.environ.get("CI") == "true":
        pytest.fail("no chromium on the PATH: install it (apt-get install chromium)")
    if not chromium:
        pytest.skip("no chromium on the PATH: install it (apt-get install chromium) to run the page tests")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=FLAGS)


@pytest.fixture(scope="session")
def echarts(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The chart library as the set-up fetched it, else fetched the same way."""
    library = read_echarts(Path(sys.prefix) / "share" / "kefu" / "jars" / "pages")
    if library:
        return library
    folder = tmp_path_factory.mktemp("jars")
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True, cwd=folder, timeout=100)
    return read_echarts(folder)


@pytest.fixture
def gateway(echarts: bytes) -> StubGateway:
    return StubGateway(echarts=echarts, ops=answers.sample_ops())


@pytest.fixture
def address(gateway: StubGateway) -> Iterator[str]:
    with serving(gateway.application()) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens pages of their own context; at the end none of them may have complained in its console."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(path: str = "/", locale: str = "en-GB", allow: str = "\0", clock: bool = False, **options: Any) -> Page:
        context = browser.new_context(locale=locale, timezone_id="Asia/Shanghai", base_url=address, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        if clock:
            context.clock.install()
        page = context.new_page()
        listen(page, complaints, allow)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def listen(page: Page, complaints: list[str], allow: str) -> None:
    """Note errors of the console, violations of the Content-Security-Policy among them, and uncaught exceptions."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and allow not in message.text:
            complaints.append(message.text)

    def failed(error: Error) -> None:
        complaints.append(str(error))

    page.on("console", said)
    page.on("pageerror", failed)

"""A running playground, and a line to it."""

from __future__ import annotations

import json
import threading
import time

import pytest

import fusedmlp as fm
from fusedmlp.playground.orders import Beginning
from fusedmlp.playground.protocol import parse
from fusedmlp.playground.session import Session


def ours():
    """The threads of the playground."""
    return [t for t in threading.enumerate() if t.name.startswith("playground")]


def until(condition, seconds=20.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.fixture
def served():
    pytest.importorskip("uvicorn", reason="the extra playground is not installed")
    pytest.importorskip("starlette", reason="the extra playground is not installed")
    pytest.importorskip("websockets", reason="the extra playground is not installed")
    with fm.playground(open_browser=False) as running:
        yield running
    assert not ours()


class Tab:
    """A session without a server."""

    def __init__(self, beginning=None):
        self.sent = []
        self.session = Session(self.sent.append, beginning or Beginning())
        self.do("seen")

    def do(self, type, **fields):
        order = parse(json.dumps({"type": type, **fields}))
        return self.session.submit(order).result(timeout=60)

    @property
    def trainer(self):
        return self.session.lab.trainer


@pytest.fixture
def tab():
    opened = Tab()
    yield opened
    opened.session.close()
    opened.session.closed.result(timeout=20)


@pytest.fixture(scope="session")
def browser():
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    from .browser import CHROMIUM, FLAGS, sync

    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    """A page whose console must stay free of errors, but for those that hold `page.expected`."""
    from .browser import number

    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(30_000)
    troubles, page.expected = [], None
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.open = lambda fragment="": (page.goto("about:blank"), page.goto(served.url + fragment),
                                     number(page, "#loss"))  # fmt: skip
    yield page
    context.close()
    assert [t for t in troubles if page.expected is None or page.expected not in t] == []

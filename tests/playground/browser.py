"""Helpers for tests in a browser."""

from __future__ import annotations

import json
import re
import shutil

import pytest

sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
expect = sync.expect
expect.set_options(timeout=30_000)  # the machine may be busy
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser")) if p), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip


def number(page, place):
    """Wait for a number and return it."""
    expect(page.locator(place)).to_have_text(re.compile(r"\d"), timeout=30_000)
    return float(re.search(r"-?[\d.]+(e-?\d+)?", page.locator(place).inner_text())[0])


def wait_until(page, condition, seconds=30):
    """Wait until a condition gives something, and return it; the page's messages come meanwhile."""
    for _ in range(10 * seconds):
        if found := condition():
            return found
        page.wait_for_timeout(100)
    raise AssertionError("it never happened")


def train_until(page, place, reached, seconds=60):
    """Train until a number of the page is as wanted, then pause."""
    page.click("#play")
    wait_until(page, lambda: reached(number(page, place)), seconds)
    page.click("#play")
    assert reached(number(page, place))


def script_of(page):
    """Return the script of what was done."""
    page.click("#tab-script")
    expect(page.locator("#code")).to_contain_text("model.save")
    page.click("text=Renew")
    page.wait_for_timeout(500)
    return page.locator("#code").inner_text()


def slide(page, label, presses, key="ArrowRight"):
    """Press a key on a slider so many times."""
    control = page.get_by_label(label)
    control.focus()
    for _ in range(presses):
        page.keyboard.press(key)


def pixels(page, place):
    """Return the picture of a canvas, as a text that differs when it does."""
    return page.locator(place).evaluate("canvas => canvas.toDataURL()")


def drawn(page, place, wanted):
    """Wait until a canvas shows a picture as wanted, and return it."""

    def shown():
        picture = pixels(page, place)
        return picture if wanted(picture) else None

    return wait_until(page, shown)


def drop(page, name, text):
    """Drop a file onto the page."""
    page.evaluate(
        """([name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name, { type: "text/csv" }));
            dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
        }""",
        [name, text],
    )


class HeldLine:
    """A page's line to the server, on which texts of some kinds, but for the first, are held."""

    def __init__(self, page, kinds=("state",)):
        self.texts, self.frames = [], []
        self._page, self._kinds = page, kinds
        page.route_web_socket("**/socket", self._begin)

    def _begin(self, route):
        server = route.connect_to_server()
        self._route = route
        server.on_message(self._pass)

    def _pass(self, message):
        if isinstance(message, bytes):
            self.frames.append(message)
        elif json.loads(message)["type"] in self._kinds:
            self.texts.append(message)
            if len(self.texts) > 1:
                return
        self._route.send(message)

    def wait(self, condition):
        """Wait until something is held, and then as long as a page takes to draw."""
        wait_until(self._page, condition)
        self._page.wait_for_timeout(700)  # half a second at most, hidden or not

    def release(self):
        """Let the last one go."""
        self._route.send(self.texts[-1])

"""Take the pictures of docs/playground.md again, in headless Chromium: look at them afterwards.

    python tools/playground_pictures.py [--out docs/images] [--chromium PATH]

Needs the extra playground, Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

import fusedmlp as fm

_ROOT = Path(__file__).resolve().parents[1]
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def train(page: Page) -> None:
    """Train until the test accuracy is 98 %."""
    page.click("#play")
    expect(page.locator("#score")).to_have_text(re.compile(r"^(98|99|100)\."), timeout=60_000)
    page.click("#play")
    page.wait_for_timeout(500)


def race(page: Page) -> None:
    """Race four optimizers for a while."""
    page.click("text=Add a racer")
    page.locator(".racer").nth(3).locator("select").first.select_option("rmsprop")
    page.click("#race-start")
    page.wait_for_timeout(4000)
    page.click("#play")
    page.wait_for_timeout(500)


def chain_rule(page: Page) -> None:
    """Go back from the loss to a neuron of the first layer."""
    for _ in range(3):
        page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("3")
    page.click("#picture", position={"x": 200, "y": 120})
    while "back" not in page.locator("#chain .bar").inner_text():
        page.click("#chain-next")
    for _ in range(2):
        page.click("#chain-next")
    page.wait_for_timeout(300)


def activations(page: Page) -> None:
    """Show an activation that saturates."""
    page.click("#tab-activation")
    page.wait_for_timeout(500)


# Name, settings, theme, width and height, what is done, the part that is taken.
_PICTURES: list[tuple[str, str, str, int, int, Callable[[Page], None], str]] = [
    ("playground", "dataset=spiral&noise=0.05&batch_size=16&speed=500&learning_rate=0.02",
     "light", 1280, 960, train, ""),
    ("playground_dark", "dataset=spiral3&noise=0.05&batch_size=16&speed=500&learning_rate=0.02",
     "dark", 1280, 960, train, ""),
    ("playground_race", "dataset=moons&hidden=6,6&speed=60", "light", 1280, 960, race, "#lab"),
    ("playground_chain_rule", "hidden=3,2&activations=tanh,tanh&features=x1,x2,x1*x2", "light",
     1280, 960, chain_rule, "#net-card"),
    ("playground_activation", "", "light", 1280, 960, activations, "#lab"),
    ("playground_phone", "dataset=moons&speed=500", "light", 390, 844, train, ""),
]  # fmt: skip


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT / "docs" / "images")
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    args = parser.parse_args()
    with sync_playwright() as driver, fm.playground(open_browser=False) as running:
        browser = driver.chromium.launch(executable_path=args.chromium, args=_FLAGS)
        for name, settings, theme, width, height, act, part in _PICTURES:
            page = browser.new_page(viewport={"width": width, "height": height},
                                    color_scheme=theme)  # type: ignore[arg-type]  # fmt: skip
            page.goto(f"{running.url}#{settings}")
            expect(page.locator("#loss")).to_have_text(re.compile(r"\d"))
            act(page)
            page.evaluate("scrollTo(0, 0)")
            path = args.out / f"{name}.png"
            (page.locator(part) if part else page).screenshot(path=path)
            page.close()
            print(f"written: {path}")
        browser.close()


if __name__ == "__main__":
    main()

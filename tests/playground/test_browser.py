"""The page in a real browser: headless Chromium, where it and Playwright are found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fusedmlp as fm

pytestmark = pytest.mark.slow
sync = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser")) if p), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
# Where screenshots are kept: FUSEDMLP_SCREENSHOTS=folder pytest -m slow tests/playground
SHOTS = os.environ.get("FUSEDMLP_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, served):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    troubles = []
    page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.open = lambda fragment="": (page.goto("about:blank"), page.goto(served.url + fragment),
                                     number(page, "#loss"))  # fmt: skip
    yield page
    context.close()
    assert troubles == []


def number(page, place):
    """Wait for a number and return it."""
    sync.expect(page.locator(place)).to_have_text(re.compile(r"\d"), timeout=30_000)
    return float(re.search(r"[\d.]+(e-?\d+)?", page.locator(place).inner_text())[0])


def shot(page, name):
    if SHOTS:
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def train_until(page, place, reached, seconds=60):
    page.click("#play")
    for _ in range(10 * seconds):
        if reached(number(page, place)):
            break
        page.wait_for_timeout(100)
    page.click("#play")
    assert reached(number(page, place))


def script_of(page):
    page.click("#tab-script")
    sync.expect(page.locator("#code")).to_contain_text("model.save")
    page.click("text=Renew")
    page.wait_for_timeout(500)
    return page.locator("#code").inner_text()


def test_xor_is_solved_and_copied_as_python(page, tmp_path):
    page.open("#dataset=xor&speed=0&batch_size=64&noise=0")
    train_until(page, "#score", lambda accuracy: accuracy >= 99)
    page.wait_for_timeout(1000)
    shot(page, "playground")
    text = script_of(page)
    with page.expect_download() as download:
        page.click("text=Download the model")
    download.value.save_as(tmp_path / "page.safetensors")
    (tmp_path / "script.py").write_text(text)
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, capture_output=True)
    ours, theirs = fm.load(tmp_path / "page.safetensors"), fm.load(
        tmp_path / "playground.safetensors"
    )  # fmt: skip
    assert (ours.theta == theirs.theta).all()


def test_a_change_of_activation_begins_anew_and_stands_in_the_address(page):
    page.open()
    page.click("#step-epoch")
    sync.expect(page.locator("#epoch")).to_have_text("1")
    page.get_by_label("Activation of layer 1").select_option("sigmoid")
    sync.expect(page.locator("#epoch")).to_have_text("0")
    page.click("#layer-more")
    sync.expect(page.locator("#layer-count")).to_have_text("3 hidden layers")
    assert "activations=sigmoid,tanh,tanh" in page.url
    page.reload()
    sync.expect(page.locator("#layer-count")).to_have_text("3 hidden layers")
    sync.expect(page.get_by_label("Activation of layer 1")).to_have_value("sigmoid")


def test_two_optimizers_race(page):
    page.open("#dataset=circle&speed=500&hidden=4&activations=tanh")
    page.get_by_label("Remove racer 2").click()
    page.click("#race-start")
    sync.expect(page.locator(".racer >> text=/epoch [1-9]/")).to_have_count(2, timeout=30_000)
    page.wait_for_timeout(2500)
    page.click("#play")
    page.locator("#race").scroll_into_view_if_needed()
    if SHOTS:
        page.locator("#lab").screenshot(path=Path(SHOTS) / "race.png")
    page.click("#race-end")
    sync.expect(page.locator(".racer >> text=Learning rate")).to_have_count(2)


def test_a_csv_file_is_dropped(page, tmp_path):
    page.open()
    rows = "\\n".join(
        f"{i},{i * 7 % 5},{i % 4},{'red' if i % 4 > 1 else 'green'}" for i in range(80)
    )
    page.evaluate(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "colours.csv", { type: "text/csv" }));
            dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
        }""",
        "a,b,c,kind\n" + rows.replace("\\n", "\n"),
    )
    sync.expect(page.locator("#table-tools")).to_contain_text("colours.csv: 3 inputs")
    sync.expect(page.locator("#key")).to_contain_text("green")
    page.click("#step-epoch")
    sync.expect(page.locator("#epoch")).to_have_text("1")


def test_a_weight_is_edited(page):
    page.open()
    page.get_by_label("layer 1 neuron 2: show its weights").click()
    field = page.get_by_label("from x2")
    field.fill("2.5")
    field.press("Enter")
    field.press("Escape")
    assert "model.parameters()['0.weight'][1, 1] = 2.5" in script_of(page)


def test_the_chain_rule_is_walked(page):
    page.open("#hidden=3,2&activations=tanh,relu")
    page.click("#picture", position={"x": 200, "y": 120})
    sync.expect(page.locator("#chain-text")).to_contain_text("tanh(z)")
    for _ in range(7):
        page.click("#chain-next")
    sync.expect(page.locator("#chain-text")).to_contain_text("∂L/∂w")
    assert page.locator("#net svg text").count() > 0
    shot(page, "chain_rule")


def test_points_are_drawn(page):
    page.open()
    page.get_by_label("Data set").select_option("drawn")
    for x, y, label in ((60, 60, 0), (90, 70, 0), (220, 200, 1), (250, 240, 1)):
        page.get_by_role("radio", name=f"class {label}").click()
        page.click("#picture", position={"x": x, "y": y})
    sync.expect(page.locator("#axes")).to_contain_text("3 rows train, 1 test")


def test_a_mistake_is_told_and_the_page_lives(page):
    page.open()
    page.get_by_label("Batch size").fill("0")
    page.get_by_label("Batch size").press("Enter")
    sync.expect(page.locator("#error")).to_contain_text("batch_size must be in [1, 4096]")
    page.click("#step-epoch")
    sync.expect(page.locator("#epoch")).to_have_text("1")


def test_a_phone_and_both_themes(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.open("#dataset=moons&speed=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#play")
    page.wait_for_timeout(1500)
    page.click("#play")
    shot(page, "phone")
    before = page.evaluate("document.documentElement.dataset.theme")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") != before


def test_the_keyboard_is_enough(page):
    page.open()
    page.keyboard.press("e")
    sync.expect(page.locator("#epoch")).to_have_text("1")
    page.keyboard.press("b")
    sync.expect(page.locator("#epoch")).to_have_text("1 + 1")
    page.keyboard.press("r")
    sync.expect(page.locator("#epoch")).to_have_text("0")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "play"
    page.keyboard.press("Enter")
    sync.expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    page.locator("#tab-race").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    sync.expect(page.locator("#activation-text")).to_contain_text(
        "sigmoid: the slope is at most 0.25"
    )
    unlabelled = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, canvas[role=img]")]
            .filter(e =>
            !e.textContent.trim() && !e.getAttribute("aria-label") && !e.closest("label") &&
            !(e.id && document.querySelector(`label[for=${e.id}]`))).map(e => e.outerHTML)"""
    )
    assert unlabelled == []

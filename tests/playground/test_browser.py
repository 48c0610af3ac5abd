"""The page in a real browser: what a visitor does with it, from the first look to the last."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fusedmlp as fm

from .browser import drop, expect, script_of, train_until

pytestmark = pytest.mark.slow


def test_xor_is_solved_and_copied_as_python(page, tmp_path):
    page.open("#dataset=xor&speed=0&batch_size=64&noise=0")
    train_until(page, "#score", lambda accuracy: accuracy >= 99)
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
    expect(page.locator("#epoch")).to_have_text("1")
    page.get_by_label("Activation of layer 1").select_option("sigmoid")
    expect(page.locator("#epoch")).to_have_text("0")
    page.click("#layer-more")
    expect(page.locator("#layer-count")).to_have_text("3 hidden layers")
    assert "activations=sigmoid,tanh,tanh" in page.url
    page.reload()
    expect(page.locator("#layer-count")).to_have_text("3 hidden layers")
    expect(page.get_by_label("Activation of layer 1")).to_have_value("sigmoid")


def test_two_optimizers_race(page):
    page.open("#dataset=circle&speed=500&hidden=4&activations=tanh")
    page.get_by_label("Remove racer 2").click()
    page.click("#race-start")
    expect(page.locator(".racer >> text=/epoch [1-9]/")).to_have_count(2, timeout=30_000)
    page.wait_for_timeout(2500)
    page.click("#play")
    page.click("#race-end")
    expect(page.locator(".racer >> text=Learning rate")).to_have_count(2)


def test_a_csv_file_is_dropped(page):
    page.open()
    rows = [f"{i},{i * 7 % 5},{i % 4},{'red' if i % 4 > 1 else 'green'}" for i in range(80)]
    drop(page, "colours.csv", "\n".join(["a,b,c,kind", *rows]))
    expect(page.locator("#table-tools")).to_contain_text("colours.csv: 3 inputs")
    expect(page.locator("#key")).to_contain_text("green")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")


def test_a_weight_is_edited(page):
    page.open()
    page.get_by_label("layer 1 neuron 2: show its weights").click()
    field = page.get_by_label("from x2")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    expect(page.locator("#error")).to_be_hidden()
    page.keyboard.press("Escape")
    assert "neuron 2" in page.evaluate("document.activeElement.ariaLabel")
    assert "model.parameters()['0.weight'][1, 1] = 2.5" in script_of(page)


def test_the_chain_rule_is_walked(page):
    page.open("#hidden=3,2&activations=tanh,relu")
    page.click("#picture", position={"x": 200, "y": 120})
    expect(page.locator("#chain-text")).to_contain_text("tanh(z)")
    for _ in range(7):
        page.click("#chain-next")
    expect(page.locator("#chain-text")).to_contain_text("∂L/∂w")
    assert page.locator("#net svg text").count() > 0


def test_points_are_drawn(page):
    page.open()
    page.get_by_label("Data set").select_option("drawn")
    for x, y, label in ((60, 60, 0), (90, 70, 0), (220, 200, 1), (250, 240, 1)):
        page.get_by_role("radio", name=f"class {label}").click()
        page.click("#picture", position={"x": x, "y": y})
    expect(page.locator("#axes")).to_contain_text("3 rows train, 1 test")


def test_a_mistake_is_told_and_the_page_lives(page):
    page.open()
    page.get_by_label("Batch size").fill("0")
    page.get_by_label("Batch size").press("Enter")
    expect(page.locator("#error")).to_contain_text("batch_size must be in [1, 4096]")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")


def test_a_phone_and_both_themes(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.open("#dataset=moons&speed=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("#play")
    page.wait_for_timeout(1500)
    page.click("#play")
    before = page.evaluate("document.documentElement.dataset.theme")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") != before


def test_the_keyboard_is_enough(page):
    page.open()
    page.keyboard.press("e")
    expect(page.locator("#epoch")).to_have_text("1")
    page.keyboard.press("b")
    expect(page.locator("#epoch")).to_have_text("1 + 1")
    page.keyboard.press("r")
    expect(page.locator("#epoch")).to_have_text("0")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "play"
    page.keyboard.press("Enter")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    page.locator("#tab-race").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#activation-text")).to_contain_text("sigmoid: the slope is at most 0.25")
    unlabelled = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, canvas[role=img]")]
            .filter(e =>
            !e.textContent.trim() && !e.getAttribute("aria-label") && !e.closest("label") &&
            !(e.id && document.querySelector(`label[for=${e.id}]`))).map(e => e.outerHTML)"""
    )
    assert unlabelled == []

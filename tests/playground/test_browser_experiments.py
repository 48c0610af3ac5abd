"""Experiments on the page in a real browser: the race, the chain rule, the activations."""

from __future__ import annotations

import re

import pytest

from .browser import drawn, expect, pixels

pytestmark = pytest.mark.slow


def test_four_settings_race(page):
    page.open("#dataset=xor&speed=60")
    page.click("text=Add a racer")
    expect(page.get_by_text("Add a racer")).to_be_disabled()
    racer = page.locator(".racer").nth(3)
    racer.get_by_label("Activation").select_option("sigmoid")
    racer.get_by_label("Learning rate").fill("0.05")
    racer.get_by_label("Learning rate").press("Tab")
    page.click("#race-start")
    for name in ("sgd, 0.1", "sgd, 0.1, momentum 0.9", "adam, 0.01", "adam, 0.05, sigmoid"):
        expect(page.locator(".racer strong", has_text=re.compile(f"^{name}$"))).to_have_count(1)
    expect(page.locator(".racer >> text=/epoch [1-9]/")).to_have_count(4)
    page.get_by_label("Speed").select_option("500")
    expect(page.locator(".racer >> text=/epoch [1-9]/")).to_have_count(4)
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")
    same_epoch = re.compile(r"epoch (\d+)\b(.*epoch \1\b){3}", re.S)
    expect(page.locator(".racers")).to_contain_text(same_epoch)
    epochs = re.findall(r"epoch (\d+)", page.locator(".racers").inner_text())
    assert len(set(epochs)) == 1 and len(epochs) == 4
    before = pixels(page, "#race-curves")
    page.locator("#race").get_by_label("logarithmic").uncheck()
    page.click("#step-epoch")
    drawn(page, "#race-curves", lambda picture: picture != before)


def test_the_numbers_of_the_chain_rule_are_the_nets(page):
    page.open("#hidden=2&activations=tanh")
    page.get_by_role("button", name="Chain rule").click()
    page.click("#chain-any")
    numbers = page.locator("#net svg text")
    expect(numbers).to_have_count(2)
    z = float(re.search(r"= (-?[\d.e-]+)\na", page.locator("#chain-text").inner_text())[1])
    sums = sum(float(text) for text in numbers.all_text_contents())
    assert abs(z - sums) < 0.02, "weights times inputs, the bias is 0"
    page.click("#chain-next")
    page.click("#step-epoch")  # the same step, with the new weights
    expect(page.locator("#chain .bar")).to_contain_text("step 2 of 7")
    expect(page.locator("#chain-text")).not_to_contain_text(f"{z}")
    page.get_by_role("button", name="Chain rule").click()
    expect(numbers).to_have_count(0)


def test_activations_are_explored(page):
    page.open()
    page.click("#tab-activation")
    expect(page.locator("#activation-text")).to_contain_text("the slope is at most 0.25")
    before = pixels(page, "#activation-curves")
    page.locator("#explore").select_option("relu")
    expect(page.locator("#activation-text")).to_contain_text("the slope is at most 1")
    drawn(page, "#activation-curves", lambda picture: picture != before)

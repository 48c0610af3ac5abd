"""Training on the page in a real browser: settings, speed, and the advice about the fit."""

from __future__ import annotations

import re
import time

import pytest

from .browser import expect, number, script_of, train_until

pytestmark = pytest.mark.slow


def test_all_training_settings_reach_the_optimizer(page):
    page.open()
    page.get_by_label("Optimizer", exact=True).select_option("sgd")
    for label, value in (("Learning rate", "0.2"), ("Batch size", "50"), ("Momentum", "0.5"),
                         ("Weight decay", "0.003"), ("L1", "0.0004")):  # fmt: skip
        field = page.locator("#train-controls").get_by_label(label)
        field.fill(value)
        field.press("Enter")
    page.get_by_label("Schedule").select_option("cosine")
    page.get_by_label("over epochs").fill("20")
    page.get_by_label("over epochs").press("Enter")
    expect(page).to_have_url(re.compile("schedule_epochs=20"))
    page.click("#step-epoch")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("2")
    rate = float(page.locator("#health caption").inner_text().split()[-1])
    assert 0.15 < rate < 0.2
    script = script_of(page)
    for part in (r"fm\.optim\.SGD", r"lr = fm\.schedules\.cosine\(lr=0\.2, steps=140\)",
                 "batch_size=50", r"momentum = 0\.5", r"weight_decay = 0\.003",
                 r"l1_penalty\(model, 0\.0004\)", "epochs=2"):  # fmt: skip
        assert re.search(part, script), part


def test_silent_units_gradients_and_advice(page):
    page.open("#hidden=4,4&activations=relu,relu")
    expect(page.locator("#health tr")).to_have_count(4)
    assert all(
        float(text) > 0 for text in page.locator("#health td:nth-child(3)").all_inner_texts()
    )
    for neuron in (1, 2, 3):
        page.get_by_label(f"layer 1 neuron {neuron}: show its weights").click()
        page.get_by_label("bias").fill("-100")
        page.get_by_label("bias").press("Enter")
    page.click("#step-epoch")
    expect(page.locator("#health tr").nth(1)).to_contain_text("3 of 4")
    expect(page.locator("#advice")).to_contain_text("3 of the 4 units of layers[0]")


def test_overfitting_is_told(page):
    page.open("#dataset=moons&samples=100&noise=0.8&train_share=0.2&hidden=32,32&speed=0")
    page.click("#play")
    expect(page.locator("#advice")).to_contain_text("the net overfits", timeout=60_000)
    page.click("#play")


def test_speed_is_kept(page):
    page.open()
    page.get_by_label("Speed").select_option("5")
    begun = time.monotonic()
    train_until(page, "#epoch", lambda epoch: epoch >= 5)
    epoch = number(page, "#epoch")
    assert epoch <= 5 * (time.monotonic() - begun) + 1  # never faster; slower on a busy machine

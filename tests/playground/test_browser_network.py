"""The network of the page in a real browser: layers, first weights, pictures and links."""

from __future__ import annotations

import re

import pytest

from .browser import drawn, expect, pixels, script_of, slide

pytestmark = pytest.mark.slow


def test_layers_units_and_inputs(page):
    page.open()
    page.get_by_label("Layer 2: one unit more").click()
    expect(page.locator("#net-facts")).to_contain_text("115 parameters")
    page.get_by_label("Layer 1: one unit less").click()
    expect(page).to_have_url(re.compile("hidden=7,9"))
    assert page.evaluate("document.activeElement.ariaLabel") == "Layer 1: one unit less"
    page.get_by_label("input x1*x2").click()
    page.get_by_label("input x2", exact=True).click()
    expect(page.get_by_label("input x2", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile(r"features=x1,x1\*x2"))
    for _ in range(2):
        page.get_by_label("Remove a hidden layer").click()
    expect(page.locator("#layer-count")).to_have_text("0 hidden layers")
    expect(page.locator("#net-facts")).to_contain_text("3 parameters")
    expect(page.get_by_label("Remove a hidden layer")).to_be_disabled()


def test_clicks_faster_than_their_answers_all_count(page):
    page.open()
    page.evaluate("""() => {
        for (let k = 0; k < 2; k++) document.getElementById("layer-more").click();
        document.querySelector("[aria-label='input x1*x2']").click();
        document.querySelector("[aria-label='Layer 1: one unit less']").click();
    }""")
    expect(page.locator("#layer-count")).to_have_text("4 hidden layers")
    expect(page).to_have_url(re.compile(r"hidden=7,8,8,8&"))
    expect(page).to_have_url(re.compile(r"features=x1,x2,x1\*x2"))


def test_dropout_norm_first_weights_and_seed(page):
    page.open()
    page.get_by_label("Norm", exact=True).select_option("layer")
    page.get_by_label("First weights").select_option("he_normal")
    page.get_by_label("Seed of the net").fill("7")
    page.get_by_label("Seed of the net").press("Enter")
    slide(page, "Dropout", 2)
    expect(page).to_have_url(re.compile("dropout=0.1"))
    script = script_of(page)
    for part in ("fm.LayerNorm()", "weight_init='he_normal'", "seed=7", "fm.Dropout(p=0.1)"):
        assert part in script


def test_pictures_and_links_follow_the_net(page):
    page.open("#dataset=spiral3&hidden=3&activations=tanh")
    neurons = page.locator(".neuron canvas")
    assert len({neurons.nth(k).evaluate("c => c.toDataURL()") for k in range(2, 8)}) == 6
    output = pixels(page, "#picture")
    page.get_by_label("layer 1 neuron 2: show its weights").hover()
    expect(page.locator("#hover")).to_contain_text("layer 1, neuron 2: bias 0")
    drawn(page, "#picture", lambda picture: picture != output)  # the neuron is shown large
    page.mouse.move(5, 5)
    drawn(page, "#picture", lambda picture: picture == output)
    link = page.locator("#net svg path").nth(1)
    link.dispatch_event("mouseenter")
    expect(page.locator("#hover")).to_contain_text("weight from x2 to neuron 1 of layer 1:")
    link.dispatch_event("click")
    field = page.get_by_label("from x2")
    expect(field).to_be_focused()
    field.fill("-9")
    field.press("Enter")
    expect(link).to_have_css("stroke-width", "8px")
    drawn(page, "#picture", lambda picture: picture != output)

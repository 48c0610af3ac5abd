"""The page itself in a real browser: script, addresses, sizes, themes, names, and its end."""

from __future__ import annotations

import re

import pytest

from .browser import HeldLine, expect, number, script_of
from .conftest import until

pytestmark = pytest.mark.slow


def test_the_script_is_copied(page):
    page.open()
    page.click("#step-epoch")
    script = script_of(page)
    page.click("#copy")
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").strip() == script.strip()


def test_another_address_is_followed(page):
    page.open("#dataset=xor&hidden=3&learning_rate=0.5")
    page.evaluate("location.hash = '#dataset=waves&hidden=5,2'")
    expect(page.locator("#score-name")).to_have_text("test R²")
    expect(page.locator("#layer-count")).to_have_text("2 hidden layers")
    expect(page.get_by_label("Learning rate").first).to_have_value("0.01")


def test_a_bad_address_is_told(page):
    page.open("#hidden=99")
    expect(page.locator("#error")).to_contain_text("hidden[0] must be in [1, 32], got 99")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_cut_off(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.open("#hidden=8,8,8&activations=tanh,relu,gelu")
    page.click("#chain-open")
    page.click("#chain-any")
    for tab in ("#tab-activation", "#tab-script", "#tab-race"):
        page.click(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() &&
            e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 11).length"""
    )
    assert small == 0, "letters are 11 pixels high at least"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, theme):
    page.emulate_media(color_scheme=theme)
    page.open()
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    found = page.evaluate(
        """() => {
            const style = getComputedStyle(document.documentElement);
            const light = (name) => {
                const hex = style.getPropertyValue(name).trim().replace("#", "");
                const full = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
                const [r, g, b] = [0, 2, 4].map((k) => parseInt(full.slice(k, k + 2), 16) / 255)
                    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const contrast = (a, b) => {
                const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
                return (x + 0.05) / (y + 0.05);
            };
            return { text: contrast("--text", "--card"), quiet: contrast("--quiet", "--card"),
                     button: contrast("--on-accent", "--accent"), bad: contrast("--bad", "--card"),
                     back: contrast("--quiet", "--back") };
        }"""
    )
    assert min(found.values()) >= 4.5, found


def test_the_theme_is_kept(page):
    page.emulate_media(color_scheme="light")
    page.open()
    page.click("#theme")
    page.reload()
    number(page, "#loss")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_screen_reader_hears_names(page):
    page.open()
    for tab in ("#tab-activation", "#tab-script", "#tab-race"):
        page.click(tab)
    for role in ("button", "combobox", "slider", "spinbutton", "checkbox", "img", "tab", "table",
                 "link"):  # fmt: skip
        for control in page.get_by_role(role).all():
            snapshot = control.aria_snapshot()
            assert re.search(r'"\S|: \S', snapshot.splitlines()[0]), (role, snapshot)
    expect(page.get_by_role("toolbar", name="Training")).to_be_visible()
    for region in ("Data", "Network", "Output", "Training", "Loss", "Gradients and units"):
        expect(page.get_by_role("region", name=region, exact=True)).to_be_visible()


def test_a_closed_tab_trains_no_more(page, served):
    page.open("#speed=0")
    page.click("#play")
    until(lambda: served.sessions == 1)
    page.goto("about:blank")
    until(lambda: served.sessions == 0)


def test_the_end_of_the_server_is_told(page, served):
    page.open()
    page.expected = "WebSocket"
    served.stop()
    expect(page.locator("#error")).to_contain_text("The playground has stopped")


def test_a_frame_that_overtakes_its_state_is_drawn(page):
    """The two go by different threads of the server, so either may come first."""
    line = HeldLine(page)
    page.open()
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")
    before = len(line.frames)
    page.click("#reset")
    line.wait(lambda: len(line.texts) == 2 and len(line.frames) > before)
    expect(page.locator("#epoch")).to_have_text("1")
    line.release()
    expect(page.locator("#epoch")).to_have_text("0")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")


@pytest.mark.parametrize(("wanted", "columns"), [("#hidden=3,3,3", 5), ("#hidden=99", 4)])
def test_an_address_shows_no_other_net_first(page, served, wanted, columns):
    line = HeldLine(page, kinds=("state", "error"))
    page.goto(served.url + wanted)
    line.wait(lambda: len(line.texts) == 2 and line.frames)
    expect(page.locator("#loss")).not_to_have_text(re.compile(r"\d"))
    line.release()
    number(page, "#loss")
    expect(page.locator("#net .column")).to_have_count(columns)

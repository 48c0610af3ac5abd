"""The data of the page in a real browser: data sets, points drawn by hand, tables dropped."""

from __future__ import annotations

import re

import pytest

from .browser import drawn, drop, expect, number, pixels, slide

pytestmark = pytest.mark.slow


def test_every_data_set_is_shown(page):
    page.open()
    seen = set()
    for name in ("circle", "xor", "gaussians", "spiral", "moons", "checkerboard", "spiral3",
                 "plane", "waves"):  # fmt: skip
        page.get_by_label("Data set").select_option(name)
        if name != "circle":  # the default, which the address leaves out
            expect(page).to_have_url(re.compile(rf"dataset={name}\b"))
        expect(page.locator("#axes")).to_contain_text("350 rows train, 150 test")
        number(page, "#loss")
        regression = name in ("plane", "waves")
        expect(page.locator("#score-name")).to_have_text("test R²" if regression else
                                                         "test accuracy")  # fmt: skip
        expect(page.locator("#confusion")).to_be_visible(visible=not regression)
        expect(page.locator("#key > span")).to_have_count(3 if name == "spiral3" else 2)
        seen.add(drawn(page, "#picture", lambda picture: picture not in seen))
    assert len(seen) == 9


def test_samples_noise_share_and_seed_of_the_data(page):
    page.open()
    slide(page, "Samples", 10)
    expect(page.locator("#axes")).to_contain_text("700 rows train, 300 test")
    slide(page, "Share to train on", 2, "ArrowLeft")
    expect(page.locator("#axes")).to_contain_text("500 rows train, 500 test")
    page.wait_for_timeout(300)
    before = pixels(page, "#picture")
    slide(page, "Noise", 4)
    page.get_by_label("Seed of the data").fill("3")
    page.get_by_label("Seed of the data").press("Enter")
    expect(page).to_have_url(re.compile("data_seed=3"))
    drawn(page, "#picture", lambda picture: picture != before)
    for part in ("samples=1000", "train_share=0.5", "noise=0.3"):
        assert part in page.url


def test_points_of_three_classes_are_drawn_and_removed(page):
    page.open()
    page.get_by_label("Data set").select_option("drawn")
    before = pixels(page, "#picture")
    for k, (x, y) in enumerate([(60, 60), (250, 60), (150, 250), (70, 80), (240, 80), (160, 240)]):
        page.get_by_role("radio", name=f"class {k % 3}").click()
        page.click("#picture", position={"x": x, "y": y})
    expect(page.locator("#key")).to_contain_text("class 2")
    expect(page.locator("#axes")).to_contain_text("4 rows train, 2 test")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")
    page.click("text=Remove all points")
    drawn(page, "#picture", lambda picture: picture == before)  # it can be drawn anew
    page.locator("#picture").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    drawn(page, "#picture", lambda picture: picture != before)


def test_a_table_has_a_plane_and_a_target(page):
    page.open()
    rows = [f"{i},{i * 7 % 5},{i % 4},{'red' if i % 4 > 1 else 'green'}" for i in range(80)]
    drop(page, "colours.csv", "\n".join(["a,b,c,kind", *rows]))
    expect(page.locator("#axes")).to_contain_text("across: component 1, up: component 2")
    page.get_by_label("Picture across").select_option("2")
    expect(page.locator("#axes")).to_contain_text("across: c, up: a")
    page.get_by_label("up ").select_option("1")
    expect(page.locator("#axes")).to_contain_text("across: c, up: b")
    page.evaluate("""() => {
        const [, across, up] = document.querySelectorAll("#table-tools select");
        for (const [menu, value] of [[across, "0"], [up, "2"]]) {
            menu.value = value;
            menu.dispatchEvent(new Event("change"));
        }
    }""")
    expect(page.locator("#axes")).to_contain_text("across: a, up: c")
    page.get_by_label("Target").select_option("b")
    expect(page.locator("#confusion")).to_be_visible()
    expect(page.get_by_label("Target")).to_have_value("b")
    assert "table" not in page.url and "colours" not in page.url, "the table is nobody's business"


def test_a_bad_file_is_told(page):
    page.open()
    page.expected = "400"  # the browser's own line for the answer
    drop(page, "holiday.png", "no table")
    expect(page.locator("#error")).to_contain_text("holiday.png: must be a CSV file")
    page.click("#step-epoch")
    expect(page.locator("#epoch")).to_have_text("1")

"""Every part of the page in a real browser: each control does what it says."""

from __future__ import annotations

import re

import pytest

from .browser import drop, expect, number, pixels, script_of, train_until
from .conftest import until

pytestmark = pytest.mark.slow


def slide(page, label, presses, key="ArrowRight"):
    control = page.get_by_label(label)
    control.focus()
    for _ in range(presses):
        page.keyboard.press(key)


# Data.


def test_every_data_set_is_shown(page):
    page.open()
    seen = set()
    for name in ("circle", "xor", "gaussians", "spiral", "moons", "checkerboard", "spiral3",
                 "plane", "waves"):  # fmt: skip
        page.get_by_label("Data set").select_option(name)
        expect(page.locator("#axes")).to_contain_text("350 rows train, 150 test")
        number(page, "#loss")
        regression = name in ("plane", "waves")
        expect(page.locator("#score-name")).to_have_text("test R²" if regression else
                                                         "test accuracy")  # fmt: skip
        expect(page.locator("#confusion")).to_be_visible(visible=not regression)
        expect(page.locator("#key > span")).to_have_count(3 if name == "spiral3" else 2)
        seen.add(pixels(page, "#picture"))
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
    page.wait_for_timeout(300)
    assert pixels(page, "#picture") != before
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
    assert pixels(page, "#picture") == before, "it can be drawn anew"
    page.locator("#picture").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert pixels(page, "#picture") != before


def test_a_table_has_a_plane_and_a_target(page):
    page.open()
    rows = [f"{i},{i * 7 % 5},{i % 4},{'red' if i % 4 > 1 else 'green'}" for i in range(80)]
    drop(page, "colours.csv", "\n".join(["a,b,c,kind", *rows]))
    expect(page.locator("#axes")).to_contain_text("across: component 1, up: component 2")
    page.get_by_label("Picture across").select_option("2")
    expect(page.locator("#axes")).to_contain_text("across: c, up: a")
    page.get_by_label("up ").select_option("1")
    expect(page.locator("#axes")).to_contain_text("across: c, up: b")
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


# Network.


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
    assert pixels(page, "#picture") != output, "the neuron is shown large"
    page.mouse.move(5, 5)
    assert pixels(page, "#picture") == output
    link = page.locator("#net svg path").nth(1)
    link.dispatch_event("mouseenter")
    expect(page.locator("#hover")).to_contain_text("weight from x2 to neuron 1 of layer 1:")
    link.dispatch_event("click")
    field = page.get_by_label("from x2")
    expect(field).to_be_focused()
    field.fill("-9")
    field.press("Enter")
    expect(link).to_have_css("stroke-width", "8px")
    assert pixels(page, "#picture") != output


# Training.


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
    page.click("#play")
    page.wait_for_timeout(2000)
    page.click("#play")
    assert 5 <= number(page, "#epoch") <= 14


# Output.


def test_the_output_is_told_in_numbers_too(page):
    page.open("#dataset=gaussians&speed=0")
    train_until(page, "#score", lambda accuracy: accuracy >= 97)
    cells = [int(text) for text in page.locator("#confusion td").all_inner_texts()]
    assert sum(cells) == 150
    assert abs(100 * (cells[0] + cells[3]) / 150 - number(page, "#score")) < 0.1
    soft = pixels(page, "#picture")
    page.get_by_label("decided classes only").check()
    hard = pixels(page, "#picture")
    page.get_by_label("test points").uncheck()
    assert len({soft, hard, pixels(page, "#picture")}) == 3
    assert "at epoch" in page.locator("#curves").get_attribute("aria-label")


def test_a_regression_is_a_surface(page):
    page.open("#dataset=plane&noise=0&speed=0")
    train_until(page, "#score", lambda r2: r2 >= 0.95)


# Experiments.


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
    page.wait_for_timeout(300)
    epochs = re.findall(r"epoch (\d+)", page.locator(".racers").inner_text())
    assert len(set(epochs)) == 1 and len(epochs) == 4
    before = pixels(page, "#race-curves")
    page.locator("#race").get_by_label("logarithmic").uncheck()
    page.click("#step-epoch")
    page.wait_for_timeout(500)
    assert pixels(page, "#race-curves") != before


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
    page.wait_for_timeout(500)
    assert f"{z}" not in page.locator("#chain-text").inner_text()
    page.get_by_role("button", name="Chain rule").click()
    expect(numbers).to_have_count(0)


def test_activations_are_explored(page):
    page.open()
    page.click("#tab-activation")
    expect(page.locator("#activation-text")).to_contain_text("the slope is at most 0.25")
    before = pixels(page, "#activation-curves")
    page.locator("#explore").select_option("relu")
    expect(page.locator("#activation-text")).to_contain_text("the slope is at most 1")
    assert pixels(page, "#activation-curves") != before


# The page itself.


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

"""The output of the page in a real browser: picture, score and confusion."""

from __future__ import annotations

import pytest

from .browser import number, pixels, train_until

pytestmark = pytest.mark.slow


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

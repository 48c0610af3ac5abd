"""Targets of the losses: what is taken, and what is refused with which words."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.checks.losses import LossSettings
from fusedmlp.checks.targets import prepare_target

NAN = float("nan")
ENCODE = r"; number the labels with classes, y = np\.unique\(labels, return_inverse=True\)$"
DROP = r"; drop the rows without a label \(keep = ~np\.isnan\(y\)\)$"


def prepare(name, target, outputs, rows=None):
    loss = LossSettings.checked(name, {}, "f")
    return prepare_target(loss, target, outputs, np.float32, "f", rows=rows, argument="y")


TAKEN = [
    ("cross_entropy", [0, 2, 1], 3, np.array([0, 2, 1])),
    ("cross_entropy", [[0], [2]], 3, np.array([0, 2])),
    ("cross_entropy", np.array([0, 1], np.uint8), 3, np.array([0, 1])),
    ("cross_entropy", np.array([True, False]), 2, np.array([1, 0])),
    ("cross_entropy", [[0.5, 0.5]], 2, np.array([[0.5, 0.5]], np.float32)),
    ("cross_entropy", np.array([], float), 3, np.array([], int)),
    ("binary_cross_entropy", [0, 1], 1, np.array([[0], [1]], np.float32)),
    ("hinge", [-1, 1], 1, np.array([[-1], [1]], np.float32)),
    ("mse", [[1, 2]], 2, np.array([[1, 2]], np.float32)),
]


@pytest.mark.parametrize(("name", "target", "outputs", "wanted"), TAKEN)
def test_targets_become_what_kernels_read(name, target, outputs, wanted):
    result = prepare(name, target, outputs)
    assert result.dtype == wanted.dtype and result.tolist() == wanted.tolist()


BAD_CLASSES = [
    # Whole numbers in a float array may be converted; anything else would change.
    ([0.0, 1.0], 3, r"must hold integer class indices, got dtype float64; use y\.astype\(int\)$"),
    ([0.0, 1.9, 1.2], 3, "must hold integer class indices, got 1.9 at row 1" + ENCODE),
    ([1.0, NAN, 0.5], 3, "must hold integer class indices, got nan at row 1" + DROP),
    ([0.5, NAN], 3, "must hold integer class indices, got 0.5 at row 0" + ENCODE),
    ([0.0, 7.0], 3, r"must hold class indices in \[0, 2\], got 7.0 at row 1" + ENCODE),
    ([0.0, float("inf")], 3, r"must hold class indices in \[0, 2\], got inf at row 1" + ENCODE),
    ([-1.0, 0.0], 3, r"must hold class indices in \[0, 2\], got -1.0 at row 0" + ENCODE),
    ([1, 2, 3], 3, r"must hold class indices in \[0, 2\], got 3 at row 2" + ENCODE),
    ([[1], [-1]], 3, r"must hold class indices in \[0, 2\], got -1 at row 1" + ENCODE),
    (np.array([0, 2**64 - 1], np.uint64), 3, "got 18446744073709551615 at row 1"),
    ([0, 1], 1, r"\[0, 0\], got 1 at row 1; with one output use binary_cross_entropy, or give"),
]


@pytest.mark.parametrize(("target", "outputs", "message"), BAD_CLASSES)
def test_what_is_no_class_is_named_with_the_way_to_number_labels(target, outputs, message):
    with pytest.raises(ValueError, match=f"f: y .*{message}"):
        prepare("cross_entropy", target, outputs)


def test_the_advice_keeps_the_labels():
    labels = np.array([1.9, 0.2, 1.9, 7.0])
    classes, y = np.unique(labels, return_inverse=True)
    assert prepare("cross_entropy", y, len(classes)).tolist() == [1, 0, 1, 2]
    assert classes[y].tolist() == labels.tolist()


def test_labels_that_are_text_are_told_how_to_become_numbers(core):
    model = fm.MLP([2, 2], seed=0)
    for y in (["cat", "dog"], np.array(["cat", "dog"], dtype=object)):
        with pytest.raises(TypeError, match=r"fit: y must hold real numbers, got text .*np\.uniqu"):
            model.fit(np.zeros((2, 2)), y, loss="cross_entropy")


BAD_VALUES = [
    ("binary_cross_entropy", [[0, 1], [2, 0]], 2, r"be in \[0, 1\], got 2 at row 1, column 0"),
    ("binary_cross_entropy", [-0.5], 1, r"be in \[0, 1\], got -0.5 at row 0"),
    ("hinge", [[1, -1], [0, 1]], 2, r"be -1 or \+1, got 0 at row 1, column 1|column 0"),
    ("cross_entropy", [[0.5, 0.5], [1.5, -0.5]], 2, "not negative numbers, got -0.5 at row 1, col"),
]


@pytest.mark.parametrize(("name", "target", "outputs", "message"), BAD_VALUES)
def test_values_out_of_range(name, target, outputs, message):
    with pytest.raises(ValueError, match=f"f: y must .*{message}"):
        prepare(name, target, outputs)


BAD_SHAPES = [
    ("mse", [[1.0, 2.0]], 2, 2, r"shape \(2, 2\) to match the prediction \(2, 2\), got \(1, 2\)"),
    ("mse", [1.0, 2.0], 2, 2, r"shape \(2, 2\).*got \(2,\)"),
    ("mse", [[1.0, 2.0]], 1, 2, r"shape \(2,\) or \(2, 1\).*got \(1, 2\)"),
    ("cross_entropy", [0, 1, 1], 2, 2, r"must have 2 rows.*\(3,\)"),
    ("cross_entropy", [[0.5, 0.25, 0.25]] * 2, 2, 2,
     r"\(2,\) for class indices, or \(2, 2\) for probabilities"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target", "outputs", "rows", "message"), BAD_SHAPES)
def test_shapes_that_do_not_match(name, target, outputs, rows, message):
    with pytest.raises(ValueError, match=f"f: y must have .*{message}|f: y {message}"):
        prepare(name, target, outputs, rows)

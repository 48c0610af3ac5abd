"""Weights of rows and classes: the forms that are taken, and what is refused with which words."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.checks.weights import class_table
from support import same_bits

COUNTS = np.array([6, 2])


class _Series:
    """What a pandas Series is to a table of classes."""

    def __init__(self, values):
        self.values, self.index = values, list(values)

    def to_dict(self):
        return self.values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(list(self.values.values()), dtype)


# Every way to say: class 0 counts 1, class 1 counts 10.
FORMS = [
    {0: 1, 1: 10},
    {False: 1, True: 10},
    {np.False_: 1, np.True_: 10},
    {True: 10},
    {np.int8(1): np.float32(10)},
    {1.0: 10},
    MappingProxyType({1: 10}),
    _Series({1: 10, 0: 1}),
    [1, 10],
    np.array([1, 10], np.uint8),
    _Series({0: 1, 1: 10}),
]


@pytest.mark.parametrize("form", FORMS)
def test_keys_are_classes_everywhere(core, rng, form):
    assert class_table(form, COUNTS, "f").tolist() == [1, 10]
    x, y = rng.standard_normal((9, 3)), np.array([0, 1, 0, 0, 1, 0, 0, 0, 1])
    factors = np.where(y == 1, 10.0, 1.0)
    z = rng.standard_normal((9, 2))
    wanted = F.cross_entropy_value_and_grad(z, y, sample_weight=factors)
    for value, grad in (
        F.cross_entropy_value_and_grad(z, y, class_weight=form),
        fm.Loss("cross_entropy", class_weight=form)(z, y),
    ):
        assert value == wanted[0] and same_bits(grad, wanted[1])
    assert F.cross_entropy(z, y, class_weight=form) == wanted[0]
    for loss, target, outputs in (
        ("cross_entropy", y, 2), ("cross_entropy", np.eye(2)[y], 2),
        ("binary_cross_entropy", y, 1), ("binary_cross_entropy", y.astype(float), 1),
        ("hinge", 2 * y - 1, 1),
    ):  # fmt: skip
        thetas = []
        for options in ({"class_weight": form}, {"sample_weight": factors}):
            model = fm.MLP([3, outputs], seed=0)
            model.fit(x, target, loss=loss, epochs=1, optimizer="sgd", **options)
            thetas.append(model.theta)
        assert same_bits(*thetas), (loss, outputs)


def test_a_pandas_series_weighs_by_its_index():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    assert class_table(pd.Series({1: 10.0, 0: 1.0}), COUNTS, "f").tolist() == [1, 10]
    counts = pd.Series([1, 0, 1, 1]).value_counts()
    assert class_table(1 / counts, COUNTS, "f").tolist() == [1, 1 / 3]


def test_the_signs_of_hinge_are_classes_too(core, rng):
    assert class_table({-1: 1, 1: 10}, COUNTS, "f", zero=-1).tolist() == [1, 10]
    x, y = rng.standard_normal((4, 2)), np.array([-1, 1, 1, -1])
    thetas = []
    for table in ({-1: 3, 1: 0.5}, {0: 3, 1: 0.5}):
        model = fm.MLP([2, 1], seed=0)
        model.fit(x, y, loss="hinge", epochs=1, class_weight=table)
        thetas.append(model.theta)
    assert same_bits(*thetas)


def test_balanced_in_any_case():
    assert class_table("Balanced", COUNTS, "f").tolist() == [8 / 12, 8 / 4]


BAD_TABLES = [
    ({2: 1.0}, ValueError, "class_weight has the key 2, but classes are 0 to 1"),
    ({-1: 1.0}, ValueError, "class_weight has the key -1, but classes are 0 to 1"),
    ({1.5: 1.0}, TypeError, "class_weight must map class indices to numbers, got key 1.5"),
    ({"1": 1.0}, TypeError, "class_weight must map class indices to numbers, got key '1'"),
    ({None: 1.0}, TypeError, "class_weight must map class indices"),
    ({float("nan"): 1.0}, TypeError, "class_weight must map class indices"),
    ({1: -1.0}, ValueError, r"class_weight\[1\] must be in \[0, inf\), got -1"),
    ({1: float("nan")}, ValueError, r"class_weight\[1\] must be in"),
    ({1: "10"}, TypeError, r"class_weight\[1\] must be a number, got '10'"),
    ({1: True}, TypeError, r"class_weight\[1\] must be a number, got True"),
    ([1.0], ValueError, r"class_weight must have shape \(2,\), one number per class, got \(1,\)"),
    ([1.0, -1.0], ValueError, "class_weight must be in"),
    ([1.0, np.nan], ValueError, "class_weight must be in"),
    ([[1.0, 2.0]], ValueError, "class_weight must have 1 dimension"),
    (np.array([False, True]), TypeError, "got a mask of True and False; .*astype"),
    ([True, False], TypeError, "got a mask"),
    (np.arange(8) % 2 == 0, TypeError, "got a mask"),
]


@pytest.mark.parametrize(("table", "error", "message"), BAD_TABLES, ids=lambda v: str(v)[:30])
def test_bad_tables_are_refused_everywhere(core, table, error, message):
    z, y = np.zeros((8, 2)), np.arange(8) % 2
    model = fm.MLP([2, 2], seed=0)
    calls = {
        "fit": lambda: model.fit(z, y, loss="cross_entropy", class_weight=table),
        "cross_entropy": lambda: F.cross_entropy(z, y, class_weight=table),
        "Loss|fit": lambda: model.fit(z, y, loss=fm.Loss("cross_entropy", class_weight=table)),
    }
    for function, call in calls.items():
        with pytest.raises(error, match=f"({function}): .*{message}"):
            call()


def test_a_word_that_is_no_rule(core):
    model = fm.MLP([2, 2], seed=0)
    with pytest.raises(ValueError, match=r"or 'balanced', got 'balance'; did you mean 'balanced'"):
        model.fit(np.zeros((2, 2)), [0, 1], loss="cross_entropy", class_weight="balance")


def test_classes_of_a_loss_of_ones_own_start_at_0():
    def own(pred, target, sample_weight):
        return 1.0, np.zeros_like(pred)

    model = fm.MLP([2, 2], seed=0)
    with pytest.raises(ValueError, match=r"fit: class_weight needs classes from 0 on, got y = -1"):
        model.fit(np.zeros((2, 2)), [0, -1], loss=own, class_weight={0: 2})


X = [[1.0, 2.0], [3.0, 4.0]]
BAD_ROWS = [
    ([1.0], r"shape \(2,\).*got \(1,\)"),
    ([[1.0, 1.0]], r"shape \(2,\).*got \(1, 2\)"),
    ([1.0, -1.0], "must not be negative, got -1 at row 1"),
    ([0.0, 0.0], "must not be all zero"),
    ([1.0, np.nan], "sample_weight must be finite, got nan at position 1"),
    ([1.0, np.inf], "sample_weight must be finite"),
]


@pytest.mark.parametrize(("weights", "message"), BAD_ROWS)
def test_bad_row_weights_are_refused_everywhere(core, weights, message):
    model = fm.MLP([2, 2], seed=0)
    calls = [
        lambda: F.mse(X, X, sample_weight=weights),
        lambda: model.fit(X, X, loss="mse", sample_weight=weights),
        lambda: model.train_batch(X, X, loss="mse", optimizer="sgd", sample_weight=weights),
        lambda: model.evaluate(X, X, loss="mse", sample_weight=weights),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=message):
            call()

"""First values that fit the data: spreads of 1, units that bend among the rows, quantile edges."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.initializers import fit_to_data
from support import same_bits


def net(dtype="float64", **options):
    layers = [
        fm.NumericEmbedding("piecewise", bins=4, columns=[2]), fm.Scale(),
        fm.Dense(6, "selu", weight_scale="ntk", trainable_activation=True), fm.Dropout(0.5),
        fm.Residual([fm.LayerNorm(), fm.Dense(6, "tanh"), fm.Dense(6, bias=False)]), fm.Dense(2),
    ]  # fmt: skip
    return fm.Sequential(layers, dtype=dtype, seed=0, **options)


def spreads(model, x):
    """Of the product of every dense operation, and its bias in the same measure."""
    found = []
    for k, op in enumerate(model.ops):
        if op.kind == "dense":
            W = model.parameters()[op.parameters[0].name]
            z = model.values_before(k, x) @ W * op.settings["scale"]
            b = model.parameters()[op.parameters[1].name] if op.settings["bias"] else None
            found.append((z, b))
    return found


def test_every_dense_layer_is_fitted(core, dtype, rng):
    x = rng.normal(3, 20, (500, 4)).astype(dtype)
    model = net(np.dtype(dtype).name)
    fit_to_data(model, x)
    assert model.in_features == 4
    fitted = spreads(model, x)
    assert len(fitted) == 4
    for z, b in fitted:
        np.testing.assert_allclose(z.std(axis=0), 1, rtol=2e-4)
        if b is not None:
            # A unit is zero in a point between rows.
            assert (-b > z.min(axis=0)).all() and (-b < z.max(axis=0)).all()
            assert len(np.unique(b)) == len(b)
    edges = model.statistics()["0.edges"][0]
    np.testing.assert_allclose(edges, np.quantile(x[:, 2], [0, 0.25, 0.5, 0.75, 1]), rtol=1e-6)
    # Nothing else has moved.
    plain = net(np.dtype(dtype).name, in_features=4)
    for name, value in model.parameters().items():
        dense = name.split(".")[0] in "25" or name.startswith(("4.1", "4.2"))
        assert same_bits(value, plain.parameters()[name]) != (dense and "activation" not in name)


def test_biases_are_weighted_means_of_five_rows(rng):
    """With one column a unit is zero at the weighted mean of its rows, whose variance is
    E sum(s^2) = 2 / (5 + 1) of that of a row."""
    x = rng.standard_normal((1000, 1))
    model = fm.Sequential([fm.Dense(20_000)], in_features=1, dtype="float64", seed=0)
    fit_to_data(model, x)
    W, b = model.parameters().values()
    zeros = -b / W[0]
    assert abs(zeros.mean() - x.mean()) < 0.02
    assert zeros.var() / x.var() == pytest.approx(1 / 3, rel=0.03)


def test_seeds_rows_and_options(core, rng):
    x = rng.standard_normal((300, 4))
    models = {}
    for key, options in {
        "a": {}, "b": {}, "seed": {"seed": 5}, "few": {"max_rows": 50}, "no bias": {"bias": False},
    }.items():  # fmt: skip
        models[key] = net(in_features=4)
        fit_to_data(models[key], x, **options)
    assert same_bits(models["a"].theta, models["b"].theta)
    assert not any(same_bits(models["a"].theta, models[key].theta) for key in ("seed", "few"))
    assert not models["no bias"].parameters()["2.bias"].any()
    assert same_bits(
        models["no bias"].parameters()["2.weight"], models["a"].parameters()["2.weight"]
    )


def test_columns_without_spread_stay(core):
    model = fm.Sequential([fm.Dense(3), fm.Dense(2)], in_features=2, dtype="float64", seed=0)
    before = model.parameters()["0.weight"].copy()
    fit_to_data(model, np.zeros((5, 2)))
    assert same_bits(model.parameters()["0.weight"], before) and np.isfinite(model.theta).all()


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([[1.0, 2.0]], ValueError, r"fit_to_data: X must have at least two rows, got shape \(1, 2"),
        ([[1.0, np.nan], [1, 2]], ValueError, "fit_to_data: X must be finite"),
        ([[1.0], [2.0]], ValueError, "fit_to_data: X must have"),
        ("rows", TypeError, "fit_to_data: X"),
    ],
)
def test_wrong_rows_change_nothing(X, error, message):
    model = fm.Sequential([fm.Dense(3)], in_features=2, seed=0)
    before = model.theta.copy()
    with pytest.raises(error, match=message):
        fit_to_data(model, X)
    assert same_bits(model.theta, before)

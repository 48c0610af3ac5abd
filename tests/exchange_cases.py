"""Models of every layer, for the tests of what goes out and comes in."""

from __future__ import annotations

import numpy as np

import fusedmlp as fm
from fusedmlp.functional import ACTIVATIONS

PARAMS = {
    "leaky_relu": {"negative_slope": 0.2}, "elu": {"alpha": 0.7}, "celu": {"alpha": 1.4},
    "softplus": {"beta": 2.5}, "hardtanh": {"min_val": -0.4, "max_val": 0.9},
}  # fmt: skip


def plain_layers():
    """Layers that other libraries have too."""
    return [
        fm.BatchNorm(), fm.Dense(9, "tanh"), fm.BatchNorm(), fm.Dropout(0.3),
        fm.Residual([fm.LayerNorm(), fm.Dense(7, "gelu", bias=False), fm.BatchNorm(), fm.Dense(9),
                     fm.Residual([fm.Dense(9, "silu")])]),
        fm.LayerNorm(eps=1e-3), fm.Activation("leaky_relu", negative_slope=0.3), fm.Dense(3),
    ]  # fmt: skip


def own_layers():
    """Layers that are ours alone: columns 0 and 1 of the input are indices."""
    return [
        fm.Columns([
            fm.CategoryEmbedding([4], dim=3, columns=[0]),
            fm.OneHot([3], columns=[1], skip_first=True, off=-0.2, on=0.9),
            fm.NumericEmbedding("periodic", dim=2, columns=[3], frequencies=5),
            fm.NumericEmbedding("piecewise", dim=2, columns=[2, 5], bins=6),
        ]),
        fm.Scale(), fm.Dense(8, "mish", weight_scale="ntk", trainable_activation=True),
        fm.OneHot([2, 3], columns=[6, 7]),
        fm.Dense(5, "selu"), fm.Dense(2, "softplus"),
    ]  # fmt: skip


def activation_layers():
    """Every activation, with parameters of its own where it has some."""
    return [
        layer
        for name in ACTIVATIONS
        for layer in (fm.Dense(6), fm.Activation(name, **PARAMS.get(name, {})))
    ]


LAYERS = {"plain": plain_layers, "own": own_layers, "activations": activation_layers}


def model_of(kind, dtype="float32", seed=3):
    """Return a model with weights and statistics away from their first values."""
    rng = np.random.default_rng(seed)
    model = fm.Sequential(LAYERS[kind](), in_features=6, dtype=dtype, seed=seed)
    model.theta += rng.normal(0, 0.15, model.theta.size)
    for name, array in model.statistics().items():
        if name.endswith("running_mean"):
            array[:] = rng.normal(0, 0.5, array.shape)
        elif name.endswith("running_var"):
            array[:] = rng.uniform(0.3, 2, array.shape)
    return model


def rows_for(kind, n=50, seed=5, dtype=np.float32):
    """Return rows of six numbers; with indices, unknown ones too, where the layers read them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1.5, (n, 6))
    if kind == "own":
        x[:, 0] = rng.integers(-1, 6, n)
        x[:, 1] = rng.integers(-1, 5, n)
    return x.astype(dtype)


def agree(actual, expected, tolerance):
    """Compare relative to the largest output."""
    expected = np.asarray(expected)
    scale = float(np.abs(expected).max())
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale)

"""Scale: one trained factor per input."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from support import SIZES, assert_close, same_bits


def test_hand_worked(core, dtype):
    model = fm.Sequential([fm.Scale()], in_features=2, dtype=dtype)
    assert model.parameters()["0.weight"].tolist() == [1, 1]
    assert [(s.lr, s.decay) for s in model.segments] == [(1, 0)]
    model.theta = [2, -1]
    assert model.forward([[1, 3], [0, 5]]).tolist() == [[2, -3], [0, -5]]
    assert model.backward([[1, 1], [1, 10]]).tolist() == [[2, -1], [2, -10]]
    assert model.grad.tolist() == [1, 53]


@pytest.mark.parametrize("width", SIZES[1:])
def test_sizes_around_the_packets(core, dtype, rng, width):
    model = fm.Sequential([fm.Scale()], in_features=width, dtype=dtype)
    model.theta[:] = rng.standard_normal(width)
    for rows in (0, 1, 2, 70, 131):
        x, dy = rng.standard_normal((2, rows, width)).astype(dtype)
        assert same_bits(model.forward(x), x * model.theta)
        assert same_bits(model.backward(dy), dy * model.theta)
        terms = (dy * x).astype(np.float64)
        assert_close(model.grad, terms.sum(axis=0), dtype, k=16, scale=np.abs(terms).sum())
        assert same_bits(model.predict(x), model.forward(x))
    assert same_bits(model.predict_one(x[3]), model.forward(x)[3])


def test_threads_and_files(core, dtype, rng, tmp_path):
    x, y = rng.standard_normal((5000, 9)), rng.standard_normal((5000, 2))
    results = []
    for n in (1, 2, 3):
        layers = [fm.Scale(lr_scale=6.0, decay_scale=0.5), fm.Dense(33, "relu"), fm.Dense(2)]
        model = fm.Sequential(layers, in_features=9, dtype=dtype, seed=0)
        model.fit(x, y, loss="mse", epochs=1, batch_size=2500, num_threads=n)
        results.append(model.theta)
    assert same_bits(results[0], results[1]) and same_bits(results[0], results[2])
    model.save(tmp_path / "model.safetensors")
    other = fm.load(tmp_path / "model.safetensors")
    assert same_bits(other.predict(x), model.predict(x)) and other.segments == model.segments
    assert "Scale" in model.summary() and repr(other.layers[0]) == repr(model.layers[0])


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"Scale: lr_scale must be in \[0, inf\), got -6"):
        fm.Scale(lr_scale=-6)
    with pytest.raises(TypeError, match="Scale: decay_scale must be a number"):
        fm.Scale(decay_scale="no")

"""``load_weights``: what fits goes in, what does not changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import model_of


def small():
    return fm.MLP([2, 3, 1], seed=0)


def test_parameters_and_statistics_of_another(tmp_path):
    a, b = model_of("plain", seed=1), model_of("plain", seed=2)
    before = b.buffers.copy()
    b.load_weights(a.parameters())
    assert np.array_equal(a.theta, b.theta) and np.array_equal(b.buffers, before)
    b.load_weights({**a.parameters(), **a.statistics()})
    assert np.array_equal(a.buffers, b.buffers)
    a.save(tmp_path / "a.safetensors")
    c = model_of("plain", seed=4)
    c.load_weights(tmp_path / "a.safetensors")
    assert np.array_equal(a.theta, c.theta) and np.array_equal(a.buffers, c.buffers)


def test_other_names_in_order_and_transposed():
    a, b = small(), fm.MLP([2, 3, 1], seed=5)
    values = a.parameters()
    state = {
        "encoder.weight": values["0.weight"].T, "encoder.bias": values["0.bias"],
        "head.weight": values["1.weight"].T, "head.bias": values["1.bias"],
        "head.num_batches_tracked": np.array(3),
    }  # fmt: skip
    b.load_weights(state, transpose=True)
    assert np.array_equal(a.theta, b.theta)
    b.theta[:] = 0
    shuffled = dict(reversed(state.items()))
    b.load_weights(shuffled, transpose=True, names={"encoder": "0", "head": "1"})
    assert np.array_equal(a.theta, b.theta)


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"0.weight": np.zeros((3, 2))}, ValueError, r"got \(3, 2\); pass transpose=True"),
        ({"0.weight": np.zeros((4, 2))}, ValueError, r"\(2, 3\) for 0.weight, got \(4, 2\)$"),
        ({"0.bias": np.array([1, np.nan, 0])}, ValueError, "0.bias holds NaN or infinity"),
        ({"0.bias": np.array([1, 1e39, 0])}, ValueError, "infinity as float32"),
        ({"0.bias": None}, TypeError, "0.bias must hold real numbers"),
        ({"0.bias": np.array(["a"])}, TypeError, "0.bias must hold real numbers"),
        ({"2.bias": np.zeros(1)}, ValueError, "the model needs 0.weight, 0.bias, .*got .*2.bias"),
    ],
)  # fmt: skip
def test_what_does_not_fit(change, error, message):
    model = small()
    before = model.theta.copy()
    state = {k: v.copy() for k, v in fm.MLP([2, 3, 1], seed=9).parameters().items()}
    with pytest.raises(error, match=f"load_weights: .*{message}"):
        model.load_weights({**state, **change})
    assert np.array_equal(model.theta, before)


def test_no_weights_at_all(tmp_path):
    with pytest.raises(TypeError, match="load_weights: path_or_dict must be a dict"):
        small().load_weights([1.0])
    with pytest.raises(ValueError, match=r"the model needs .* got nothing"):
        small().load_weights({})
    (tmp_path / "x").write_bytes(b"no tensors")
    with pytest.raises(fm.CheckpointError, match=r"load_weights: .*x is no safetensors file"):
        small().load_weights(tmp_path / "x")
    with pytest.raises(ValueError, match="load_weights: the model is not built"):
        fm.Sequential([fm.Dense(1)]).load_weights({})
    with pytest.raises(TypeError, match="transpose"):
        small().load_weights({}, transpose=1)

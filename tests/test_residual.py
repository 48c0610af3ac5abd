"""Residual blocks: hand numbers, bypasses within bypasses, bad blocks."""

from __future__ import annotations

import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import SIZES, assert_close, same_bits


def test_hand_worked(core, dtype):
    model = fm.Sequential([fm.Residual([fm.Dense(2, "relu")])], in_features=2, dtype=dtype)
    assert list(model.parameters()) == ["0.0.weight", "0.0.bias"]
    model.theta[:] = [1, 0, 0, -1, 0, 0]
    assert model.forward([[2, 3]]).tolist() == [[4, 3]]
    assert model.predict([[2, 3]]).tolist() == [[4, 3]]
    # Through relu only the first column; the bypass gives both.
    assert model.backward([[1, 10]]).tolist() == [[2, 10]]
    assert model.grad.tolist() == [2, 0, 3, 0, 1, 0]


@pytest.mark.parametrize("width", SIZES[1:])
def test_a_block_adds_its_input(core, dtype, rng, width):
    dense = fm.Dense(width, "tanh", in_features=width)
    block = fm.Sequential([fm.Residual([fm.Residual([dense])])], dtype=dtype, seed=0)
    plain = fm.Sequential([dense], dtype=dtype, seed=0)
    assert same_bits(block.theta, plain.theta)
    for rows in (1, 2, 5):
        x, dy = rng.standard_normal((2, rows, width)).astype(dtype)
        assert same_bits(block.forward(x), plain.forward(x) + x + x)
        assert_close(block.backward(dy), plain.backward(dy) + 2 * dy, dtype, k=2)
        assert same_bits(block.grad, plain.grad)
        assert same_bits(block.predict(x), block.forward(x))


def test_the_first_blocks_bypass_needs_no_gradient(core, dtype, rng):
    model = fm.Sequential(
        [fm.Residual([fm.Activation("tanh")]), fm.Dense(2)], in_features=3, dtype=dtype, seed=0
    )
    x, dy = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    model.forward(x)
    assert model.backward(dy, need_dx=False) is None
    grad = model.grad.copy()
    model.forward(x)
    dx = model.backward(dy)
    assert same_bits(model.grad, grad)
    inner = F.tanh_backward(dy @ model.parameters()["1.weight"].T, x)
    assert_close(dx, inner + dy @ model.parameters()["1.weight"].T, dtype, k=8)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fm.Residual([]), ValueError, "Residual: layers must hold at least one layer"),
        (lambda: fm.Residual(fm.Dense(2)), TypeError, r"layers must be a list"),
        (lambda: fm.Residual([fm.Dense(2), "relu"]), TypeError, r"layers\[1\] must be a layer"),
        (lambda: fm.Sequential([fm.Residual([fm.Dense(2)])], in_features=3), ValueError,
         r"must give back the 3 features they get, got 2; end the block with fm.Dense\(3\)"),
        (lambda: fm.Sequential([fm.Dense(2), fm.Residual([fm.Dense(2, in_features=3)])],
                               in_features=2), ValueError, r"layers\[1\] has in_features=3"),
        (lambda: fm.Sequential(
            [fm.Residual([fm.Dense(2, in_features=2), fm.Dense(2, in_features=3)])]),
         ValueError, r"Residual: layers\[1\] has in_features=3, but the layer before it gives 2"),
    ],
)  # fmt: skip
def test_bad_blocks(make, error, message):
    with pytest.raises(error, match=message):
        make()

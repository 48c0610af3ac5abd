"""Dense kernels: hand numbers, the float64 product, sizes around every tile and packet."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import SIZES, assert_close, same_bits


def _operands(rng, batch, n_in, n_out, dtype):
    x = rng.standard_normal((batch, n_in)).astype(dtype)
    W = rng.standard_normal((n_in, n_out)).astype(dtype)
    return x, W, rng.standard_normal(n_out).astype(dtype)


def test_hand_worked(core, dtype):
    x = np.array([[1, 2], [3, 4]], dtype)
    W = np.array([[1, 0, 2], [0, 1, -1]], dtype)
    b = np.array([10, 20, 30], dtype)
    assert F.dense(x, W, b).tolist() == [[11, 22, 30], [13, 24, 32]]
    dx, dW, db = F.dense_backward(np.array([[1, 0, 1], [0, 2, 0]], dtype), x, W)
    assert dx.tolist() == [[3, -1], [0, 2]]
    assert dW.tolist() == [[1, 6, 1], [2, 8, 2]]
    assert db.tolist() == [1, 2, 1]


def _compare(rng, batch, n_in, n_out, dtype):
    x, W, b = _operands(rng, batch, n_in, n_out, dtype)
    dy = rng.standard_normal((batch, n_out)).astype(dtype)
    x8, W8, dy8 = (a.astype(np.float64) for a in (x, W, dy))
    y = F.dense(x, W, b)
    dx, dW, db = F.dense_backward(dy, x, W)
    assert y.shape == (batch, n_out) and y.dtype == dtype
    # A sum's error grows with the sum of the magnitudes, not with what is left of it.
    for actual, left, right, offset in ((y, x8, W8, b), (dx, dy8, W8.T, 0), (dW, x8.T, dy8, 0)):
        size = float(np.max(np.abs(left) @ np.abs(right), initial=0.0))
        assert_close(actual, left @ right + offset, dtype, scale=size)
    assert_close(db, dy8.sum(axis=0), dtype, scale=float(np.max(np.abs(dy8).sum(axis=0))))


@pytest.mark.parametrize("n_out", SIZES[1:])
def test_every_width_against_float64(core, dtype, rng, n_out):
    for batch in (0, 1, 2, 13, 14, 15, 29):
        for n_in in (1, 3, 16, 65, 257):
            _compare(rng, batch, n_in, n_out, dtype)


@pytest.mark.parametrize("shape", [(200, 700, 600), (33, 1100, 40), (130, 40, 1000), (3, 600, 500)])
def test_sizes_that_are_packed(core, dtype, rng, shape):
    _compare(rng, *shape, dtype)


@pytest.mark.parametrize("shape", [(37, 20, 10), (50, 600, 70), (300, 300, 300)])
def test_a_row_does_not_depend_on_its_batch(core, dtype, rng, shape):
    if core.level == "numpy":
        pytest.skip("NumPy's product may sum a batch in another order than a single row")
    x, W, b = _operands(rng, *shape, dtype)
    y = F.dense(x, W, b, "tanh")
    for rows in (slice(0, 1), slice(5, 6), slice(3, 20)):
        assert same_bits(F.dense(x[rows], W, b, "tanh"), y[rows])


def test_any_layout_gives_the_bits_of_the_contiguous_copy(core, dtype, rng):
    x, W, b = _operands(rng, 19, 33, 21, dtype)
    y = F.dense(x, W, b)
    wide = np.zeros((19, 70), dtype)
    wide[:, 1:67:2] = x
    misaligned = np.zeros(x.nbytes + 1, np.uint8)[1:].view(dtype).reshape(x.shape)
    misaligned[...] = x
    for layout in (
        np.asfortranarray(x),
        wide[:, 1:67:2],
        x[::-1].copy()[::-1],
        misaligned,
        x.astype(x.dtype.newbyteorder()),
    ):
        before = layout.copy()
        assert same_bits(F.dense(layout, np.asfortranarray(W), b), y)
        assert (layout == before).all()


def test_out_is_filled_and_checked(core, rng):
    x, W, b = _operands(rng, 4, 3, 2, np.float32)
    out = np.empty((4, 2), np.float32)
    assert F.dense(x, W, b, out=out) is out
    for bad, message in (
        (np.empty((4, 3), np.float32), "shape"),
        (np.empty((4, 2)), "float32"),
        (np.empty((2, 4), np.float32).T, "C-contiguous"),
    ):
        with pytest.raises(ValueError, match=message):
            F.dense(x, W, b, out=bad)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        F.dense(x, W, b, out=out)
    square = np.ones((2, 2), np.float32)
    with pytest.raises(ValueError, match="overlap"):
        F.dense(square, square.copy(), out=square)


@pytest.mark.parametrize("activation", ["identity", "gelu"])
def test_exact_arrays_give_the_bits_of_checked_ones(core, dtype, rng, activation):
    """With `out` exact arrays skip the checks in Python, other layouts do not."""
    x, W, b = _operands(rng, 5, 7, 9, dtype)
    for bias in (b, None):
        wanted = F.dense(np.asfortranarray(x), W, bias, activation)
        out = np.empty((5, 9), dtype)
        assert F.dense(x, W, bias, activation, out=out) is out
        assert same_bits(out, wanted)


@pytest.mark.parametrize(
    ("x", "W", "b", "message"),
    [
        ((4, 3), (2, 2), (2,), "W must have shape"),
        ((5, 3), (3, 2), (2,), "out must have shape"),
        ((4, 3), (3, 2), (3,), "b must have shape"),
        ((4,), (3, 2), (2,), "x must have shape"),
    ],
)
def test_exact_arrays_of_wrong_shapes_are_refused(core, x, W, b, message):
    arrays = [np.ones(shape, np.float32) for shape in (x, W, b)]
    out = np.zeros((4, 2), np.float32)
    with pytest.raises(ValueError, match=message):
        F.dense(*arrays, out=out)
    assert not out.any()


def test_exact_arrays_may_not_share_memory_with_out(core):
    x, W, memory = np.ones((1, 2), np.float32), np.ones((2, 2), np.float32), np.ones(3, np.float32)
    with pytest.raises(ValueError, match="overlap"):
        F.dense(x, W, memory[1:], out=memory[:2].reshape(1, 2))
    with pytest.raises(ValueError, match="overlap"):
        F.dense(memory[:2].reshape(1, 2), W, out=memory[1:].reshape(1, 2))
    with pytest.raises(ValueError, match="overlap"):
        F.dense(x, W, out=W[:1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1.0, 2.0]], [[1.0]]), ValueError, r"dense: W must have shape \(2, out_features\)"),
        (([[1.0]], [[1.0]], [1.0, 2.0]), ValueError, r"b must have shape \(1,\)"),
        (([1.0], [[1.0]]), ValueError, r"x must have shape \(batch, in_features\)"),
        (([[1j]], [[1.0]]), TypeError, "real numbers"),
        (([["a"]], [[1.0]]), TypeError, "real numbers"),
        (([[1.0]], [[1.0]], None, "rely"), ValueError, "must be one of identity, sigmoid"),
        (([[1.0], [1.0, 2.0]], [[1.0]]), ValueError, "rectangular"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        F.dense(*arguments)


def test_large_weights_give_the_same_bits_for_any_team(core, dtype, rng):
    """From 128 K weights on the team splits the columns, of the product and its activation."""
    x, W = (
        rng.standard_normal((66, 260)).astype(dtype),
        rng.standard_normal((260, 530)).astype(dtype),
    )
    b, dy = rng.standard_normal(530).astype(dtype), rng.standard_normal((66, 530)).astype(dtype)
    found = []
    for threads in (1, 2, 3):
        with fm.num_threads(threads):
            y = F.dense(x, W, b, activation="gelu")
            found.append((y, *F.dense_backward(dy, x, W)))
    assert_close(found[0][0], F.gelu(x @ W + b), dtype, k=260)
    for others in found[1:]:
        for one, other in zip(found[0], others, strict=True):
            assert same_bits(one, other)

"""Dropout: masks of the counter-based stream, scaling, the layer in training and inference."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.core.reference import dropout_forward
from support import SIZES, same_bits


def twin_mask(p, seed, stream, step, shape):
    x, mask = np.ones(shape), np.empty(shape, bool)
    dropout_forward(p, seed, stream, step, x, np.empty_like(x), mask)
    return mask


def test_hand_worked(core, dtype):
    # Philox4x32-10 of counter 0 and key 0 begins 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (the known
    # answers of Random123), as shares of 2**32: 0.399, 0.881, 0.736, 0.605.
    mask = np.empty(4, bool)
    core.dropout_forward(0.7, 0, 0, 0, np.ones(4, dtype), np.empty(4, dtype), mask)
    assert mask.tolist() == [False, True, True, False]
    x = np.array([1, -2, 3, 4], dtype)
    y, mask = F.dropout(x, 0.5, seed=3)
    assert mask.tolist() == [False, False, True, True]
    assert y.tolist() == [0, 0, 6, 8] and y.dtype == dtype
    assert F.dropout_backward(np.array([1, 1, 1, -1], dtype), mask, 0.75).tolist() == [0, 0, 4, -4]


@pytest.mark.parametrize("size", [*SIZES, 4095, 100_003])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_masks_are_the_twins_for_every_size(core, dtype, rng, size, p):
    x = rng.standard_normal(size).astype(dtype)
    y, mask = F.dropout(x, p, seed=2**40 + 7, step=2**33 + 5)
    assert (mask == twin_mask(p, 2**40 + 7, 16, 2**33 + 5, size)).all()
    scale = dtype(1 / (1 - p))
    assert same_bits(y, x * (mask * scale))
    assert same_bits(F.dropout_backward(x, mask, p), y)


def test_masks_do_not_depend_on_threads(core):
    x = np.ones((301, 333), np.float32)
    found = []
    for n in (1, 2, 3, 4, 8):
        with fm.num_threads(n):
            found.append(F.dropout(x, 0.3, seed=1)[1])
    assert all((f == found[0]).all() for f in found)


def test_statistics(core):
    x = np.ones(400_000)
    for p in (0.05, 0.5, 0.8):
        y, mask = F.dropout(x, p, seed=4)
        deviation = (p * (1 - p) / x.size) ** 0.5
        assert abs(mask.mean() - (1 - p)) < 4 * deviation
        # The mean stays.
        assert abs(y.mean() - 1) < 4 * deviation / (1 - p)
        # Neighbours and steps are independent.
        assert abs((mask[1:] & mask[:-1]).mean() - (1 - p) ** 2) < 8 * deviation
        assert abs((mask & F.dropout(x, p, seed=4, step=1)[1]).mean() - (1 - p) ** 2) < (
            8 * deviation
        )


def test_the_ends_of_p(core, dtype):
    x = np.array([1, -2, np.nan, np.inf], dtype)
    y, mask = F.dropout(x, 0, seed=0)
    assert same_bits(y, x) and mask.all()
    y, mask = F.dropout(x[:2], 1, seed=0)
    assert (y == 0).all() and not mask.any()
    assert not F.dropout_backward(x[:2], mask, 1).any()
    # A dropped NaN is still seen.
    assert np.isnan(F.dropout(np.full(64, np.nan, dtype), 0.5, seed=0)[0]).all()


def test_any_shape_layout_and_out(core, rng):
    x = rng.standard_normal((6, 10)).astype(np.float32)
    y, mask = F.dropout(x, 0.5, seed=1)
    again, mask2 = F.dropout(np.asfortranarray(x), 0.5, seed=1)
    assert same_bits(again, y) and (mask == mask2).all()
    assert F.dropout(np.float64(2), 0.0, seed=1)[0] == 2 and F.dropout([], 0.5, seed=1)[0].size == 0
    inplace = x.copy()
    assert F.dropout(inplace, 0.5, seed=1, out=inplace)[0] is inplace and same_bits(inplace, y)
    dx = F.dropout_backward(x, np.asfortranarray(mask), 0.5)
    assert same_bits(dx, y)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.dropout([1.0], 1.1, seed=0), ValueError, r"dropout: p must be in \[0, 1\]"),
        (lambda: F.dropout([1.0], -0.1, seed=0), ValueError, "p must be in"),
        (lambda: F.dropout([1.0], np.nan, seed=0), ValueError, "p must be in"),
        (lambda: F.dropout([1.0], "a", seed=0), TypeError, "p must be a number"),
        (lambda: F.dropout([1.0], 0.5, seed=None), TypeError, "seed must be an integer"),
        (lambda: F.dropout([1.0], 0.5, seed=-1), ValueError, "seed must be in"),
        (lambda: F.dropout([1.0], 0.5, seed=0, step=-1), ValueError, "step must be in"),
        (lambda: F.dropout([1j], 0.5, seed=0), TypeError, "real numbers"),
        (lambda: F.dropout([1.0], 0.5, seed=0, out=np.empty(2, "f4")), ValueError, "shape"),
        (lambda: F.dropout_backward([1.0], np.ones(1), 0.5), TypeError, "mask must hold bools"),
        (lambda: F.dropout_backward([1.0], np.ones(2, bool), 0.5), ValueError, "shape of dy"),
        (lambda: fm.Dropout(2), ValueError, r"Dropout: p must be in \[0, 1\]"),
        (lambda: fm.Dropout(True), TypeError, "p must be a number"),
        (lambda: fm.MLP([2, 3, 1], dropout=-1), ValueError, "MLP: dropout must be in"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_layer_draws_by_seed_step_and_position(core, dtype):
    layers = [fm.Dropout(0.5), fm.Activation("relu"), fm.Dropout(0.25)]
    model = fm.Sequential(layers, in_features=13, dtype=dtype, seed=9)
    x = np.ones((7, 13), dtype)
    assert same_bits(model.forward(x), x)
    for step in range(3):
        assert model.steps_trained == step
        first = twin_mask(0.5, 9, 16, step, (7, 13))
        last = twin_mask(0.25, 9, 18, step, (7, 13))
        expected = (first * dtype(2)) * (last * dtype(1 / 0.75))
        assert same_bits(model.forward(x, training=True), expected)
        assert same_bits(model.backward(x), expected)
    model.forward(x)
    assert same_bits(model.backward(x), x)
    assert same_bits(model.predict(x), x)


def test_a_networks_first_dropout_is_the_function(core):
    x = np.ones((5, 9), np.float32)
    model = fm.Sequential([fm.Dropout(0.4)], in_features=9, seed=21)
    assert same_bits(model.forward(x, training=True), F.dropout(x, 0.4, seed=21)[0])
    assert same_bits(model.forward(x, training=True), F.dropout(x, 0.4, seed=21, step=1)[0])


def test_twin_and_native_train_alike(core, rng, monkeypatch):
    x, y = rng.standard_normal((90, 6)), rng.integers(0, 3, 90)
    results = []
    for kernels in (core, fm.core.backend.load("numpy")):
        monkeypatch.setattr(fm.core.backend, "core", kernels)
        model = fm.MLP([6, 20, 20, 3], dropout=0.3, dtype="float64", seed=3)
        history = model.fit(x, y, loss="cross_entropy", epochs=5, batch_size=16)
        results.append((model.theta.copy(), history.history["loss"]))
    # One other mask would change the third digit.
    np.testing.assert_allclose(*(theta for theta, _ in results), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(*(loss for _, loss in results), rtol=1e-12)


@pytest.mark.peers
def test_torchs_dropout_has_the_same_statistics(core):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    torch.manual_seed(0)
    theirs = torch.nn.Dropout(0.3)(torch.ones(200_000)).numpy()
    ours = F.dropout(np.ones(200_000, np.float32), 0.3, seed=0)[0]
    assert np.unique(theirs).tolist() == np.unique(ours).tolist()
    assert abs(theirs.mean() - ours.mean()) < 0.01
    assert abs(theirs.var() - ours.var()) < 0.01

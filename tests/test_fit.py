"""Training: the lecture's XOR net, the loop against its own pieces, bits and seeds."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import assert_close, classes_data, same_bits

XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR_Y = np.array([0, 1, 1, 0])


@pytest.mark.parametrize("seed", range(10))
def test_two_layers_solve_xor(core, seed):
    model = fm.MLP([2, 8, 2], activation="tanh", seed=seed)
    model.fit(XOR_X, XOR_Y, loss="cross_entropy", optimizer=fm.optim.Adam(lr=0.05), epochs=400)
    assert model.predict(XOR_X).argmax(axis=1).tolist() == XOR_Y.tolist()


def test_one_layer_solves_xor_only_with_the_product_as_a_feature(core):
    def accuracy(x):
        model = fm.MLP([x.shape[1], 2], seed=0)
        model.fit(x, XOR_Y, loss="cross_entropy", optimizer=fm.optim.Adam(lr=0.05), epochs=400)
        return model.evaluate(x, XOR_Y, loss="cross_entropy", metrics=["accuracy"])["accuracy"]

    assert accuracy(XOR_X) <= 0.75
    assert accuracy(np.column_stack([XOR_X, XOR_X[:, 0] * XOR_X[:, 1]])) == 1.0


# Wide enough that columns are split between threads and strips of gradients are never stored.
WIDE = 400


@pytest.mark.parametrize("width", [16, WIDE])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam", "rmsprop"])
def test_fit_is_its_python_level_pieces_to_the_last_bit(core, dtype, rng, optimizer, width):
    if core.level == "numpy":
        pytest.skip("the twin sums losses over a batch in NumPy's own order")
    x, y = classes_data(rng, 50, dtype=dtype)
    a = fm.MLP([6, width, width, 3], "tanh", dtype=dtype, seed=0)
    b = a.copy()
    a.fit(x, y, loss="cross_entropy", optimizer=optimizer, epochs=3, batch_size=16, shuffle=False)
    opt = fm.optim.get(optimizer)
    for _ in range(3):
        for i in range(0, 50, 16):
            pred = b.forward(x[i : i + 16], training=True)
            _, dpred = F.cross_entropy_value_and_grad(pred, y[i : i + 16])
            b.backward(dpred, need_dx=False)
            opt.step(b)
    assert same_bits(a.theta, b.theta)


@pytest.mark.parametrize(
    ("loss", "optimizer"),
    [("cross_entropy", fm.optim.Adam(lr=0.01)), ("mse", fm.optim.SGD(lr=0.05, momentum=0.9)),
     ("binary_cross_entropy", fm.optim.SGD(lr=0.1, momentum=0.5, nesterov=True))],
)  # fmt: skip
def test_twin_and_native_train_alike_with_shuffling(core, dtype, rng, monkeypatch, loss, optimizer):
    x, y = classes_data(rng, 90, dtype=dtype)
    y = y if loss == "cross_entropy" else np.eye(3, dtype=dtype)[y]
    weights = rng.uniform(0.5, 2, 90)
    runs = []
    for kernels in (core, fm.core.backend.load("numpy")):
        monkeypatch.setattr(fm.core.backend, "core", kernels)
        model = fm.MLP([6, 17, 3], "softplus", dtype=dtype, seed=1)
        optimizer.reset()
        history = model.fit(x, y, loss=loss, optimizer=optimizer, epochs=5, batch_size=32,
                            sample_weight=weights, clip_grad_norm=0.5)  # fmt: skip
        runs.append((model.theta.copy(), history.history["loss"]))
    assert_close(runs[0][0], runs[1][0], dtype, k=500)
    assert_close(runs[0][1], runs[1][1], dtype, k=200)


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("sizes", [[6, 8, 3], [6, 300, 300, 3], [6, WIDE, WIDE, 3]])
def test_same_bits_for_any_number_of_threads(core, dtype, rng, sizes, clip):
    x, y = classes_data(rng, 400, dtype=dtype)
    found = []
    for threads in (1, 2, 4, 3, 2, 1):
        model = fm.MLP(sizes, "gelu", seed=0, dtype=dtype)
        history = model.fit(x, y, loss="cross_entropy", epochs=2, batch_size=150,
                            clip_grad_norm=clip, num_threads=threads)  # fmt: skip
        found.append((model.theta.tobytes(), history.history["loss"]))
    assert all(f == found[0] for f in found)


def test_two_fits_equal_one_of_their_sum(core, rng):
    x, y = classes_data(rng)
    a, b = fm.MLP([6, 8, 3], seed=0), fm.MLP([6, 8, 3], seed=0)
    a.fit(x, y, loss="cross_entropy", epochs=4)
    adam = fm.optim.Adam()
    b.fit(x, y, loss="cross_entropy", epochs=1, optimizer=adam)
    b.fit(x, y, loss="cross_entropy", epochs=3, optimizer=adam)
    assert same_bits(a.theta, b.theta)


def test_an_explicit_seed_repeats_a_fit(core, rng):
    x, y = classes_data(rng)
    model = fm.MLP([6, 8, 3], seed=0)
    other = model.copy()
    model.fit(x, y, loss="cross_entropy", epochs=2, seed=7)
    other.epochs_trained = 11
    other.fit(x, y, loss="cross_entropy", epochs=2, seed=7)
    assert same_bits(model.theta, other.theta)


def test_each_epoch_has_its_own_order(core):
    orders = [core.permutation(3, epoch, 1000) for epoch in range(3)]
    for order in orders:
        assert (np.sort(order) == np.arange(1000)).all()
    assert (orders[0] != orders[1]).mean() > 0.9 and (orders[1] != orders[2]).mean() > 0.9
    assert (fm.core.backend.load("numpy").permutation(3, 0, 1000) == orders[0]).all()
    # A uniform shuffle leaves one fixed point on average.
    fixed = [(core.permutation(s, 0, 50) == np.arange(50)).sum() for s in range(2000)]
    assert abs(np.mean(fixed) - 1) < 0.1
    assert core.permutation(0, 0, 0).size == 0 and core.permutation(0, 0, 1).tolist() == [0]

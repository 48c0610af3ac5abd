"""Training: the lecture's XOR net, the loop against its own pieces, options, faults."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import assert_close, same_bits

XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR_Y = np.array([0, 1, 1, 0])


def _data(rng, n=300, features=6, classes=3, dtype=np.float32):
    x = rng.standard_normal((n, features)).astype(dtype)
    y = (x @ rng.standard_normal((features, classes))).argmax(axis=1)
    return x, y


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
    x, y = _data(rng, 50, dtype=dtype)
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
    x, y = _data(rng, 90, dtype=dtype)
    y = y if loss == "cross_entropy" else np.eye(3, dtype=dtype)[y]
    weights = rng.uniform(0.5, 2, 90)
    runs = []
    for backend in (core, fm._backend.load("numpy")):
        monkeypatch.setattr(fm._backend, "core", backend)
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
    x, y = _data(rng, 400, dtype=dtype)
    found = []
    for threads in (1, 2, 4, 3, 2, 1):
        model = fm.MLP(sizes, "gelu", seed=0, dtype=dtype)
        history = model.fit(x, y, loss="cross_entropy", epochs=2, batch_size=150,
                            clip_grad_norm=clip, num_threads=threads)  # fmt: skip
        found.append((model.theta.tobytes(), history.history["loss"]))
    assert all(f == found[0] for f in found)


def test_two_fits_equal_one_of_their_sum(core, rng):
    x, y = _data(rng)
    a, b = fm.MLP([6, 8, 3], seed=0), fm.MLP([6, 8, 3], seed=0)
    a.fit(x, y, loss="cross_entropy", epochs=4)
    adam = fm.optim.Adam()
    b.fit(x, y, loss="cross_entropy", epochs=1, optimizer=adam)
    b.fit(x, y, loss="cross_entropy", epochs=3, optimizer=adam)
    assert same_bits(a.theta, b.theta)


def test_an_explicit_seed_repeats_a_fit(core, rng):
    x, y = _data(rng)
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
    assert (fm._backend.load("numpy").permutation(3, 0, 1000) == orders[0]).all()
    # A uniform shuffle leaves one fixed point on average.
    fixed = [(core.permutation(s, 0, 50) == np.arange(50)).sum() for s in range(2000)]
    assert abs(np.mean(fixed) - 1) < 0.1
    assert core.permutation(0, 0, 0).size == 0 and core.permutation(0, 0, 1).tolist() == [0]


def test_layouts_and_dtypes_train_alike(core, rng):
    x, y = _data(rng)
    x = np.round(x * 8).clip(-100, 100)
    thetas = []
    wide = np.zeros((600, 20))
    wide[::2, 3:9] = x
    for data in (x, x.astype("f8"), x.astype("i1"), x.astype(">f4"), np.asfortranarray(x),
                 wide[::2, 3:9], x.tolist(), x.astype("f2")):  # fmt: skip
        model = fm.MLP([6, 8, 3], seed=0)
        model.fit(data, y, loss="cross_entropy", epochs=1)
        thetas.append(model.theta)
    assert all(same_bits(t, thetas[0]) for t in thetas)


def test_weights_count_rows(core, dtype, rng):
    x, y = _data(rng, 20, dtype=dtype)
    twice = fm.MLP([6, 3], seed=0, dtype=dtype)
    weighted = twice.copy()
    twice.fit(np.vstack([x, x[:5]]), np.append(y, y[:5]), loss="cross_entropy", optimizer="sgd",
              epochs=3, batch_size=25, shuffle=False)  # fmt: skip
    weights = np.where(np.arange(20) < 5, 2.0, 1.0)
    weighted.fit(x, y, loss="cross_entropy", optimizer="sgd", epochs=3, shuffle=False,
                 sample_weight=weights)  # fmt: skip
    assert_close(weighted.theta, twice.theta, dtype, k=8)

    balanced, by_hand = fm.MLP([6, 3], seed=0), fm.MLP([6, 3], seed=0)
    counts = np.bincount(y, minlength=3)
    balanced.fit(x, y, loss="cross_entropy", class_weight="balanced", epochs=1)
    by_hand.fit(x, y, loss="cross_entropy", sample_weight=(20 / (3 * counts))[y], epochs=1)
    assert same_bits(balanced.theta, by_hand.theta)
    by_loss = fm.MLP([6, 3], seed=0)
    by_loss.fit(x, y, loss=fm.Loss("cross_entropy", class_weight=20 / (3 * counts)), epochs=1)
    assert same_bits(balanced.theta, by_loss.theta)


@pytest.mark.parametrize("shape", [(20,), (20, 1)])
def test_class_weights_of_binary_losses(core, dtype, rng, shape):
    x = rng.standard_normal((20, 6)).astype(dtype)
    t = np.where(np.arange(20) < 5, 1, 0)
    weights = rng.uniform(0.5, 2, 20)

    def theta(y, loss="binary_cross_entropy", **options):
        model = fm.MLP([6, 1], seed=0, dtype=dtype)
        return model.fit(x, y.reshape(shape), loss=loss, epochs=2, **options) and model.theta

    by_hand = theta(t, sample_weight=weights * np.where(t == 1, 3.0, 0.5))
    for class_weight in ({0: 0.5, 1: 3.0}, [0.5, 3.0]):
        assert same_bits(theta(t, sample_weight=weights, class_weight=class_weight), by_hand)
    balanced = theta(t, sample_weight=np.where(t == 1, 20 / (2 * 5), 20 / (2 * 15)))
    assert same_bits(theta(t, class_weight="balanced"), balanced)
    soft = rng.uniform(0, 1, 20).astype(dtype)
    weighed = theta(soft, class_weight=[1, 2])
    assert_close(weighed, theta(soft, sample_weight=1 + soft.astype("f8")), dtype)
    assert same_bits(theta(2 * t - 1, "hinge", class_weight=[1, 2]),
                     theta(2 * t - 1, "hinge", sample_weight=1.0 + t))  # fmt: skip
    with pytest.raises(ValueError, match="class_weight needs classes"):
        theta(t, "mse", class_weight=[1, 2])


def test_class_weights_with_probabilities_and_column_targets(core, rng):
    x, y = _data(rng, 30)
    counts = np.bincount(y, minlength=3)
    runs = [(y, "balanced"), (y[:, None], "balanced"), (np.eye(3)[y], "balanced"),
            (y, 30 / (3 * counts)), (np.eye(3)[y], dict(enumerate(30 / (3 * counts))))]  # fmt: skip
    thetas = []
    for target, class_weight in runs:
        model = fm.MLP([6, 3], seed=0)
        model.fit(x, target, loss="cross_entropy", class_weight=class_weight, epochs=1)
        thetas.append(model.theta)
    assert all(np.allclose(t, thetas[0], rtol=1e-5, atol=1e-7) for t in thetas)


def test_class_weights_weigh_the_training_rows_only(core, rng):
    x, y = _data(rng, 100)
    options = {"loss": "cross_entropy", "epochs": 1, "optimizer": fm.optim.SGD(lr=0.0)}
    plain = fm.MLP([6, 3], seed=0).fit(x, y, validation_split=0.3, **options)
    weighed = fm.MLP([6, 3], seed=0).fit(x, y, validation_split=0.3, class_weight=[1, 5, 9],
                                         **options)  # fmt: skip
    assert weighed.history["val_loss"] == plain.history["val_loss"]
    assert weighed.history["loss"] != plain.history["loss"]


class _Frame:
    """What a DataFrame is to NumPy."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


def test_frames_lists_and_integer_targets_train_alike(core, rng):
    x = np.round(4 * rng.standard_normal((50, 6))).clip(-9, 9)
    t = x.sum(axis=1)
    thetas = []
    for data, target in ((x, t), (_Frame(x), _Frame(t)), (x.tolist(), t.tolist()),
                         (x.astype("i2"), t.astype("i8")), (x.astype("f8"), t[:, None]),
                         (x, t.astype(">f4")), (x, np.asfortranarray(t[:, None]))):  # fmt: skip
        model = fm.MLP([6, 4, 1], seed=0)
        history = model.fit(data, target, loss="mse", epochs=2, validation_split=0.2)
        thetas.append(model.theta)
    assert np.isfinite(history.history["val_loss"]).all()
    assert all(same_bits(theta, thetas[0]) for theta in thetas)


@pytest.mark.parametrize("kind", ["f4", "f8", "u1"])
def test_memmaps_are_never_copied_as_a_whole(core, tmp_path, kind):
    import tracemalloc

    x = np.memmap(tmp_path / "x", kind, "w+", shape=(2**25 // np.dtype(kind).itemsize // 256, 256))
    x[::7] = 1
    model = fm.MLP([256, 4, 256], seed=0)
    tracemalloc.start()
    try:
        # An autoencoder: the targets, too, stay where they are.
        model.fit(x, x, loss="mse", epochs=1, batch_size=256, validation_split=0.1, shuffle=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**25 / 3  # the data are 32 MB


@pytest.mark.peers
@pytest.mark.parametrize("clip", [{"clip_grad_norm": 0.3}, {"clip_grad_value": 0.02}])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_torch_loop_reaches_the_same_weights(core, rng, clip, optimizer):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    x, y = _data(rng, 103, dtype=np.float64)
    weights, class_weight = rng.uniform(0.2, 3, 103), np.array([1.0, 2.0, 0.5])
    schedule = fm.schedules.cosine(0.05, steps=7 * 10)
    model = fm.MLP([6, 20, 3], "tanh", dtype="float64", seed=0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 20), torch.nn.Tanh(), torch.nn.Linear(20, 3))
    net = net.double()
    with torch.no_grad():
        for theirs, ours in zip(net.parameters(), model.parameters().values(), strict=True):
            theirs.copy_(torch.from_numpy(ours.T.copy()))
    ours, theirs = {
        "adam": (fm.optim.Adam(lr=schedule), torch.optim.Adam),
        "sgd": (fm.optim.SGD(lr=schedule, momentum=0.9, nesterov=True),
                lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True)),
    }[optimizer]  # fmt: skip
    model.fit(x, y, loss="cross_entropy", optimizer=ours, epochs=10, batch_size=16, shuffle=False,
              sample_weight=weights, class_weight=class_weight, **clip)  # fmt: skip
    opt, step = theirs(net.parameters(), lr=1.0), 0
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)
    tw = torch.from_numpy(weights * class_weight[y])
    for _ in range(10):
        for i in range(0, 103, 16):
            part = slice(i, i + 16)
            opt.param_groups[0]["lr"] = schedule(step)
            opt.zero_grad()
            rows = torch.nn.functional.cross_entropy(net(tx[part]), ty[part], reduction="none")
            ((tw[part] * rows).sum() / tw[part].sum()).backward()
            if "clip_grad_norm" in clip:
                torch.nn.utils.clip_grad_norm_(net.parameters(), clip["clip_grad_norm"])
            else:
                torch.nn.utils.clip_grad_value_(net.parameters(), clip["clip_grad_value"])
            opt.step()
            step += 1
    for theirs, ours in zip(net.parameters(), model.parameters().values(), strict=True):
        np.testing.assert_allclose(ours.T, theirs.detach().numpy(), rtol=1e-7, atol=1e-9)


def test_validation_split_is_seeded_and_stratified(core, rng):
    x, y = _data(rng, 400)
    histories = []
    for _ in range(2):
        model = fm.MLP([6, 8, 3], seed=0)
        histories.append(model.fit(x, y, loss="cross_entropy", epochs=2, validation_split=0.25,
                                   metrics=["accuracy"]))  # fmt: skip
    assert histories[0].history["val_loss"] == histories[1].history["val_loss"]
    assert set(histories[0].history) == {
        "loss", "lr", "seconds", "accuracy", "val_loss", "val_accuracy"}  # fmt: skip
    train, held = fm._data.split(400, 0.25, np.random.default_rng(0), y)
    assert len(held) == 100 and not set(train) & set(held) and len(train) == 300
    share = np.bincount(y[held], minlength=3) / np.bincount(y, minlength=3)
    assert np.abs(share - 0.25).max() < 0.02


def test_validation_data_and_evaluate_agree(core, rng):
    x, y = _data(rng, 200)
    model = fm.MLP([6, 8, 3], seed=0)
    history = model.fit(x[:150], y[:150], loss="cross_entropy", epochs=2,
                        validation_data=(x[150:], y[150:]), metrics=["accuracy"])  # fmt: skip
    found = model.evaluate(x[150:], y[150:], loss="cross_entropy", metrics=["accuracy"])
    assert found["loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-12)
    assert found["accuracy"] == history.history["val_accuracy"][-1]
    small = model.evaluate(x[150:], y[150:], loss="cross_entropy", batch_size=7)
    assert small["loss"] == pytest.approx(found["loss"], rel=1e-6)
    assert found["loss"] == pytest.approx(
        F.cross_entropy(model.predict(x[150:]), y[150:]), rel=1e-6
    )


def test_a_custom_loss_is_called_once_per_batch(core, dtype, rng):
    x = rng.standard_normal((10, 4)).astype(dtype)
    y = rng.standard_normal((10, 2)).astype(dtype)
    calls = []

    def loss(pred, target, sample_weight):
        calls.append((pred.shape, target.shape, sample_weight))
        return F.mse_value_and_grad(pred, target)

    a, b = fm.MLP([4, 8, 2], seed=0, dtype=dtype), fm.MLP([4, 8, 2], seed=0, dtype=dtype)
    ha = a.fit(x, y, loss=loss, epochs=2, batch_size=4, num_threads=2)
    hb = b.fit(x, y, loss="mse", epochs=2, batch_size=4)
    assert_close(a.theta, b.theta, dtype, k=4)
    assert_close(ha.history["loss"], hb.history["loss"], dtype, k=4)
    assert [c[0] for c in calls[:3]] == [(4, 2), (4, 2), (2, 2)] and calls[0][2] is None

    def broken(pred, target, sample_weight):
        raise ZeroDivisionError("mine")

    before = a.theta.copy()
    with pytest.raises(ZeroDivisionError, match="mine"):
        a.fit(x, y, loss=broken)
    assert same_bits(a.theta, before)
    with pytest.raises(TypeError, match=r"must return \(value, dpred\)"):
        a.fit(x, y, loss=lambda p, t, w: 1.0)
    with pytest.raises(ValueError, match=r"dpred of shape \(10, 2\)"):
        a.fit(x, y, loss=lambda p, t, w: (1.0, p[:, :1]))
    assert same_bits(a.theta, before)
    a.fit(x, y, loss="mse", epochs=1)


def test_clipping_by_norm_and_value(core, rng):
    x, y = _data(rng, 32)
    for option, limit in (("clip_grad_norm", 0.01), ("clip_grad_value", 0.001)):
        model = fm.MLP([6, 3], seed=0)
        before = model.theta.copy()
        history = model.fit(x, y, loss="cross_entropy", optimizer=fm.optim.SGD(lr=1.0), epochs=1,
                            **{option: limit})  # fmt: skip
        step = before - model.theta
        if option == "clip_grad_norm":
            assert np.linalg.norm(step) == pytest.approx(limit, rel=1e-3)
            assert history.history["gradient_norm"][0] > limit
        else:
            assert np.abs(step).max() == pytest.approx(limit, rel=1e-3)


def test_a_schedule_is_followed_and_recorded(core, rng):
    x, y = _data(rng, 64)
    schedule = fm.schedules.exponential(0.1, 0.5)
    history = fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=3,
                                         optimizer=fm.optim.SGD(lr=schedule))  # fmt: skip
    assert history.history["lr"] == pytest.approx([schedule(1), schedule(3), schedule(5)])


def test_callbacks_are_told_and_may_stop(core, rng):
    x, y = _data(rng, 40)
    told = []
    log = fm.callbacks.LambdaCallback(
        lambda epoch, logs: told.append(epoch) or epoch == 1,
        on_train_begin=lambda logs: told.append("begin"),
        on_train_end=lambda logs: told.append("end"),
    )
    model = fm.MLP([6, 3], seed=0)
    history = model.fit(x, y, loss="cross_entropy", epochs=9, callbacks=[log])
    assert told == ["begin", 0, 1, "end"] and history.stopped_by == "callback"
    assert history.epochs == [0, 1] and model.history is history

    def fails(epoch, logs):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        model.fit(x, y, loss="cross_entropy", callbacks=[fm.callbacks.LambdaCallback(fails)])
    model.fit(x, y, loss="cross_entropy", epochs=1)


def test_max_seconds_stops_in_time(core, rng):
    x, y = _data(rng, 2000)
    start = time.perf_counter()
    history = fm.MLP([6, 64, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=10**6,
                                             max_seconds=0.3)  # fmt: skip
    assert history.stopped_by == "max_seconds" and time.perf_counter() - start < 5


def test_ctrl_c_ends_the_fit_and_keeps_the_model(core, rng):
    x, y = _data(rng, 2000)
    model = fm.MLP([6, 32, 3], seed=0)
    done = threading.Event()

    def press():
        # Python drops an interrupt that strikes inside a garbage collector's callback: press again.
        while not done.wait(0.3):
            signal.raise_signal(signal.SIGINT)

    presser = threading.Thread(target=press)
    with pytest.raises(KeyboardInterrupt):
        try:
            presser.start()
            model.fit(x, y, loss="cross_entropy", epochs=10**7, max_seconds=30)
        finally:
            done.set()
    presser.join()
    assert model.history.stopped_by == "interrupt" and np.isfinite(model.theta).all()
    model.fit(x, y, loss="cross_entropy", epochs=1)


def test_divergence_rolls_back_to_the_last_good_epoch(core, rng):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))
    model = fm.MLP([4, 16, 1], seed=0)
    kept = []
    keep = fm.callbacks.LambdaCallback(lambda e, logs: kept.append(model.theta.copy()) and None)
    with pytest.raises(fm.DivergedError, match="smaller learning rate") as caught:
        model.fit(x, y, loss="mse", optimizer=fm.optim.SGD(lr=50.0), epochs=200, callbacks=[keep])
    error = caught.value
    assert not np.isfinite(error.loss) and error.history.stopped_by == "diverged"
    assert len(error.history.epochs) == len(kept) == error.epoch
    if kept:
        assert same_bits(model.theta, kept[-1])
    assert np.isfinite(model.theta).all()


def test_one_fit_at_a_time(core, rng):
    x, y = _data(rng, 2000)
    model = fm.MLP([6, 32, 3], seed=0)
    started = threading.Event()
    begin = fm.callbacks.LambdaCallback(on_train_begin=lambda logs: started.set())
    options = {"loss": "cross_entropy", "max_seconds": 0.5, "callbacks": [begin]}
    other = threading.Thread(target=lambda: model.fit(x, y, epochs=9**9, **options))
    other.start()
    started.wait()
    with pytest.raises(fm.BusyError, match="another thread"):
        model.fit(x, y, loss="cross_entropy")
    other.join()


def test_train_batch_steps_and_keeps_a_named_optimizer(core, rng):
    x, y = _data(rng, 16)
    a, b = fm.MLP([6, 3], seed=0), fm.MLP([6, 3], seed=0)
    adam = fm.optim.Adam()
    for _ in range(3):
        la = a.train_batch(x, y, loss="cross_entropy", optimizer="adam")
        lb = b.train_batch(x, y, loss="cross_entropy", optimizer=adam)
        assert la == lb
    assert same_bits(a.theta, b.theta) and adam.step_count == 3


BAD_FITS = [
    ({"X": np.zeros((0, 6))}, ValueError, "at least one row"),
    ({"y": np.zeros(7, int)}, ValueError, "8 rows|shape"),
    ({"y": np.full(8, 3)}, ValueError, r"class indices in \[0, 2\], got 3 at row 0"),
    ({"y": np.full(8, -1)}, ValueError, "class indices"),
    ({"y": np.zeros(8)}, ValueError, "integer class indices"),
    ({"X": np.full((8, 6), np.nan)}, ValueError, "X must be finite.*row 0, column 0"),
    ({"X": np.full((8, 6), 1e39)}, ValueError, "X must be finite in float32"),
    ({"loss": "mse", "y": np.full((8, 3), np.inf)}, ValueError, "y must be finite"),
    ({"loss": "mae_"}, ValueError, "loss must be one of"),
    ({"loss": 3}, TypeError, "loss must be a name"),
    ({"optimizer": "adaam"}, ValueError, "optimizer must be one of"),
    ({"optimizer": fm.optim.Adam}, TypeError, r"write Adam\(\)"),
    ({"epochs": 0}, ValueError, "epochs must be in"),
    ({"epochs": 2.0}, TypeError, "epochs must be an integer"),
    ({"batch_size": True}, TypeError, "batch_size must be an integer"),
    ({"sample_weight": np.zeros(8)}, ValueError, "all zero"),
    ({"sample_weight": -np.ones(8)}, ValueError, "not be negative"),
    ({"sample_weight": np.full(8, np.nan)}, ValueError, "finite"),
    ({"class_weight": "even"}, ValueError, "balanced"),
    ({"class_weight": {5: 1.0}}, ValueError, "key 5"),
    ({"validation_split": 1.0}, ValueError, "validation_split must be in"),
    ({"validation_data": 3}, TypeError, "validation_data must be a tuple"),
    ({"validation_data": (np.zeros((2, 5)), [0, 1])}, ValueError, "validation_data: X must have"),
    ({"clip_grad_norm": 0.0}, ValueError, "clip_grad_norm must be in"),
    ({"clip_grad_norm": 1.0, "clip_grad_value": 1.0}, ValueError, "exclude each other"),
    ({"metrics": ["accurracy"]}, ValueError, "accuracy"),
    ({"callbacks": [print]}, TypeError, "fm.callbacks.Callback"),
    ({"progress": "yes"}, TypeError, "progress must be True or False"),
    ({"seed": -1}, ValueError, "seed must be in"),
    ({"num_threads": 0}, ValueError, "num_threads must be in"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_FITS, ids=lambda v: str(v)[:40])
def test_bad_input_leaves_the_model_unchanged(change, error, message, rng):
    x, y = _data(rng, 8)
    model = fm.MLP([6, 3], seed=0)
    before = model.theta.copy()
    arguments = {"X": x, "y": y, "loss": "cross_entropy", **change}
    with pytest.raises(error, match=message):
        model.fit(arguments.pop("X"), arguments.pop("y"), **arguments)
    assert same_bits(model.theta, before) and model.epochs_trained == 0


def test_progress_is_shown_when_asked(core, rng, capsys):
    x, y = _data(rng, 8)
    fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=2, progress=True)
    assert "epoch 2/2  loss " in capsys.readouterr().err
    fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=2)
    assert capsys.readouterr().err == ""

"""What fit is given: layouts, dtypes, memmaps, weights; against a PyTorch loop."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from support import assert_close, classes_data, same_bits


def test_layouts_and_dtypes_train_alike(core, rng):
    x, y = classes_data(rng)
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
    x, y = classes_data(rng, 20, dtype=dtype)
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
    x, y = classes_data(rng, 30)
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
    x, y = classes_data(rng, 100)
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
    x, y = classes_data(rng, 103, dtype=np.float64)
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

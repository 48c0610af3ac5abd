"""Embeddings of numbers: waves and pieces, against formulas, PyTorch and central differences."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from support import SIZES, assert_close, same_bits, twins_gradients

KINDS = {
    "periodic": {"frequencies": 5},
    "piecewise": {"bins": 4},
}


def embedding(kind, features=3, dim=2, dtype="float64", columns=None, inputs=None, **options):
    options = {**KINDS[kind], **options}
    layer = fm.NumericEmbedding(kind, dim, columns=columns, **options)
    return fm.Sequential([layer], in_features=inputs or features, dtype=dtype, seed=0)


def wave(dtype):
    """cos(2 pi x) by the layer."""
    model = embedding("periodic", 1, 1, dtype, frequencies=1)
    model.theta = [1, 0, 1, 0]
    return model


def test_periodic_by_hand(core, dtype):
    model = wave(dtype)
    x = np.array([[0], [0.25], [0.5], [0.75], [1], [-1 / 3], [1e6], [1e30]], dtype)
    y = model.forward(x)
    assert same_bits(y[:, 0], x[:, 0])
    assert_close(y[:6, 1], [1, 0, -1, 0, 1, np.cos(2 * np.pi * x[5, 0].astype(float))], dtype)
    assert y[6, 1] == 1 and abs(y[7, 1]) <= 1
    model.forward([[0.25]])
    # The value's own gradient, and the slope -2 pi sin(2 pi x).
    assert_close(model.backward([[10, 1]]), [[10 - 2 * np.pi]], dtype)
    assert_close(model.grad, [-2 * np.pi * 0.25, -1, 0, 1], dtype)
    assert np.isnan(model.predict([[np.nan], [np.inf]])[:, 1]).all()


def ulps(dtype, got, wanted):
    spacing = np.spacing(np.abs(wanted).astype(dtype)).astype(np.float64)
    return np.abs(got.astype(np.float64) - wanted) / spacing


def most(level):
    """A little above what docs/numerics.md says; v2 has no FMA."""
    return 3.0 if level == "v2" else 2.2


def test_cosine_on_a_dense_grid(core, dtype):
    if core.level == "numpy":
        pytest.skip("NumPy's own cosine")
    mpmath = pytest.importorskip("mpmath", reason="mpmath is not installed")
    model = wave(dtype)
    count = 400_000 if dtype == np.float32 else 4_000
    x = np.linspace(-1.5, 1.5, count).astype(dtype)
    # Near the zeros of the cosine, too, where only a relative error shows a wrong digit.
    x = np.concatenate([x, (0.25 + np.logspace(-12, -2, 500)).astype(dtype)])
    if dtype == np.float32:
        quarter = np.abs(x.astype(np.float64))
        r = quarter - np.rint(quarter)
        wanted = np.sin(2 * np.pi * (0.25 - np.abs(r)))
    else:
        mpmath.mp.dps = 40
        wanted = np.array([float(mpmath.cospi(2 * mpmath.mpf(float(v)))) for v in x])
    got = model.predict(x[:, None])[:, 1]
    assert ulps(dtype, got, wanted).max() < most(core.level)


def formula(model, x):
    p = {name[2:]: v.astype(np.float64) for name, v in model.parameters().items()}
    x = x.astype(np.float64)
    if "frequency" in p:
        c = np.cos(2 * np.pi * x[:, :, None] * p["frequency"] + p["phase"])
    else:
        edges = model.statistics()["0.edges"].astype(np.float64)
        c = np.empty((*x.shape, edges.shape[1] - 1))
        for i, f in np.ndindex(x.shape):
            E, last = edges[f], edges.shape[1] - 2
            for t in range(last + 1):
                if t > 0 and x[i, f] < E[t]:
                    c[i, f, t] = 0
                elif t < last and x[i, f] >= E[t + 1]:
                    c[i, f, t] = 1
                else:
                    c[i, f, t] = (x[i, f] - E[t]) / (E[t + 1] - E[t])
    e = np.einsum("ifk,fkd->ifd", c, p["weight"]) + p["bias"]
    both = np.concatenate([x[:, :, None], e], axis=2)
    return both.reshape(len(x), both.shape[1] * both.shape[2])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", SIZES)
def test_rows_around_the_packets(core, dtype, rng, kind, rows):
    model = embedding(kind, 3, 2, dtype)
    x = 2 * rng.standard_normal((rows, 3)).astype(dtype)
    y = model.forward(x)
    assert_close(y, formula(model, x), dtype, k=16)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = model.backward(dy)
    dx_wanted, wanted = twins_gradients(model, x, dy)
    assert_close(dx, dx_wanted, dtype, k=64)
    assert_close(model.grad, wanted, dtype, k=256)
    assert same_bits(model.predict(x), y)
    for i in range(min(rows, 3)):
        assert same_bits(model.predict_one(x[i]), y[i]) or core.level == "numpy"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("features", "dim", "size"), [(1, 1, 1), (2, 17, 16), (5, 3, 48), (1, 128, 128)]
)
def test_sizes(core, dtype, rng, kind, features, dim, size):
    option = {"frequencies": size} if kind == "periodic" else {"bins": size}
    model = embedding(kind, features, dim, dtype, **option)
    x = 2 * rng.standard_normal((11, features)).astype(dtype)
    y = model.forward(x)
    assert_close(y, formula(model, x), dtype, k=16 + size)
    dy = rng.standard_normal(y.shape).astype(dtype)
    model.backward(dy)
    de = dy.reshape(11, features, 1 + dim)[:, :, 1:].astype(np.float64)
    assert_close(model.gradients()["0.bias"], de.sum(axis=0), dtype, k=16)


@pytest.mark.parametrize("kind", KINDS)
def test_gradcheck_alone_and_between_layers(core, rng, kind):
    for layers, width in (
        ([fm.NumericEmbedding(kind, **KINDS[kind])], 3),
        ([fm.Dense(4, "tanh"), fm.NumericEmbedding(kind, 2, columns=[3, 1], **KINDS[kind]),
          fm.Dense(2, "selu")], 5),
    ):  # fmt: skip
        model = fm.Sequential(layers, in_features=width, dtype="float64", seed=0)
        model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
        x = rng.standard_normal((6, width))
        y = rng.standard_normal((6, model.out_features))
        assert fm.gradcheck(model, x, y, loss="mse") < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_chosen_columns_keep_their_order(core, dtype, rng, kind):
    model = embedding(kind, 2, 2, dtype, columns=[3, 1], inputs=5)
    alone = embedding(kind, 2, 2, dtype)
    alone.theta[:], alone.buffers[:] = model.theta, model.buffers
    x = rng.standard_normal((20, 5)).astype(dtype)
    y = model.forward(x)
    assert same_bits(y[:, :3], x[:, [0, 2, 4]])
    assert same_bits(y[:, 3:], alone.forward(x[:, [3, 1]]))
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx, inner = model.backward(dy), alone.backward(dy[:, 3:])
    assert same_bits(dx[:, [0, 2, 4]], dy[:, :3]) and same_bits(dx[:, [3, 1]], inner)
    assert same_bits(model.grad, alone.grad)


def test_long_batches_lose_nothing(core, rng):
    """Blocks of rows are added in double."""
    model, double = embedding("periodic", dtype="float32"), embedding("periodic")
    double.theta[:] = model.theta
    x = rng.standard_normal((20_000, 3)).astype(np.float32)
    dy = (rng.random((20_000, 9)) + 1).astype(np.float32)
    for each in (model, double):
        each.forward(x)
        each.backward(dy)
    scale = np.abs(double.grad).max()
    assert np.abs(model.grad - double.grad).max() < 3e-6 * scale


def test_bins_without_width_and_values_on_edges(core, dtype):
    model = embedding("piecewise", 1, 1, dtype, bins=3)
    model.statistics()["0.edges"][:] = [[0, 1, 1, 2]]
    model.theta = [1, 10, 100, 0]
    x = [[-1], [0], [0.5], [1], [1.5], [2], [3]]
    y = model.forward(x)[:, 1]
    assert y.tolist() == [-1, 0, 0.5, 11, 61, 111, 211]
    model.statistics()["0.edges"][:] = 1
    assert np.isfinite(model.forward(x)).all()
    assert np.isnan(model.predict([[np.nan]])[0, 1])


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("plr",), {}, ValueError, "kind must be one of periodic, piecewise, got 'plr'"),
        (("periodic", 0), {}, ValueError, r"NumericEmbedding: dim must be in \[1, 128\]"),
        ((), {"frequencies": 129}, ValueError, r"frequencies must be in \[1, 128\], got 129"),
        (("piecewise",), {"bins": 257}, ValueError, r"bins must be in \[1, 256\], got 257"),
        ((), {"bins": 4}, ValueError, r"bins must be left out for kind='periodic', got 4"),
        (("piecewise",), {"frequencies": 4}, ValueError, r"frequencies must be left out for kind"),
        ((), {"frequency_scale": -1}, ValueError, r"frequency_scale must be in \[0, inf\)"),
        ((), {"columns": []}, ValueError, r"columns must name at least one column"),
    ],
)
def test_wrong_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        fm.NumericEmbedding(*arguments, **options)


def test_first_values_and_segments():
    layer = fm.NumericEmbedding(lr_scale=0.1, decay_scale=0.5, bias_decay_scale=0.25)
    model = fm.Sequential([layer], in_features=200, seed=0)
    p = model.parameters()
    assert abs(p["0.frequency"].std() - 0.1) < 0.01
    assert 3.1 < np.abs(p["0.phase"]).max() <= np.float32(np.pi)
    assert 0.249 < np.abs(p["0.weight"]).max() <= 0.25 and np.abs(p["0.bias"]).max() <= 0.25
    assert [s.decay for s in model.segments] == [0.5, 0.25, 0.5, 0.25]
    assert {s.lr for s in model.segments} == {0.1}


@pytest.mark.peers
def test_thirty_steps_as_torch(core, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    torch.set_num_threads(1)
    layers = [fm.NumericEmbedding(), fm.Dense(2)]
    model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
    theirs = {k: torch.tensor(v.copy(), requires_grad=True) for k, v in model.parameters().items()}
    x, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 2))
    model.fit(x, y, loss="mse", optimizer=fm.optim.Adam(lr=0.02), epochs=1, batch_size=10,
              shuffle=False)  # fmt: skip
    step = torch.optim.Adam(theirs.values(), lr=0.02)
    for k in range(30):
        rows = torch.tensor(x[10 * k : 10 * k + 10])
        step.zero_grad()
        c = torch.cos(2 * torch.pi * rows[:, :, None] * theirs["0.frequency"] + theirs["0.phase"])
        e = torch.einsum("ifk,fkd->ifd", c, theirs["0.weight"]) + theirs["0.bias"]
        h = torch.cat([rows[:, :, None], e], 2).reshape(10, -1)
        pred = h @ theirs["1.weight"] + theirs["1.bias"]
        torch.nn.functional.mse_loss(pred, torch.tensor(y[10 * k : 10 * k + 10])).backward()
        step.step()
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, theirs[name].detach().numpy(), rtol=1e-8, atol=1e-10)

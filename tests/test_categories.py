"""Columns of indices: embeddings, one-hot, and layers side by side on columns of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fusedmlp as fm
from support import SIZES, assert_close, same_bits


def test_embedding_by_hand(core, dtype):
    layer = fm.CategoryEmbedding([3, 2], dim=2, columns=[2, 0])
    model = fm.Sequential([layer], in_features=3, dtype=dtype, seed=0)
    assert model.parameters()["0.weight"].shape == (5, 2)
    model.theta = [0, 1, 10, 11, 20, 21, 30, 31, 40, 41]
    # Column 1 passes and comes first, then the tables in the order of `columns`.
    x = [[1, 7, 2], [0, 8, 1]]
    wanted = [[7, 20, 21, 40, 41], [8, 10, 11, 30, 31]]
    assert model.forward(x).tolist() == wanted and model.predict(x).tolist() == wanted
    assert model.backward([[5, 1, 2, 3, 4], [6, 10, 20, 30, 40]]).tolist() == [[0, 5, 0], [0, 6, 0]]
    assert model.grad.tolist() == [0, 0, 10, 20, 1, 2, 30, 40, 3, 4]


def test_one_hot_by_hand(core, dtype):
    model = fm.Sequential([fm.OneHot([3, 2], columns=[2, 0])], in_features=3, dtype=dtype)
    x = [[1, 7, 2], [0, 8, 1]]
    assert model.forward(x).tolist() == [[7, 0, 0, 1, 0, 1], [8, 0, 1, 0, 1, 0]]
    assert model.backward([[5, 1, 2, 3, 4, 5], [6] * 6]).tolist() == [[0, 5, 0], [0, 6, 0]]
    scaled = fm.OneHot([3, 3], skip_first=True, off=[-1, -2, -3, -4], on=[1, 2, 3, 4])
    model = fm.Sequential([scaled], in_features=2, dtype=dtype)
    assert model.predict([[0, 0], [1, 2]]).tolist() == [[-1, -2, -3, -4], [1, -2, -3, 4]]


@pytest.mark.parametrize("value", [-1, 3, 1e30, -1e30, np.nan, np.inf, -np.inf])
def test_what_is_no_category_counts_as_index_0(core, dtype, value):
    for layer in (
        fm.CategoryEmbedding([3], dim=2),
        fm.OneHot([3]),
        fm.OneHot([3], skip_first=True),
    ):
        model = fm.Sequential([layer], in_features=1, dtype=dtype, seed=0)
        assert same_bits(model.predict([[value]]), model.predict([[0.0]]))
        assert same_bits(model.predict([[2.75]]), model.predict([[2.0]]))


@pytest.mark.parametrize("dim", SIZES[1:])
def test_sizes_around_the_packets(core, dtype, rng, dim):
    model = fm.Sequential(
        [fm.CategoryEmbedding([7, 3], dim=dim, columns=[1, 3])], in_features=5, dtype=dtype, seed=0
    )
    tables = model.parameters()["0.weight"]
    for rows in (0, 1, 2, 90):
        x = rng.standard_normal((rows, 5)).astype(dtype)
        a, b = rng.integers(0, 7, rows), rng.integers(0, 3, rows)
        x[:, 1], x[:, 3] = a, b
        y = model.forward(x)
        assert same_bits(y, np.hstack([x[:, [0, 2, 4]], tables[a], tables[7 + b]]))
        dy = rng.standard_normal(y.shape).astype(dtype)
        dx = model.backward(dy)
        assert same_bits(dx[:, [0, 2, 4]], dy[:, :3]) and not dx[:, [1, 3]].any()
        wanted = np.zeros((10, dim))
        np.add.at(wanted, a, dy[:, 3 : 3 + dim])
        np.add.at(wanted, 7 + b, dy[:, 3 + dim :])
        assert_close(model.gradients()["0.weight"], wanted, dtype, k=16)
        assert same_bits(model.predict(x), y)
    assert same_bits(np.stack([model.predict_one(row) for row in x[:3]]), y[:3])


def table(rng, rows=60):
    """Columns 0 to 2 are numbers, 3 and 5 categories, 4 a flag, 6 a category of many values."""
    x = rng.standard_normal((rows, 7))
    for column, size in ((3, 3), (5, 4), (6, 30)):
        x[:, column] = rng.integers(0, size, rows)
    x[:, 4] = rng.integers(0, 2, rows)
    return x


def recipe(hidden=16, outputs=3, **options):
    dense = {"trainable_activation": True, "weight_scale": "ntk", "bias_lr_scale": 0.1,
             "activation_lr_scale": 0.1}  # fmt: skip
    inputs = fm.Columns([
        fm.NumericEmbedding(columns=[0, 2], lr_scale=0.1),
        fm.NumericEmbedding("piecewise", 2, bins=5, columns=[1]),
        fm.OneHot([3, 4], columns=[3, 5], skip_first=True),
        fm.CategoryEmbedding([30], 4, columns=[6]),
    ])  # fmt: skip
    layers = [
        inputs, fm.Scale(lr_scale=6.0), fm.Dense(hidden, "selu", **dense), fm.Dropout(0.15),
        fm.Dense(hidden, "mish", **dense), fm.Dense(outputs, weight_scale="ntk"),
    ]  # fmt: skip
    return fm.Sequential(layers, in_features=7, seed=0, **options)


def test_columns_are_where_the_page_says(core, dtype, rng):
    model, x = recipe(dtype=dtype), table(rng).astype(dtype)
    first = model._built.layers[0]
    y = model.outputs_after(first, x)
    assert y.shape == (60, 1 + 2 * 4 + 3 + 5 + 4)
    assert same_bits(y[:, 0], x[:, 4])
    assert same_bits(y[:, [1, 5]], x[:, [0, 2]])
    assert same_bits(y[:, 9], x[:, 1])
    onehot = np.stack([x[:, c] == v for c, size in ((3, 3), (5, 4)) for v in range(1, size)], 1)
    assert same_bits(y[:, 12:17], onehot.astype(dtype))
    tables = model.parameters()["0.3.weight"]
    assert same_bits(y[:, 17:], tables[x[:, 6].astype(int)])
    assert list(model.parameters())[:5] == [
        "0.0.frequency", "0.0.phase", "0.0.weight", "0.0.bias", "0.1.weight",
    ]  # fmt: skip
    assert list(model.statistics()) == ["0.1.edges"]


def test_the_recipe_passes_gradcheck(core, rng):
    model = recipe(5, dtype="float64")
    model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
    x, y = table(rng, 7), rng.integers(0, 3, 7)
    assert fm.gradcheck(model, x, y, loss="cross_entropy") < 1e-6
    # An index has no derivative; all other columns have one.
    dx = model.input_gradient(x)
    assert not dx[:, [3, 5, 6]].any() and dx[:, [0, 1, 2, 4]].all()


def test_the_recipe_of_the_page_runs(rng):
    page = Path(__file__).resolve().parents[1] / "docs" / "training.md"
    code = (
        page.read_text().split("## Networks for tables")[1].split("```python\n")[1].split("```")[0]
    )
    X = rng.standard_normal((600, 13))
    X[:, 10:] = rng.integers(0, [4, 7, 300], (600, 3))
    y = (np.sin(3 * X[:, 0]) + (X[:, 10] == 2) > 0.2).astype(int)
    names = {"fm": fm, "X": X, "y": y, "classes": 2}
    exec(code.replace("256 *", "60 *").replace("epochs=256", "epochs=60"), names)
    assert (names["model"].predict(X).argmax(axis=1) == y).mean() > 0.95


@pytest.mark.parametrize("hidden", [24, 400])
def test_same_bits_for_any_number_of_threads(core, dtype, rng, hidden):
    x, y = table(rng, 1500), rng.integers(0, 3, 1500)
    results = []
    for n in (1, 2, 3):
        model = recipe(hidden, dtype=dtype)
        model.fit(x, y, loss="cross_entropy", epochs=1, batch_size=700, num_threads=n)
        results.append((model.theta, model.predict(x)))
    for other in results[1:]:
        assert all(same_bits(a, b) for a, b in zip(results[0], other, strict=True))
    if core.level != "numpy":
        rows = np.stack([model.predict_one(row) for row in x[:20].astype(dtype)])
        assert same_bits(rows, results[-1][1][:20])


def test_twin_and_native_train_alike(core, rng, monkeypatch):
    x, y = table(rng, 90), rng.integers(0, 3, 90)
    results = []
    for kernels in (core, fm.core.backend.load("numpy")):
        monkeypatch.setattr(fm.core.backend, "core", kernels)
        model = recipe(dtype="float64")
        model.fit(x, y, loss="cross_entropy", optimizer="sgd", epochs=4, batch_size=16)
        results.append((model.theta.copy(), model.predict(x)))
    for native, twin in zip(*results, strict=True):
        np.testing.assert_allclose(native, twin, rtol=1e-9, atol=1e-11)


def test_files_pickles_and_tables(core, rng, tmp_path):
    model, x = recipe(), table(rng)
    model.statistics()["0.1.edges"][:] = [[-2, -1, 0, 0.5, 1, 3]]
    model.save(tmp_path / "model.safetensors")
    for other in (fm.load(tmp_path / "model.safetensors"), model.copy()):
        assert same_bits(other.predict(x), model.predict(x))
        assert other.segments == model.segments and repr(other.layers) == repr(model.layers)
    text = model.summary()
    assert "OneHot(2 columns, 5)" in text and "CategoryEmbedding(1 columns, 4)" in text


def test_fractions_are_refused_in_columns_of_indices(core, rng):
    x = table(rng)
    for layers, column in (
        ([fm.CategoryEmbedding([30], 2, columns=[6])], 6),
        ([recipe().layers[0]], 5),
        ([fm.OneHot([3, 4], columns=[3, 5])], 5),
    ):
        model = fm.Sequential([*layers, fm.Dense(1)], seed=0)
        wrong = x.copy()
        wrong[7, column] += 0.5
        message = rf"fit: X must hold whole numbers, got \d+\.5 at row 7, column {column}"
        with pytest.raises(ValueError, match=message):
            model.fit(wrong, x[:, :1], loss="mse")
        model.fit(x, x[:, :1], loss="mse", epochs=1)


def test_the_doctor_says_nothing_about_the_scale_of_indices(core, rng):
    x = rng.standard_normal((200, 2))
    x[:, 1] = rng.integers(0, 5000, 200)
    layers = [fm.CategoryEmbedding([5000], 2, columns=[1]), fm.Dense(1)]
    model = fm.Sequential(layers, in_features=2, seed=0)
    assert not any("scale each" in a for a in model.fit(x, x[:, :1], loss="mse", epochs=3).advice)
    x[:, 0] *= 1e4
    assert any("column 0" in a for a in model.fit(x, x[:, :1] / 1e4, loss="mse").advice)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fm.CategoryEmbedding([]), ValueError, "sizes must hold one size for each column"),
        (lambda: fm.CategoryEmbedding(3), TypeError, r"CategoryEmbedding: sizes must be numbers"),
        (lambda: fm.CategoryEmbedding([0]), ValueError, r"CategoryEmbedding: sizes must be in \[1"),
        (lambda: fm.CategoryEmbedding([2**24 + 1]), ValueError, r"sizes must be in \[1, 16777216"),
        (lambda: fm.CategoryEmbedding([3], dim=0), ValueError, "CategoryEmbedding: dim must be in"),
        (lambda: fm.OneHot([1], skip_first=True), ValueError, r"OneHot: sizes must be in \[2"),
        (lambda: fm.OneHot([3], on=[1, 2]), ValueError, r"one for each of the 3 outputs, got 2"),
        (lambda: fm.OneHot([3], off="no"), TypeError, r"OneHot: off must be a number"),
        (lambda: fm.OneHot([3], columns="a"), TypeError, r"OneHot: columns must be numbers"),
        (lambda: fm.OneHot([3, 3], columns=[1, 1]), ValueError, "at least one column, none twice"),
        (lambda: fm.OneHot([3], columns=[-1]), ValueError, r"OneHot: columns must be in \[0"),
        (lambda: fm.Sequential([fm.OneHot([3], columns=[4])], in_features=4), ValueError,
         r"OneHot: columns must be below 4, the number of inputs, got 4"),
        (lambda: fm.Sequential([fm.OneHot([3, 2])], in_features=3), ValueError,
         r"OneHot: sizes must hold one size for each of the 3 columns, got 2"),
        (lambda: fm.Columns([]), ValueError, "Columns: layers must hold at least one layer"),
        (lambda: fm.Columns([fm.Dense(3)]), TypeError, r"Columns: layers\[0\] must be a layer"),
        (lambda: fm.Sequential([fm.Columns([fm.OneHot([3], columns=[1]),
                                            fm.NumericEmbedding(columns=[0, 1])])], in_features=3),
         ValueError, r"Columns: layers\[1\] NumericEmbedding\(periodic, 3\) reads column 1"),
    ],
)  # fmt: skip
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.peers
def test_twenty_steps_as_torch(core, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    torch.set_num_threads(1)
    layers = [fm.CategoryEmbedding([5, 9], 3, columns=[0, 2]), fm.Dense(2)]
    model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
    x, y = rng.standard_normal((200, 4)), rng.standard_normal((200, 2))
    x[:, 0], x[:, 2] = rng.integers(0, 5, 200), rng.integers(0, 9, 200)
    theirs = {k: torch.tensor(v.copy(), requires_grad=True) for k, v in model.parameters().items()}
    model.fit(x, y, loss="mse", optimizer=fm.optim.Adam(lr=0.02), epochs=1, batch_size=10,
              shuffle=False)  # fmt: skip
    step = torch.optim.Adam(theirs.values(), lr=0.02)
    for k in range(20):
        rows = slice(10 * k, 10 * k + 10)
        step.zero_grad()
        index = torch.tensor(x[rows][:, [0, 2]].astype(np.int64)) + torch.tensor([0, 5])
        picked = torch.nn.functional.embedding(index, theirs["0.weight"]).reshape(10, -1)
        h = torch.cat([torch.tensor(x[rows][:, [1, 3]]), picked], 1)
        pred = h @ theirs["1.weight"] + theirs["1.bias"]
        torch.nn.functional.mse_loss(pred, torch.tensor(y[rows])).backward()
        step.step()
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, theirs[name].detach().numpy(), rtol=1e-9, atol=1e-11)

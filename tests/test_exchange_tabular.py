"""Ensembles and estimators of tables in every export: what ``predict`` gives, from raw rows."""

from __future__ import annotations

import json
import runpy
import shutil
from functools import cache

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import agree, rows_for
from exchange_tables import frame_of
from fusedmlp.exchange.building import graph_of
from fusedmlp.exchange.table import raw_rows

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")

# Periodic and piecewise members in turns, embedded categories, one-hot ones, dates and gaps.
MODELS = {
    "classes": {},
    "two classes": {"label_smoothing": 0.1, "activation": "gelu"},
    "squared_error": {"clip_to_training_range": False},
    "absolute_error": {"embedding": "none", "activation": "identity"},
    "quantile": {"quantiles": [0.1, 0.4, 0.6, 0.9], "embedding": "piecewise"},
    "gaussian": {"embedding": "periodic", "dropout": 0.3},
    "one member": {"n_members": 1},
}


def table(n=150, seed=0):
    """A table whose numbers floats cannot hold: years with fractions, a large offset."""
    import pandas as pd

    frame = frame_of(n, seed)
    rng = np.random.default_rng(seed + 1)
    frame["year"] = rng.uniform(1990, 2026, n)
    frame["mass"] = 1e7 + rng.normal(0, 20, n)
    return pd.DataFrame(frame)


@cache
def fitted(name):
    from fusedmlp.sklearn import TabularClassifier, TabularRegressor

    X, rng = table(), np.random.default_rng(3)
    common = {"hidden_layer_sizes": (12, 8), "n_members": 3, "epochs": 4, "random_state": 0}
    value = X["size"].fillna(50) / 10 + rng.normal(size=len(X)) + 30
    if "class" in name:
        words = ["ja", "nein \\ \"", "vielleicht"][: 2 if "two" in name else 3]  # fmt: skip
        y = np.array(words)[(np.arange(len(X)) + (value > 35)) % len(words)]
        return TabularClassifier("fast", **{**common, **MODELS[name]}).fit(X, y)
    loss = name if name != "one member" else "squared_error"
    model = TabularRegressor("fast", loss=loss, **{**common, **MODELS[name]}).fit(X, value)
    # As if the targets had ended in the middle of what is predicted.
    head = model._model.head
    head.low, head.high = np.quantile(model.predict(X), [0.2, 0.8]).tolist()
    return model


@cache
def wanted(name):
    """Return new rows as numbers, and what the estimator gives for them."""
    model, new = fitted(name), table(40, 9)
    new["color"] = ["unknown", 'red "?"', None, *new["color"][3:]]
    # Beyond what the fit has seen: predictions are clipped there.
    new.loc[5:9, ["size", "weight"]] = 1e9
    graph = graph_of(model._source("test"), "test", fold=True)
    raw = raw_rows(graph.inputs, model.encoder_, new)
    y = model.predict_proba(new) if "class" in name else model.predict(new)[:, None]
    return new, raw, y


every = pytest.mark.parametrize("name", MODELS)


@every
def test_the_graph(name):
    """Encoder, members and head as operations, against the estimator's own code."""
    model, (_, raw, y) = fitted(name), wanted(name)
    graph = graph_of(model._source("test"), "test", fold=True)
    agree(graph(raw), y, 1e-6)
    if name not in ("classes", "two classes", "squared_error"):
        assert graph.answer == "values" and {model._model.head.low, model._model.head.high} <= {
            *y.ravel().tolist()
        }


@every
def test_numpy(tmp_path, name):
    new, raw, y = wanted(name)
    fitted(name).to_numpy(tmp_path / "net.py", rows=new)
    net = runpy.run_path(tmp_path / "net.py")
    agree(net["predict"](raw), y, 2e-6)
    assert net["selftest"]() == 0 and len(net["ROWS"]) == 8
    assert any((row == x).all() for row in net["ROWS"] for x in raw if not np.isnan(x).any())
    if "class" in name:
        agree(net["probabilities"](raw), y, 2e-6)
        assert net["classes"](raw) == fitted(name).predict(new).tolist()


@every
def test_javascript(tmp_path, name):
    from test_to_js import node, outputs

    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    new, raw, y = wanted(name)
    fitted(name).to_js(tmp_path / "net.mjs", rows=new)
    agree(outputs(tmp_path, raw), y, 2e-6)
    assert node("net.mjs", folder=tmp_path).returncode == 0
    if "class" in name:
        agree(outputs(tmp_path, raw, "probabilities"), y, 2e-6)


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++", "clang++"])
@every
def test_c(tmp_path, name, compiler):
    from test_to_c import outputs

    new, raw, y = wanted(name)
    options = {"rows": new, "file": "net.c", "compiler": compiler, "m": y.shape[1]}
    agree(outputs(fitted(name), raw, tmp_path, function="predict_double", **options), y, 2e-6)
    if "class" in name:
        kind = "probabilities_double"
        agree(outputs(fitted(name), raw, tmp_path, function=kind, **options), y, 2e-6)


def test_c_in_floats_and_doubles(tmp_path):
    """Floats lose digits of what is large: 2^-24 of a number, over the scale of its column."""
    from test_to_c import outputs

    new, raw, y = wanted("squared_error")
    model = fitted("squared_error")
    double = outputs(model, raw, tmp_path, m=1, rows=new, dtype="float64")
    agree(double, y, 1e-6)
    single = outputs(model, raw.astype(np.float32), tmp_path, m=1, rows=new)
    agree(single, model_in_floats(model, raw), 2e-6)
    assert np.abs(single - y).max() > 1e-5 * np.abs(y).max()


def model_in_floats(model, raw):
    graph = graph_of(model._source("test"), "test", fold=True)
    return graph(raw.astype(np.float32).astype(np.float64))


def test_c_in_eight_bits(tmp_path):
    from test_to_c import outputs

    new, raw, y = wanted("classes")
    options = {"rows": new, "int8": True, "m": 3, "function": "predict_double"}
    agree(outputs(fitted("classes"), raw, tmp_path, **options), y, 0.05)


@pytest.mark.peers
@every
def test_onnx(tmp_path, name):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    from test_exchange_onnx import runtime

    new, raw, y = wanted(name)
    for options in ({}, {"probabilities": True}) if "class" in name else ({},):
        fitted(name).to_onnx(tmp_path / "net.onnx", rows=new, **options)
        agree(runtime(tmp_path / "net.onnx", raw), y, 2e-6)
    notes = {p.key: json.loads(p.value) for p in onnx.load(tmp_path / "net.onnx").metadata_props}
    rows = np.array(notes["test_rows"], float)
    agree(runtime(tmp_path / "net.onnx", rows), notes["test_outputs"], 1e-5)
    assert notes["answer"] == ("probabilities" if "class" in name else "values")
    if "class" not in name:
        with pytest.raises(ValueError, match="to_onnx: probabilities are of classes, but the mod"):
            fitted(name).to_onnx(tmp_path / "new.onnx", probabilities=True)
        assert not (tmp_path / "new.onnx").exists()


@pytest.mark.peers
@every
def test_torch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    _, raw, y = wanted(name)
    net = fitted(name).to_torch()
    with torch.no_grad():
        agree(net(torch.from_numpy(raw)).numpy(), y, 2e-6)
        assert net.double()(torch.from_numpy(raw)).dtype == torch.float64


@pytest.mark.parametrize("name", ["classes", "quantile"])
def test_through_a_file(tmp_path, name):
    """``fm.load`` gives an ensemble; it is exported as the estimator that wrote it."""
    new, _, _ = wanted(name)
    fitted(name).save(tmp_path / "model.safetensors")
    model = fm.load(tmp_path / "model.safetensors")
    assert isinstance(model, fm.Ensemble)
    model.to_numpy(tmp_path / "net.py", rows=new)
    fitted(name).to_numpy(tmp_path / "own.py", rows=new)
    assert (tmp_path / "net.py").read_text() == (tmp_path / "own.py").read_text()
    model.metadata["tabular"]["head"] = {"kind": "classes", "count": 3, "temperature": 0}
    with pytest.raises(fm.CheckpointError, match=r"to_numpy: the table is described wrongly: temp"):
        model.to_numpy(tmp_path / "new.py")
    assert not (tmp_path / "new.py").exists()


def test_numpy_rows_for_a_model_of_a_frame(tmp_path):
    """Without names columns count by position, on either side."""
    from fusedmlp.sklearn import TabularRegressor

    X = np.random.default_rng(0).normal(size=(80, 3))
    model = TabularRegressor("fast", epochs=1, random_state=0).fit(X, X[:, 0])
    import pandas as pd

    model.to_numpy(tmp_path / "a.py", rows=X)
    model.to_numpy(tmp_path / "b.py", rows=pd.DataFrame(X, columns=["u", "v", "w"]))
    assert (tmp_path / "a.py").read_text() == (tmp_path / "b.py").read_text()
    with pytest.raises(ValueError, match="the array has 2 columns, but the encoder was fitted on"):
        model.to_numpy(tmp_path / "c.py", rows=X[:, :2])


def test_not_fitted(tmp_path):
    from sklearn.exceptions import NotFittedError

    from fusedmlp.sklearn import TabularClassifier

    with pytest.raises(NotFittedError, match="TabularClassifier"):
        TabularClassifier().to_c(tmp_path / "net.h")


# Ensembles without a table.


def ensemble(kind="plain", outputs=3, dtypes=("float32", "float32")):
    if kind == "softmax":
        layers = [fm.Dense(5, "tanh"), fm.Dense(outputs)]
        return fm.Ensemble([fm.SoftmaxSequential(layers, in_features=6, seed=k) for k in range(3)])
    first = fm.Sequential([fm.Dense(7, "tanh"), fm.BatchNorm(), fm.Residual([fm.LayerNorm()]),
                           fm.Dense(outputs)], in_features=6, seed=0, dtype=dtypes[0])  # fmt: skip
    return fm.Ensemble([first, fm.MLP([6, 9, outputs], "silu", seed=1, dtype=dtypes[1])])


@pytest.mark.parametrize("kind", ["plain", "softmax", "mixed types"])
def test_ensembles(tmp_path, kind):
    from test_to_c import outputs

    dtypes = ("float32", "float64") if "types" in kind else ("float32", "float32")
    model, x = ensemble(kind, dtypes=dtypes), rows_for("plain")
    y = model.predict(x)
    model.to_numpy(tmp_path / "net.py", rows=x)
    agree(runpy.run_path(tmp_path / "net.py")["predict"](x), y, 2e-6)
    agree(outputs(model, x, tmp_path, rows=x), y, 2e-6)


@pytest.mark.peers
@pytest.mark.parametrize("outputs", [3, 1])
def test_probabilities_of_an_ensemble(tmp_path, outputs):
    pytest.importorskip("onnx", reason="onnx is not installed")
    from test_exchange_onnx import runtime

    x = rows_for("plain")
    for model in (ensemble(outputs=outputs), ensemble("softmax", 3)):
        model.to_onnx(tmp_path / "net.onnx")
        agree(runtime(tmp_path / "net.onnx", x), model.predict(x), 2e-6)
        model.to_onnx(tmp_path / "net.onnx", probabilities=True)
        agree(runtime(tmp_path / "net.onnx", x), model.predict_proba(x), 2e-6)


def test_members_that_end_in_an_activation(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    models = [fm.Sequential([fm.Dense(3, "relu")], in_features=6, seed=k) for k in range(2)]
    for model in (fm.Ensemble(models), models[0]):
        with pytest.raises(ValueError, match=r"to_onnx: the model ends in relu, but probabilities"):
            model.to_onnx(tmp_path / "net.onnx", probabilities=True)


def test_a_member_with_nan_is_named(tmp_path):
    model = ensemble()
    model.models[1].theta[0] = np.nan
    with pytest.raises(ValueError, match=r"to_js: models\[1\]: 0.weight holds NaN"):
        model.to_js(tmp_path / "net.mjs")
    assert not list(tmp_path.iterdir())

"""The engine measures what the metric functions do; evaluate has a short way for exact arrays."""

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.metrics import METRICS
from support import same_bits

NAMES = ["accuracy", "mse", "rmse", "mae", "r2"]


def _model(outputs, dtype):
    return fm.MLP([4, 7, outputs], dtype=dtype, seed=0)


def _targets(rng, rows, dtype):
    yield 3, "cross_entropy", rng.integers(0, 3, rows), ["accuracy"]
    yield 3, "cross_entropy", np.eye(3, dtype=dtype)[rng.integers(0, 3, rows)], NAMES
    yield 1, "binary_cross_entropy", rng.integers(0, 2, (rows, 1)).astype(dtype), NAMES
    yield 1, "hinge", rng.choice([-1, 1], (rows, 1)).astype(dtype), NAMES
    yield 1, "mse", rng.standard_normal(rows).astype(dtype), NAMES[1:]
    yield 3, "mse", rng.standard_normal((rows, 3)).astype(dtype), NAMES[1:]
    yield 2, "mse", np.ones((rows, 2), dtype), NAMES[1:]


@pytest.mark.parametrize("rows", [1, 2, 17, 300])
def test_the_engine_measures_what_the_functions_do(core, dtype, rng, rows):
    x = rng.standard_normal((rows, 4)).astype(dtype)
    for outputs, loss, y, names in _targets(rng, rows, dtype):
        model = _model(outputs, dtype)
        pred = model.predict(x)
        found = model.evaluate(x, y, loss=loss, metrics=names)
        again = model.evaluate(x, y, loss=loss, metrics=names)  # by the short way
        parts = model.evaluate(x, y, loss=loss, metrics=names, batch_size=7)
        for name in names:
            wanted = METRICS[name](y, pred)
            assert found[name] == pytest.approx(wanted, rel=1e-12, nan_ok=True), (loss, name)
            assert parts[name] == pytest.approx(wanted, rel=1e-12, nan_ok=True)
        assert same_bits(np.array(list(found.values())), np.array(list(again.values())))
        assert parts["loss"] == pytest.approx(found["loss"], rel=1e-12)


def test_constant_targets_and_ties(core):
    model = fm.MLP([1, 2], seed=0)
    model.theta[:] = 0.0
    x = np.zeros((4, 1), np.float32)
    both = model.evaluate(x, np.array([0, 0, 1, 0]), loss="cross_entropy", metrics=["accuracy"])
    assert both["accuracy"] == 0.75  # ties go to the lowest class
    exact = model.evaluate(x, np.zeros((4, 2), np.float32), loss="mse", metrics=["r2"])
    assert exact["r2"] == 1.0
    assert model.evaluate(x, np.ones((4, 2), np.float32), loss="mse", metrics=["r2"])["r2"] == 0.0


def test_what_the_metric_cannot_compare_is_refused_as_before(core, rng):
    x = rng.standard_normal((6, 4)).astype(np.float32)
    with pytest.raises(ValueError, match="accuracy: y must hold class indices"):
        y = np.full((6, 1), 0.5, np.float32)
        _model(1, "float32").evaluate(x, y, loss="mse", metrics=["accuracy"])
    with pytest.raises(ValueError, match="mse: y and prediction must have one shape"):
        y = rng.integers(0, 3, 6)
        _model(3, "float32").evaluate(x, y, loss="cross_entropy", metrics=["mse"])


def test_the_short_way_follows_what_changes(core, rng):
    x = rng.standard_normal((6, 4)).astype(np.float32)
    y = rng.standard_normal((6, 3)).astype(np.float32)
    model = _model(3, "float32")
    first = model.evaluate(x, y, loss="mse", metrics=["r2"])
    model.theta *= 2
    changed = model.evaluate(x, y, loss="mse", metrics=["r2"])
    assert changed != first and changed == model.copy().evaluate(x, y, loss="mse", metrics=["r2"])
    assert set(model.evaluate(x, y, loss="mse")) == {"loss"}
    assert model.evaluate(x, y, loss="mae")["loss"] != changed["loss"]
    weighted = model.evaluate(x, y, loss="mae", sample_weight=np.arange(6))
    assert weighted["loss"] != model.evaluate(x, y, loss="mae")["loss"]
    x[2, 1] = np.nan
    for _ in range(2):
        with pytest.raises(ValueError, match="X must be finite"):
            model.evaluate(x, y, loss="mae")


def test_fit_records_what_evaluate_says(core, rng):
    x = rng.standard_normal((60, 4)).astype(np.float32)
    y = rng.integers(0, 3, 60)
    model = _model(3, "float32")
    metrics = ["accuracy", fm.metrics.top_k_accuracy]
    history = model.fit(x[:40], y[:40], loss="cross_entropy", epochs=2, metrics=metrics,
                        validation_data=(x[40:], y[40:]), progress=False)  # fmt: skip
    held = model.evaluate(x[40:], y[40:], loss="cross_entropy", metrics=metrics)
    for name, value in held.items():
        assert history.history[f"val_{name}"][-1] == value
    known = model.evaluate(x[:40], y[:40], loss="cross_entropy", metrics=metrics)
    assert history.history["accuracy"][-1] == known["accuracy"]


def test_a_single_output_of_zero_is_class_0(core):
    model = fm.Sequential([fm.Dense(1)], in_features=2, seed=0)
    model.theta[:] = 0.0
    x, y = np.ones((4, 2), np.float32), np.array([0, 0, 0, 1])
    found = model.evaluate(x, y, loss="binary_cross_entropy", metrics=["accuracy"])
    assert found["accuracy"] == 0.75

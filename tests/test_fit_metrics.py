"""What fit and evaluate record: names of metrics, and values that callbacks watch."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import metrics
from fusedmlp.training.callbacks import Checkpoint, EarlyStopping, ReduceLROnPlateau


def _named(name, value=1.0):
    def metric(y, prediction):
        return value

    metric.__name__ = name
    return metric


def _run(how, chosen, rows=8, **options):
    x = np.arange(2.0 * rows).reshape(rows, 2) / rows
    model = fm.MLP([2, 1], seed=0)
    if how == "evaluate":
        return model.evaluate(x, x[:, 0], loss="mse", metrics=chosen)
    options = {"epochs": 3, "validation_data": (x, x[:, 0]), **options}
    return model.fit(x, x[:, 0], loss="mse", metrics=chosen, **options)


SAME = "would be one column of the History"
BAD = [
    (["mae", "mae"], f"'mae' and {SAME}; drop one"),
    (["mae", "R2", metrics.mae], r"metrics\[0\] and metrics\[2\] are both called 'mae'"),
    ([_named("a", 1), _named("a", 2)], f"'a' and {SAME}; give the function another __name__"),
    ([lambda y, p: 0.0, lambda y, p: 1.0], "both called '<lambda>'"),
    ([partial(metrics.mse), partial(metrics.mse)], "both called 'mse'"),
    ([_named("loss")], r"metrics\[0\] must not be called 'loss', which fit records itself"),
    (["mae", _named("lr")], r"metrics\[1\] must not be called 'lr'"),
    ([_named("val_loss")], "must not be called 'val_loss'"),
    ([_named("val_r2")], "must not be called 'val_r2'"),
    ([_named("seconds")], "must not be called 'seconds'"),
    ([_named("gradient_norm")], "must not be called 'gradient_norm'"),
]  # fmt: skip


@pytest.mark.parametrize("how", ["fit", "evaluate"])
@pytest.mark.parametrize(("chosen", "message"), BAD)
def test_names_are_unique_and_not_those_of_fit(how, chosen, message):
    with pytest.raises(ValueError, match=f"{how}: .*{message}"):
        _run(how, chosen)


def test_the_loss_of_an_epoch_is_that_of_its_steps_with_metrics_too():
    alone = _run("fit", [], optimizer=fm.optim.SGD(lr=0.1)).history["loss"]
    assert _run("fit", ["mae"], optimizer=fm.optim.SGD(lr=0.1)).history["loss"] == alone


@pytest.mark.parametrize("how", ["fit", "evaluate"])
def test_bad_metrics_are_named(how):
    with pytest.raises(TypeError, match=f"{how}: metrics must be a list of names or callables"):
        _run(how, 3)
    with pytest.raises(ValueError, match=rf"{how}: metric must be one of .*mean 'r2'\?"):
        _run(how, ["r2_score"])


def test_every_metric_has_its_column():
    top = partial(_named("a"))
    other = partial(_named("a", 2.0))
    other.__name__ = "b"
    history = _run("fit", [top, other, _named("lossy"), "mae"]).history
    for name, value in {"a": 1.0, "b": 2.0, "lossy": 1.0}.items():
        assert history[name] == history[f"val_{name}"] == [value] * 3
    assert list(_run("evaluate", "mae")) == ["loss", "mae"]


# Values that are no numbers


def _watching(monitor, tmp_path):
    yield EarlyStopping(monitor, mode="max")
    yield ReduceLROnPlateau(monitor, mode="max")
    yield Checkpoint(tmp_path / "best.safetensors", monitor=monitor, mode="max", every=5)


ONE_ROW = (np.ones((1, 2)), np.ones(1))


def test_a_monitor_that_is_never_a_number_ends_the_fit_at_once(core, tmp_path):
    for callback in _watching("val_r2", tmp_path):
        name = type(callback).__name__
        message = (
            f"{name}: monitor='val_r2' is nan after the first epoch.*r2 needs at least two rows; "
            "watch another number or validate on more rows"
        )
        with pytest.raises(ValueError, match=message):
            _run("fit", ["r2"], callbacks=[callback], validation_data=ONE_ROW)
    for callback in _watching("mine", tmp_path):
        with pytest.raises(ValueError, match=r"'mine' is nan.*the metric returned no number"):
            _run("fit", [_named("mine", math.nan)], callbacks=[callback])
    assert not list(tmp_path.iterdir())


def test_the_model_stays_usable_when_a_monitor_is_no_number(core):
    model = fm.MLP([2, 1], seed=0)
    x = np.ones((4, 2))
    with pytest.raises(ValueError, match="is nan"):
        model.fit(x, x[:, 0], loss="mse", metrics=["r2"], validation_data=ONE_ROW,
                  callbacks=[EarlyStopping("val_r2")])  # fmt: skip
    assert model.history.stopped_by == "error" and len(model.history.epochs) == 1
    model.fit(x, x[:, 0], loss="mse", epochs=1)


def test_a_value_that_is_no_number_later_is_no_better(core, tmp_path):
    values = [1.0, 2.0, math.nan, math.nan, 1.5, 3.0, math.nan]
    for callback in _watching("mine", tmp_path):
        callback.patience, callback.every = 4, 1
        later = iter(values)

        def mine(y, prediction, later=later):
            return next(later)

        history = _run("fit", [mine], callbacks=[callback], epochs=7, validation_data=None)
        assert len(history.epochs) == 7  # 2, nan, nan, 1.5: three epochs without a better value
        assert callback._monitor.best == 3.0
        assert history.history["lr"] == [history.history["lr"][0]] * 7
    assert len(list(tmp_path.iterdir())) == 1

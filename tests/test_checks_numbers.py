"""Numbers, flags and names that users pass in: what is taken, what is refused with which words."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp import metrics
from fusedmlp.checks.numbers import choice, flag, flag_or_auto, integer, number, number_or_schedule
from support import same_bits

NUMBERS = [
    (number, 3, 3.0),
    (number, np.float32(0.5), 0.5),
    (number, np.array(2), 2.0),
    (integer, np.int8(7), 7),
    (flag, np.True_, True),
    (flag_or_auto, "Auto", "auto"),
    (flag_or_auto, False, False),
    (number_or_schedule, 1, 1.0),
]


@pytest.mark.parametrize(("check", "value", "wanted"), NUMBERS)
def test_plain_values_come_back(check, value, wanted):
    result = check(value, "f", "x")
    assert result == wanted and type(result) is type(wanted)


BAD_NUMBERS = [
    (number, True, TypeError, "f: x must be a number, got True"),
    (number, "1", TypeError, "f: x must be a number, got '1'"),
    (number, np.ones(2), TypeError, "f: x must be a number"),
    (number, float("nan"), ValueError, r"f: x must be in \(-inf, inf\), got nan"),
    (integer, 3.0, TypeError, "f: x must be an integer, got 3.0"),
    (integer, True, TypeError, "f: x must be an integer, got True"),
    (integer, -1, ValueError, r"f: x must be in \[0, 2147483647\], got -1"),
    (integer, 2**64, ValueError, r"f: x must be in \[0, 2147483647\]"),
    (flag, 1, TypeError, "f: x must be True or False, got 1"),
    (flag_or_auto, "yes", TypeError, "f: x must be True or False, got 'yes'"),
]


@pytest.mark.parametrize(("check", "value", "error", "message"), BAD_NUMBERS)
def test_bad_values_are_named(check, value, error, message):
    with pytest.raises(error, match=message):
        check(value, "f", "x")


# Names


def test_a_name_counts_in_any_case():
    assert choice("Adam", "f", "x", ("sgd", "adam")) == "adam"
    assert choice(np.str_("ADAM"), "f", "x", ("sgd", "adam")) == "adam"
    # Exact names first: names of a user's own may differ in case alone.
    assert choice("A", "f", "x", ("a", "A")) == "A"


ANY_CASE = [
    lambda: fm.MLP([2, 3, 1], "ReLU", output_activation="Tanh", norm="Batch", dtype="Float32"),
    lambda: fm.Sequential([fm.Activation("GELU_Tanh"), fm.Dense(1, weight_init="He_Normal")]),
    lambda: fm.Loss("Cross_Entropy", label_smoothing=0.1),
    lambda: fm.optim.get("AdamW"),
    lambda: fm.schedules.one_cycle(1.0, 10, anneal="Linear"),
    lambda: fm.callbacks.EarlyStopping("Val_R2", mode="Auto"),
    lambda: F.mse([1.0], [2.0], reduction="Sum"),
    lambda: F.dense([[1.0]], [[1.0]], activation="ReLU", out=np.empty((1, 1), np.float32)),
    lambda: metrics.get("R2"),
]


@pytest.mark.parametrize("make", ANY_CASE)
def test_names_are_taken_in_any_case_everywhere(make):
    make()


def test_what_is_kept_is_the_canonical_name(core, rng, tmp_path):
    x, y = rng.standard_normal((8, 2)).astype(np.float32), np.arange(8) % 2
    names = fm.MLP([2, 5, 2], "relu", norm="layer", seed=0)
    cases = fm.MLP([2, 5, 2], "ReLU", norm="Layer", dtype="FLOAT32", seed=0)
    assert repr(cases) == repr(names)
    assert fm.Loss("MSE") == fm.Loss("mse") and fm.Dense(2, "ReLU").config()["activation"] == "relu"
    options = {"epochs": 3, "metrics": ["Accuracy"], "validation_data": (x, y)}
    stop = fm.callbacks.EarlyStopping("Val_Accuracy")
    names.fit(x, y, loss="cross_entropy", optimizer="rmsprop", **options)
    history = cases.fit(
        x, y, loss="Cross_Entropy", optimizer="RMSprop", callbacks=[stop], **options
    )
    assert "val_accuracy" in history.history and stop.best == max(history.history["val_accuracy"])
    cases.theta[:] = names.theta
    for optimizer in ("adam", "Adam"):  # one optimizer, whose state goes on
        names.train_batch(x, y, loss="cross_entropy", optimizer=optimizer)
        cases.train_batch(x, y, loss="cross_entropy", optimizer="adam")
    assert list(names._optimizers) == ["adam"] and same_bits(names.theta, cases.theta)
    cases.save(tmp_path / "m.safetensors")
    assert repr(fm.load(tmp_path / "m.safetensors")) == repr(names)


def _fit(**options):
    model = fm.MLP([2, 2], seed=0)
    model.fit(np.ones((4, 2)), [0, 1, 0, 1], **{"loss": "cross_entropy", **options})


MEANT = [
    (lambda: fm.MLP([2, 2, 1], "leakyrelu"), "leaky_relu"),
    (lambda: fm.MLP([2, 2, 1], "swish"), "silu"),
    (lambda: fm.MLP([2, 2, 1], "logistic"), "sigmoid"),
    (lambda: fm.Dense(2, "linear"), "identity"),
    (lambda: fm.Activation("Hard-Sigmoid"), "hardsigmoid"),
    (lambda: F.dense([[1.0]], [[1.0]], activation="gelu_new"), "gelu_tanh"),
    (lambda: fm.MLP([2, 2, 1], norm="batch_norm"), "batch"),
    (lambda: fm.MLP([2, 2, 1], dtype="double"), "float64"),
    (lambda: fm.Dense(2, weight_init="kaiming_uniform"), "he_uniform"),
    (lambda: fm.Loss("squared_error"), "mse"),
    (lambda: fm.Loss("bce"), "binary_cross_entropy"),
    (lambda: fm.Loss("logistic"), "binary_cross_entropy"),
    (lambda: fm.Loss("log_loss"), "cross_entropy"),
    (lambda: _fit(loss="cross_entropi"), "cross_entropy"),
    (lambda: _fit(loss="cross-entropy"), "cross_entropy"),
    (lambda: _fit(loss="categorical_crossentropy"), "cross_entropy"),
    (lambda: _fit(loss="binary_crossentropy"), "binary_cross_entropy"),
    (lambda: _fit(loss="mse_loss"), "mse"),
    (lambda: _fit(optimizer="adm"), "adam"),
    (lambda: _fit(optimizer="momentum"), "sgd"),
    (lambda: _fit(metrics=["acc"]), "accuracy"),
    (lambda: _fit(metrics=["cross_entropy"]), "log_loss"),
    (lambda: F.mse([1.0], [1.0], reduction="avg"), "mean"),
    (lambda: fm.callbacks.EarlyStopping("val_accurracy"), "accuracy"),
    (lambda: _fit(callbacks=[fm.callbacks.EarlyStopping("accurac", mode="max")],
                  metrics=["accuracy"]), "accuracy"),
    (lambda: fm.schedules.one_cycle(1.0, 10, anneal="cosine"), "cos"),
    (lambda: fm.plotting.compare({"a": fm.History([0], {"val_loss": [1.0]})}, metric="valloss"),
     "val_loss"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "meant"), MEANT)
def test_a_near_miss_is_asked_back(make, meant):
    with pytest.raises(ValueError, match=f"; did you mean '{meant}'\\?$"):
        make()


def test_a_name_like_no_other_only_lists_them():
    with pytest.raises(ValueError, match=r"f: x must be one of sgd, adam, got 'qwerty'$"):
        choice("qwerty", "f", "x", ("sgd", "adam"))
    with pytest.raises(TypeError, match=r"must be a name, got function .*; write 'relu'"):
        fm.Dense(2, F.relu)


@pytest.mark.parametrize(
    "make",
    [
        lambda: fm.MLP([2, 3], output_activation="softmax"),
        lambda: fm.MLP([2, 3, 3], activation="Softmax"),
        lambda: fm.Dense(3, activation="softmax"),
        lambda: fm.Activation("log_softmax"),
        lambda: F.dense([[1.0]], [[1.0]], activation="softmax"),
    ],
)
def test_softmax_is_part_of_the_loss(make):
    message = r"losses take logits .* leave the activation out; fm\.functional\.softmax\(model\.pr"
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("optimizer", [fm.optim.SGD, fm.optim.Adam, fm.optim.Rprop])
def test_schedules_are_objects(optimizer):
    name = optimizer.__name__
    message = rf"{name}: lr must be a number, got '{{}}'; for a schedule pass {{}}"
    with pytest.raises(TypeError, match=message.format("cosine", r"fm\.schedules\.cosine\(\.\.\.")):
        optimizer(lr="cosine")
    with pytest.raises(TypeError, match=message.format("fast", r"one of fm\.schedules")):
        optimizer(lr="fast")

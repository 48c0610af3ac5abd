"""Last activations: their ranges, losses that squash once more, targets out of reach."""

from __future__ import annotations

import re

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.checks.outputs import output_range
from fusedmlp.core.catalogue import ACTIVATIONS
from fusedmlp.training.outputs import last_activation, unreachable

DEFAULTS = {name: tuple(row.defaults.values()) for name, row in ACTIVATIONS.items()}
SETTINGS = [
    *DEFAULTS.items(),
    ("leaky_relu", (0.0,)),
    ("elu", (0.5,)),
    ("celu", (3.0,)),
    ("softplus", (10.0,)),
    ("hardtanh", (-2.0, 5.0)),
]


@pytest.mark.parametrize(("name", "params"), SETTINGS)
def test_ranges_are_those_of_the_functions(name, params):
    x = np.concatenate([np.linspace(-60, 60, 240_001), [-1e30, 1e30]])
    y = getattr(F, name)(x, **dict(zip(ACTIVATIONS[name].params, params, strict=True)))
    low, high = output_range(name, params)
    assert y.min() >= low - 1e-12 and y.max() <= high + 1e-12
    # Nothing smaller would do: reached or approached, and infinite only where it is.
    assert y.min() == pytest.approx(low, abs=1e-8) if np.isfinite(low) else y.min() < -1e20
    assert y.max() == pytest.approx(high, abs=1e-8) if np.isfinite(high) else y.max() > 1e20


BOUNDED = ["sigmoid", "tanh", "softsign", "hardtanh", "relu6", "hardsigmoid"]
ONE_SIDED = ["relu", "softplus"]
OPEN = ["identity", "leaky_relu", "elu", "selu", "celu", "gelu", "gelu_tanh", "silu", "mish",
        "hardswish"]  # fmt: skip
# Loss: the activations that squash what it squashes itself, or that it cannot use.
REFUSED = {
    "cross_entropy": BOUNDED,
    "binary_cross_entropy": [*BOUNDED, *ONE_SIDED],
    "poisson_nll": [*BOUNDED, *ONE_SIDED],
    "hinge": ["sigmoid", "relu6", "hardsigmoid", *ONE_SIDED, "elu", "celu", "gelu", "gelu_tanh",
              "silu", "mish", "hardswish"],
}  # fmt: skip
REFUSED["hinge"] = [a for a in REFUSED["hinge"] if output_range(a, DEFAULTS[a])[0] > -1]


def _data(loss):
    x = np.linspace(-1, 1, 12).reshape(6, 2)
    if loss == "cross_entropy":
        return x, np.array([0, 1, 2, 0, 1, 2]), 3
    return x, np.array([1, -1] * 3) if loss == "hinge" else np.array([0, 1] * 3), 1


def _calls(model, x, y, loss):
    yield "fit", lambda: model.fit(x, y, loss=loss, epochs=1)
    yield "train_batch", lambda: model.train_batch(x, y, loss=loss, optimizer="sgd")
    yield "evaluate", lambda: model.evaluate(x, y, loss=loss)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", F.LOSSES)
def test_losses_take_logits(loss, activation):
    x, y, outputs = _data(loss)
    model = fm.MLP([2, 4, outputs], output_activation=activation, seed=0)
    before = model.theta.copy()
    for function, call in _calls(model, x, y, loss):
        if activation not in REFUSED.get(loss, ()):
            call()
            continue
        with pytest.raises(ValueError, match=f"{function}: {loss} takes logits") as caught:
            call()
        text = str(caught.value)
        assert f"layers[1] Dense({outputs}, {activation}) ends with {activation}" in text
        assert "leave the output activation out" in text
        assert (model.theta == before).all() and model.steps_trained == 0


def test_the_message_says_what_gives_probabilities():
    x, y, _ = _data("binary_cross_entropy")
    model = fm.MLP([2, 1], output_activation="sigmoid", seed=0)
    message = re.escape(
        "fit: binary_cross_entropy takes logits and applies sigmoid to them itself, but layers[0] "
        "Dense(1, sigmoid) ends with sigmoid, whose outputs lie between 0 and 1; leave the output "
        "activation out; fm.functional.sigmoid(model.predict(X)) gives probabilities"
    )
    with pytest.raises(ValueError, match=message):
        model.fit(x, y, loss="binary_cross_entropy")
    plain = fm.MLP([2, 1], seed=0)
    plain.fit(x, y, loss=fm.Loss("binary_cross_entropy"), epochs=1)
    probability = F.sigmoid(plain.predict(x))
    assert ((probability > 0) & (probability < 1)).all()


PLACES = [
    ([fm.Dense(1, "tanh")], "layers[0] Dense(1, tanh)"),
    ([fm.Dense(1), fm.Activation("tanh")], "layers[1] Activation('tanh')"),
    ([fm.Dense(1, "tanh"), fm.Dropout(0.5)], "layers[0] Dense(1, tanh)"),
    ([fm.Dense(1, "tanh"), fm.Dense(1)], None),
    ([fm.Dense(1, "tanh"), fm.BatchNorm()], None),
    ([fm.Dense(1, "tanh"), fm.LayerNorm()], None),
    ([fm.Dense(1), fm.Residual([fm.Dense(1, "tanh")])], None),
]


@pytest.mark.parametrize(("layers", "place"), PLACES)
def test_the_last_activation_is_found_behind_what_changes_nothing(layers, place):
    x, y, _ = _data("binary_cross_entropy")
    model = fm.Sequential(layers, in_features=2, seed=0)
    last = last_activation(model.planned(2))
    if place is None:
        assert last is None or last.name == "identity"
        model.fit(x, y, loss="binary_cross_entropy", epochs=1)
        return
    assert last.layer == place and last.name == "tanh"
    with pytest.raises(ValueError, match="ends with tanh"):
        model.fit(x, y, loss="binary_cross_entropy", epochs=1)


def test_a_wide_clip_of_logits_is_no_squash():
    x, y, _ = _data("cross_entropy")
    clip = fm.Activation("hardtanh", min_val=-15, max_val=15)
    fm.Sequential([fm.Dense(3), clip], seed=0).fit(x, y, loss="cross_entropy", epochs=1)


def test_validation_data_and_losses_of_ones_own():
    x, y, _ = _data("mse")
    model = fm.MLP([2, 1], output_activation="tanh", seed=0)
    model.fit(x, y, loss=lambda p, t, w: F.mse_value_and_grad(p, t), epochs=1)
    model.fit(x, y, loss="mse", epochs=1, validation_data=(x, y))


# Targets out of reach: advice, no error.

REACH = [
    ("relu", (), -3.5, 2.0, "relu gives nothing below 0, and the targets go down to -3.5."),
    ("sigmoid", (), 0.2, 7.0, "sigmoid gives nothing above 1, and the targets go up to 7."),
    ("tanh", (), -20.0, 20.0,
     "tanh gives nothing below -1 and nothing above 1, and the targets go down to -20 and go up to "
     "20."),
    ("softplus", (1.0,), -1.0, 1.0, "softplus gives nothing below 0"),
    ("hardtanh", (-2.0, 5.0), -1.0, 6.0, "hardtanh gives nothing above 5"),
    ("elu", (0.5,), -0.75, 1.0, "elu gives nothing below -0.5, and the targets go down to -0.75."),
    ("gelu", (), -1.0, 1.0, "gelu gives nothing below -0.17"),
    ("sigmoid", (), 0.0, 1.0, None),
    ("relu", (), 0.0, 1e9, None),
    ("identity", (), -1e9, 1e9, None),
    ("leaky_relu", (0.01,), -1e9, 1e9, None),
    ("leaky_relu", (0.0,), -1.0, 1.0, "leaky_relu gives nothing below 0"),
    ("tanh", (), -0.5, 0.5, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "low", "high", "wanted"), REACH)
def test_targets_that_the_output_cannot_reach(name, params, low, high, wanted):
    found = unreachable(name, params, low, high)
    if wanted is None:
        assert found is None
        return
    assert found.startswith(f"The output cannot reach the targets: {wanted}")
    assert found.endswith("Leave the output activation out, or scale y.")

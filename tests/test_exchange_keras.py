"""Keras 3 networks, on the torch backend unless another is set."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import agree, rows_for

if importlib.util.find_spec("keras") is None or importlib.util.find_spec("torch") is None:
    pytest.skip("Keras with PyTorch is not installed", allow_module_level=True)
_GIVEN = dict(os.environ)
os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
layers = keras.layers
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


def chain(dtype="float32", end="softmax"):
    keras.utils.set_random_seed(0)
    normalization = layers.Normalization(dtype=dtype)
    normalization.adapt(np.random.default_rng(0).normal(5, 2, (50, 6)))
    inner = [
        layers.Rescaling(0.5, offset=0.25, dtype=dtype), normalization,
        layers.Dense(9, "gelu", dtype=dtype), layers.BatchNormalization(dtype=dtype),
        layers.Dropout(0.4, dtype=dtype), layers.Dense(7, use_bias=False, dtype=dtype),
        layers.LayerNormalization(dtype=dtype), layers.LeakyReLU(0.15, dtype=dtype),
        layers.BatchNormalization(scale=False, center=False, dtype=dtype),
        layers.Dense(4, end, dtype=dtype),
    ]  # fmt: skip
    model = keras.Sequential([layers.Input((6,)), *inner])
    rng = np.random.default_rng(1)
    model.set_weights([np.abs(w + rng.normal(0, 0.3, w.shape)) for w in model.get_weights()])
    return model


def theirs(model, x):
    return np.asarray(model.predict(x, verbose=0))


@pytest.mark.parametrize("end", ["softmax", "log_softmax", "tanh", None])
def test_same_predictions(end):
    model, x = chain(end=end), rows_for("plain")
    for take in (fm.from_keras, fm.accelerate):
        ours = take(model)
        agree(ours.predict(x), theirs(model, x), 1e-5)
        agree(ours.predict_one(x[0]), theirs(model, x)[0], 1e-5)


@pytest.fixture
def doubles():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # of layers; kept where one was made before
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def test_in_double(doubles):
    x = rows_for("plain", dtype=np.float64)
    inner = [layers.Rescaling(0.5, offset=0.25), layers.Dense(9, "gelu"), layers.Dropout(0.4),
             layers.Dense(7), layers.LeakyReLU(0.15), layers.Dense(4, "softmax")]  # fmt: skip
    model = keras.Sequential([layers.Input((6,)), *inner])
    ours = fm.from_keras(model)
    assert ours.dtype == "float64"
    first, second, last = ([keras.ops.convert_to_numpy(w) for w in layer.weights]
                           for layer in model.layers if layer.weights)  # fmt: skip
    assert np.array_equal(list(ours.parameters().values())[-2], last[0])
    # On PyTorch Keras computes a Dense in less than doubles, so ours are held to the definition.
    z = (0.5 * x + 0.25) @ first[0] + first[1]
    h = z * 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
    z = h @ second[0] + second[1]
    e = np.exp(np.where(z > 0, z, 0.15 * z) @ last[0] + last[1])
    agree(ours.predict(x), e / e.sum(axis=1, keepdims=True), 1e-12)
    agree(ours.predict(x), theirs(model, x), 1e-6)


def test_norms_in_double(doubles):
    # JAX's rsqrt of doubles is right to 1e-7, and on PyTorch Keras computes a Dense without a bias
    # in float32; so ours are held to what the layers are defined as, too.
    model, x = chain("float64"), rows_for("plain", dtype=np.float64)
    agree(fm.from_keras(model).predict(x), theirs(model, x), 1e-6)
    for layer in (layers.BatchNormalization(), layers.LayerNormalization()):
        model = keras.Sequential([layers.Input((6,)), layer])
        rng = np.random.default_rng(2)
        model.set_weights([rng.uniform(0.5, 2, w.shape) for w in model.get_weights()])
        gamma, beta, *moments = (keras.ops.convert_to_numpy(w) for w in layer.weights)
        mean, variance = moments or (x.mean(axis=1)[:, None], x.var(axis=1)[:, None])
        wanted = (x - mean) / np.sqrt(variance + layer.epsilon) * gamma + beta
        agree(fm.from_keras(model).predict(x), wanted, 1e-12)


def test_every_activation():
    from fusedmlp.exchange.from_keras import ACTIVATIONS

    x = rows_for("plain") * 2
    for name in ACTIVATIONS:
        model = keras.Sequential([layers.Input((6,)), layers.Dense(9), layers.Activation(name)])
        agree(fm.from_keras(model).predict(x), theirs(model, x), 1e-5)
    missing = set(fm.functional.ACTIVATIONS) - {ours for ours, _ in ACTIVATIONS.values()}
    assert missing == {"gelu_tanh"}  # keras.activations.gelu is given by name, so it is exact


@pytest.mark.skipif("KERAS_BACKEND" in _GIVEN, reason="is that run itself")
def test_on_jax():
    """The same tests in a process of their own: Keras takes its backend when it is imported."""
    pytest.importorskip("jax", reason="JAX is not installed")
    env = {**_GIVEN, "KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed, 1 skipped", done.stdout), done.stdout


def test_functional_chain_and_nested():
    inner = keras.Sequential([layers.Input((6,)), layers.Dense(5), layers.ReLU(max_value=6.0)])
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(2)(layers.ELU(0.5)(inner(x))))
    rows = rows_for("plain") * 3
    agree(fm.from_keras(model).predict(rows), theirs(model, rows), 1e-5)


def branched():
    x = keras.Input((6,))
    return keras.Model(x, layers.Add()([x, layers.Dense(6)(x)]))


class Own(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: keras.Sequential([layers.Input((6, 3)), layers.Conv1D(2, 1)]), "Conv1D"),
        (branched, "chains of layers"),
        (Own, r"\(Own\) has a call of its own"),
        (lambda: keras.Sequential([layers.Dense(3)]), "is not built"),
        (lambda: keras.Sequential([layers.Input((6,)), layers.Dense(3, "exponential")]),
         "activation 'exponential' cannot be taken over; supported are linear"),
        (lambda: keras.Sequential([layers.Input((6,)), layers.Dense(3, "softmax"),
                                   layers.Dense(3)]), "behind a softmax"),
        (lambda: keras.Sequential([layers.Input((6,)), layers.ReLU(max_value=3.0)]), "max_value"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over(make, message):
    with pytest.raises(ValueError, match=f"from_keras: .*{message}"):
        fm.from_keras(make())


def test_no_keras_model():
    with pytest.raises(TypeError, match=r"from_keras: model must be a keras.Model, got int"):
        fm.from_keras(3)

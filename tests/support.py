"""What every test file shares: tolerances, sizes, and small helpers."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from safetensors.numpy import save as save_tensors

import fusedmlp as fm
from fusedmlp.core import backend
from fusedmlp.saving.format import content_hash

# Around every vector width of every level.
SIZES = [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97]


def tol(dtype, k: float = 1.0) -> float:
    """Relative tolerance: 4 units in the last place of `dtype`, times `k` for long sums."""
    return 4.0 * k * float(np.finfo(dtype).eps)


def assert_close(actual, expected, dtype, k: float = 1.0, scale: float | None = None) -> None:
    """Compare against a reference of larger precision, relative to its largest element.

    `scale`: the size of what was added up, where the sum itself may cancel to almost nothing.
    """
    expected = np.asarray(expected)
    if scale is None:
        scale = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(actual, expected, rtol=tol(dtype, k), atol=tol(dtype, k) * scale)


def central_difference(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-6):
    """Return the gradient of scalar f at float64 x by central differences."""
    gradient = np.empty_like(x)
    flat = gradient.reshape(-1)
    for i in range(x.size):
        step = np.zeros_like(x)
        step.reshape(-1)[i] = h
        flat[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def same_bits(a, b) -> bool:
    """Whether two arrays are equal to the last bit (NaN equals NaN of the same bits)."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def classes_data(rng, n=300, features=6, classes=3, dtype=np.float32):
    """Return random rows, and the classes that a random linear map gives them."""
    x = rng.standard_normal((n, features)).astype(dtype)
    y = (x @ rng.standard_normal((features, classes))).argmax(axis=1)
    return x, y


def norm_operands(rng, rows, columns, dtype, shift=0.0):
    """Return x, dy, gamma, beta, and a running mean and variance."""
    x = (rng.standard_normal((rows, columns)) * 2 + shift).astype(dtype)
    dy = rng.standard_normal((rows, columns)).astype(dtype)
    gamma, beta, mean = rng.standard_normal((3, columns)).astype(dtype)
    return x, dy, gamma, beta, mean, (rng.random(columns) + 0.5).astype(dtype)


def twins_gradients(model, x, dy):
    """Return dx and the flat gradient of the float64 twin with the same numbers."""
    double = fm.Sequential(model.layers, in_features=model.in_features, dtype="float64", seed=0)
    double.theta[:], double.buffers[:] = model.theta, model.buffers
    before, backend.core = backend.core, backend.load("numpy")
    try:
        double.forward(x)
        return double.backward(dy), double.grad
    finally:
        backend.core = before


def sealed(tensors, header) -> bytes:
    """Return a model file with the right hash, whatever else is wrong with it."""
    header = {key: value for key, value in header.items() if key != "sha256"}
    return save_tensors(tensors, {**header, "sha256": content_hash(header, tensors)})


def every_layer(width=16, p=0.25, inputs=6, outputs=3, **options):
    """A network with every kind of layer, blocks within blocks among them."""
    inner = fm.Residual([fm.LayerNorm(), fm.Dense(width, "silu"), fm.Dropout(p)])
    block = fm.Residual([fm.Dense(width, bias=False), fm.BatchNorm(), fm.Activation("elu"), inner])
    layers = [
        fm.Residual([fm.BatchNorm(), fm.Dropout(p / 2)]), fm.Dense(width, "tanh"), block,
        fm.LayerNorm(), fm.Dropout(p), fm.Activation("leaky_relu", negative_slope=0.2),
        fm.Dense(outputs),
    ]  # fmt: skip
    return fm.Sequential(layers, in_features=inputs, **options)


@contextmanager
def ctrl_c(first: float = 0.3, every: float = 5.0) -> Iterator[None]:
    """Press Ctrl-C until the block ends: Python drops one that strikes inside some callbacks."""
    done = threading.Event()

    def press() -> None:
        pause = first
        while not done.wait(pause):
            signal.raise_signal(signal.SIGINT)
            pause = every  # long, so that none strikes what the one before has set going

    presser = threading.Thread(target=press)
    with interruptible():
        presser.start()
        try:
            yield
        finally:
            done.set()
            presser.join()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise: processes that a script starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def raises(kind: type[Exception], message: str, call: Callable[[], object]) -> None:
    """Hold that `call` raises this kind of error with a message like this."""
    try:
        call()
    except kind as error:
        assert re.search(message, str(error)), error
    else:
        raise AssertionError(f"no {kind.__name__} was raised")

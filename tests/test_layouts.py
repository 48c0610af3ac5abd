"""Any layout and any real dtype gives the bits of the contiguous copy, and stays untouched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.many.each import each_rows
from fusedmlp.training.doctor import Doctor
from support import same_bits

DTYPES = ("f2", "f4", "f8", "longdouble", "?", "i1", "u2", "i4", "u8")  # fmt: skip


def _strided(a: np.ndarray) -> np.ndarray:
    wide = np.zeros(tuple(3 * n for n in a.shape), a.dtype)
    view = wide[tuple(slice(1, None, 3) for _ in a.shape)]
    view[...] = a
    return view


def _backwards(a: np.ndarray) -> np.ndarray:
    turn = tuple(slice(None, None, -1) for _ in a.shape)
    return a[turn].copy()[turn]


def _misaligned(a: np.ndarray) -> np.ndarray:
    buffer = np.zeros(a.nbytes + 1, np.uint8)
    view = buffer[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


def _read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": np.copy,
    "F-order": np.asfortranarray,
    "strided": _strided,
    "backwards": _backwards,
    "misaligned": _misaligned,
    "read-only": _read_only,
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "part of rows": lambda a: np.concatenate([a, a], axis=-1)[..., : a.shape[-1]],
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
}

layouts, dtypes = st.sampled_from(sorted(LAYOUTS)), st.sampled_from(DTYPES)
rows, columns = st.integers(1, 40), st.integers(1, 20)
quick = settings(max_examples=150, deadline=None)


def pair(shape: tuple[int, ...], layout: str, dtype: str, seed: int) -> tuple[Any, Any]:
    """Return an array in a layout, and its contiguous, native, writeable copy."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 5, shape) / (1 if np.dtype(dtype).kind in "iub" else 4)
    array = LAYOUTS[layout](values.astype(dtype))
    copy = np.array(array, array.dtype.newbyteorder("="), order="C")
    return array, copy


def agree(call: Callable[[Any], Any], array: np.ndarray, copy: np.ndarray) -> None:
    before = array.copy()
    results = [call(value) for value in (array, copy)]
    found, wanted = (r if isinstance(r, (tuple, list)) else (r,) for r in results)
    for a, b in zip(found, wanted, strict=True):
        assert same_bits(np.asarray(a), np.asarray(b))
    assert same_bits(array, before)


ELEMENTWISE = [F.sigmoid, F.gelu, F.identity, F.softmax, F.log_softmax]
WITH_TWO = [F.tanh_backward, F.softmax_backward, F.mse_value_and_grad, F.huber_value_and_grad,
            F.binary_cross_entropy_value_and_grad]  # fmt: skip


@quick
@given(layouts, dtypes, rows, columns, st.sampled_from(ELEMENTWISE))
def test_functions_of_one_array(layout, dtype, n, k, function):
    agree(function, *pair((n, k), layout, dtype, n))


@quick
@given(layouts, dtypes, rows, columns, st.sampled_from(WITH_TWO), st.booleans())
def test_functions_of_two_arrays(layout, dtype, n, k, function, first):
    array, copy = pair((n, k), layout, dtype, n)
    if not first:  # targets within what every loss takes
        array, copy = (a if a.dtype.kind == "b" else np.minimum(a, 1) for a in (array, copy))
        array = LAYOUTS[layout](np.array(array, array.dtype.newbyteorder("=")))
        copy = np.array(array, array.dtype.newbyteorder("="), order="C")
    other = np.random.default_rng(k).random((n, k)).astype(np.float32)
    agree(lambda a: function(*((a, other) if first else (other, a))), array, copy)


@quick
@given(layouts, dtypes, rows, columns, st.integers(0, 5))
def test_dense_and_norms(layout, dtype, n, k, place):
    rng = np.random.default_rng(n)
    x, dy = rng.standard_normal((n, 3)).astype("f4"), rng.standard_normal((n, k)).astype("f4")
    array, copy = pair(((n, k), (3, k), (n, 3), (n, k), (n, k), (n, k))[place], layout, dtype, k)
    weight = rng.standard_normal((3, k)).astype("f4")
    calls = [
        lambda a: F.dense(a, weight.T.copy(), None, "relu"),
        lambda a: F.dense(x, a),
        lambda a: F.dense_backward(dy, a, weight),
        lambda a: F.dense_backward(a, x, weight),
        lambda a: F.layer_norm_backward(a, dy, None),
        lambda a: F.batch_norm_backward(dy, a, None, training=n > 1,
                                        running_mean=np.zeros(k), running_var=np.ones(k)),
    ]  # fmt: skip
    agree(calls[place], array, copy)


@quick
@given(layouts, dtypes, rows)
def test_predict_and_forward(layout, dtype, n):
    model = fm.MLP([5, 7, 3], "tanh", norm="layer", seed=0)
    array, copy = pair((n, 5), layout, dtype, n)
    agree(model.predict, array, copy)
    agree(model.forward, array, copy)
    agree(model.predict_one, array[0], copy[0])
    agree(model.input_gradient, array, copy)
    model.forward(copy, training=True)
    dy, plain = pair((n, 3), layout, dtype, n)
    agree(lambda a: (model.backward(a), model.grad.copy()), dy, plain)


@settings(quick, max_examples=30)
@given(layouts, dtypes, layouts, dtypes, st.integers(2, 40))
def test_fit_and_train_batch(layout, dtype, other, kind, n):
    array, copy = pair((n, 5), layout, dtype, n)
    target, plain = pair((n, 3), other, kind, n + 1)
    weights, equal = pair((n,), other, "f4", 3)
    weights, equal = (weights, equal) if equal.any() else (None, None)
    ends = []
    for x, y, w in ((array, target, weights), (copy, plain, equal)):
        model, optimizer = fm.MLP([5, 7, 3], norm="batch", dropout=0.1, seed=0), fm.optim.Adam()
        history = model.fit(x, y, loss="mse", optimizer=optimizer, epochs=2, batch_size=8,
                            sample_weight=w)  # fmt: skip
        # Twice: the second step of exact arrays goes the short way.
        losses = [model.train_batch(x, y, loss="mse", optimizer=optimizer) for _ in range(3)]
        found = model.evaluate(x, y, loss="mse", metrics=["r2"])
        numbers = [history.history["loss"], losses, list(found.values())]
        ends.append((model.theta.copy(), model.buffers.copy(), repr(numbers)))
    (theta, buffers, numbers), (theta2, buffers2, numbers2) = ends
    assert same_bits(theta, theta2) and same_bits(buffers, buffers2) and numbers == numbers2


@quick
@given(layouts, rows, st.sampled_from(["i1", "u2", "i4", "i8", "u8"]))
def test_classes(layout, n, dtype):
    array, copy = pair((n,), layout, dtype, n)
    pred = np.random.default_rng(0).standard_normal((n, 5)).astype(np.float32)
    agree(lambda y: F.cross_entropy_value_and_grad(pred, y), array, copy)
    ends = []
    for y in (array, copy):
        model = fm.MLP([5, 5], seed=0)
        model.fit(pred, y, loss="cross_entropy", epochs=1)
        ends.append(model.theta)
    assert same_bits(*ends)


def test_kernels_get_no_misaligned_numbers(rng):
    """Where the machine reads them all the same, nothing else would show it."""
    x, rows = rng.standard_normal((9, 3)).astype(np.float32), np.arange(9)
    assert Doctor(_misaligned(x)).x.flags.aligned
    assert each_rows(_misaligned(rows), 1, 9, "fit_many", "rows")[0].flags.aligned

"""Activations as functions: bits, shapes, dtypes, bad input, names."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from activation_cases import (
    NAMES,
    backward_of,
    forward_of,
)
from fusedmlp import functional as F
from fusedmlp.core import backend
from fusedmlp.core.catalogue import ACTIVATIONS
from fusedmlp.core.reference import activations as twin
from support import SIZES, same_bits


@pytest.mark.parametrize("name", NAMES)
def test_bits_depend_neither_on_position_nor_on_size(core, dtype, name, rng):
    if core.level == "numpy":
        pytest.skip("NumPy's own loops may treat tails differently")
    x = (4 * rng.standard_normal(200)).astype(dtype)
    y, slope = forward_of[name](x), backward_of[name](x, x)
    for n in SIZES:
        for offset in (0, 1, 3, 50):
            part = x[offset : offset + n]
            assert same_bits(forward_of[name](part), y[offset : offset + n])
            assert same_bits(backward_of[name](part, part), slope[offset : offset + n])
    by_output = backward_of[name](x, x, y)
    assert same_bits(backward_of[name](x[5:38], x[5:38], y[5:38]), by_output[5:38])


@pytest.mark.parametrize("name", NAMES)
def test_in_place_gives_the_same_bits(core, dtype, name, rng):
    x = rng.standard_normal(77).astype(dtype)
    dy = rng.standard_normal(77).astype(dtype)
    y, dx = forward_of[name](x), backward_of[name](dy, x)
    z, g = x.copy(), dy.copy()
    assert forward_of[name](z, out=z) is z
    assert same_bits(z, y)
    assert backward_of[name](g, x, out=g) is g
    assert same_bits(g, dx)
    if ACTIVATIONS[name].from_output:
        assert same_bits(backward_of[name](dy, None, y), backward_of[name](dy, x, y))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3, 4)])
@pytest.mark.parametrize("name", NAMES)
def test_any_shape(core, dtype, name, shape, rng):
    x = np.asarray(rng.standard_normal(shape), dtype)
    y = forward_of[name](x)
    assert isinstance(y, np.ndarray)
    assert y.shape == shape
    assert backward_of[name](x, x).shape == shape
    if x.ndim == 3:
        strided = x.transpose(2, 0, 1)[::-1]
        assert same_bits(forward_of[name](strided), y.transpose(2, 0, 1)[::-1])


def test_dtypes():
    assert F.relu([1, 2]).dtype == np.float32
    assert F.relu(np.array([1, 2], np.float16)).dtype == np.float32
    assert F.relu(np.array([1, 2], ">f8")).dtype == np.float64
    assert F.relu_backward([1.0], np.array([1.0])).dtype == np.float64


def test_bad_arguments():
    x = np.zeros(4, np.float32)
    with pytest.raises(TypeError, match="elu: elu has no parameter 'beta'"):
        F.elu(x, beta=1.0)
    with pytest.raises(TypeError, match="relu: x must hold real numbers, got dtype complex"):
        F.relu(np.zeros(3, complex))
    with pytest.raises(ValueError, match=r"leaky_relu: negative_slope must be in \[0, inf\)"):
        F.leaky_relu(x, negative_slope=-0.1)
    with pytest.raises(ValueError, match="celu_backward: alpha must be in"):
        F.celu_backward(x, x, alpha=0.0)
    with pytest.raises(ValueError, match="softplus: beta must be in"):
        F.softplus(x, beta=-1.0)
    with pytest.raises(ValueError, match="hardtanh: hardtanh needs min_val < max_val, got 2 and 1"):
        F.hardtanh(x, min_val=2.0)
    with pytest.raises(ValueError, match=r"x must have the shape of dy, \(4,\), got \(3,\)"):
        F.relu_backward(x, x[:3])
    with pytest.raises(TypeError, match="gelu_backward: x is needed, got None"):
        F.gelu_backward(x, None, x)
    with pytest.raises(TypeError, match="relu_backward: x or y is needed, got None"):
        F.relu_backward(x, None)
    with pytest.raises(ValueError, match="relu: out must have shape"):
        F.relu(x, out=np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="relu: out must be float32"):
        F.relu(x, out=np.zeros(4))
    shared = np.zeros(8, np.float32)
    with pytest.raises(ValueError, match="relu: out must not overlap an input in part"):
        F.relu(shared[:4], out=shared[1:5])
    with pytest.raises(ValueError, match="relu: out is read-only"):
        x.flags.writeable = False
        F.relu(np.ones(4, np.float32), out=x)


def test_every_table_agrees():
    assert F.ACTIVATIONS == NAMES == tuple(twin._TABLE)
    assert {n for n, row in ACTIVATIONS.items() if row.from_output} == twin.FROM_OUTPUT
    for name, row in ACTIVATIONS.items():
        for function in (forward_of[name], backward_of[name]):
            signature = inspect.signature(function)
            for key, value in row.defaults.items():
                assert signature.parameters[key].default == value
                assert f"{key} : float" in function.__doc__
            assert function.__name__ in (name, f"{name}_backward")


def test_the_native_names_are_the_tables(core):
    for name in NAMES:
        x = np.ones(3, np.float32)
        backend.core.activation_forward(name, list(ACTIVATIONS[name].defaults.values()), x, x)

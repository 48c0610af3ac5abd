"""Gradient clipping."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fusedmlp import functional as F
from support import SIZES


@pytest.mark.parametrize("size", [*SIZES, 4095, 4096, 4097, 70_001])
def test_norm(core, dtype, size):
    g = np.random.default_rng(size).normal(size=size).astype(dtype)
    wanted = math.sqrt(math.fsum(float(x) ** 2 for x in g))
    assert F.clip_grad_norm_(g, math.inf) == pytest.approx(wanted, rel=1e-14)


def test_norm_of_large_float32_does_not_overflow(core):
    g = np.full(10, 3e38, np.float32)
    assert F.clip_grad_norm_(g, 1.0) == pytest.approx(3e38 * math.sqrt(10), rel=1e-6)
    assert np.linalg.norm(g) == pytest.approx(1.0, rel=1e-5)


def test_small_gradients_are_left_alone(core, dtype):
    g = np.array([0.3, -0.4], dtype)
    before = g.copy()
    assert F.clip_grad_norm_(g, 1.0) == pytest.approx(0.5)
    assert np.array_equal(g, before)


@pytest.mark.peers
def test_clip_norm_as_torch(core):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    g = np.random.default_rng(0).normal(size=(30, 7))
    p = torch.zeros(30, 7, dtype=torch.float64, requires_grad=True)
    p.grad = torch.tensor(g)
    norm = torch.nn.utils.clip_grad_norm_([p], 2.5)
    assert F.clip_grad_norm_(g, 2.5) == pytest.approx(float(norm), rel=1e-14)
    np.testing.assert_allclose(g, p.grad.numpy(), rtol=1e-14)


def test_clip_value(core, dtype):
    g = np.array([3.0, -0.5, -np.inf, np.nan, 1.0] * 7, dtype)
    F.clip_grad_value_(g, 1.0)
    np.testing.assert_array_equal(g, np.array([1.0, -0.5, -1.0, np.nan, 1.0] * 7, dtype))

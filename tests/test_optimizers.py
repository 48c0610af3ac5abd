"""Optimizers: the float64 twin, exact bits, torch.optim over 1000 steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import fusedmlp.core.reference as twin
from fusedmlp import optim
from fusedmlp.core import backend
from optimizer_cases import VARIANTS, Model, close, every_variant, make, run, segments, walk
from support import SIZES


@every_variant
def test_kernels_agree_with_the_float64_twin(core, dtype, monkeypatch, name, options):
    for size in SIZES:
        rng = np.random.default_rng(size)
        theta = rng.normal(size=size).astype(dtype)
        grads = rng.normal(size=(8, size)).astype(dtype)
        ranges = [(size // 4, size // 2), (size // 2 + 1, size)] if size > 2 else []
        monkeypatch.setattr(backend, "core", core)
        actual = make(name, options)
        result = run(actual, theta, grads, ranges)
        assert result.dtype == dtype

        monkeypatch.setattr(backend, "core", twin)
        wanted = make(name, options)
        close(result, run(wanted, theta.astype(np.float64), grads, ranges), dtype, 8)
        for key, array in wanted.state.items():
            close(actual.state[key], array, dtype, 8)


@every_variant
@pytest.mark.parametrize("offset", [0, 1, 3])
def test_bits_depend_neither_on_place_nor_on_the_cut(core, dtype, name, options, offset):
    rng = np.random.default_rng(3)
    n, decay = 203, [(20, 60), (61, 150)]
    theta, grads = rng.normal(size=n).astype(dtype), rng.normal(size=(7, n)).astype(dtype)
    whole = run(make(name, options), theta, grads, decay)

    cuts = [0, 1, 18, 61, 64, 131, n]
    for begin, end in itertools.pairwise(cuts):
        block = np.zeros(n + 8, dtype)
        model = Model(theta[begin:end])
        model.theta = block[offset : offset + end - begin]
        model.theta[:] = theta[begin:end]
        mine = [
            (max(a, begin) - begin, min(b, end) - begin) for a, b in decay if a < end and b > begin
        ]
        model.segments = segments(mine, end - begin)
        optimizer = make(name, options)
        for g in grads:
            model.grad[:] = g[begin:end]
            optimizer.step(model)
        assert np.array_equal(model.theta, whole[begin:end])


@every_variant
def test_threads_do_not_change_a_bit(core, name, options):
    rng = np.random.default_rng(5)
    n = 200_001
    theta, grads = rng.normal(size=n).astype("f4"), rng.normal(size=(3, n)).astype("f4")
    before = core.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 3):
            core.set_num_threads(threads)
            results.append(run(make(name, options), theta, grads, [(5, 70_003)]))
    finally:
        core.set_num_threads(before)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_a_bad_gradient_stays_in_its_place_and_is_seen(core, dtype):
    for name, options in VARIANTS:
        theta, g = np.ones(40, dtype), np.ones(40, dtype)
        g[7] = np.nan
        theta = run(make(name, options), theta, [g])
        assert np.isnan(theta[7]), name
        assert np.isfinite(np.delete(theta, 7)).all(), name


@pytest.mark.peers
@every_variant
def test_thousand_steps_as_torch(core, monkeypatch, name, options):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    if not hasattr(torch.optim, name):
        pytest.skip(f"torch.optim has no {name}")
    if "epsilon_hat" in options:
        pytest.skip("torch.optim has no epsilon-hat")
    rng = np.random.default_rng(11)
    theta, noise = rng.normal(size=33), rng.normal(size=(1000, 33))
    mine = walk(make(name, options), theta, noise)

    # torch keeps NAdam's mu_product in the default dtype, not in the parameters'.
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    # With a constant lr it makes no difference whether the velocity contains it.
    known = {key: value for key, value in options.items() if key != "lr_in_velocity"}
    peer = getattr(torch.optim, name)([parameter], **known)
    for shake in noise:
        parameter.grad = 0.5 * parameter.detach() + torch.tensor(shake)
        peer.step()
    np.testing.assert_allclose(mine, parameter.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.peers
def test_names_and_defaults_are_torchs(core):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    names = {name for name, _ in VARIANTS if hasattr(torch.optim, name)}
    assert len(names) >= len({name for name, _ in VARIANTS[:30]}) - 1  # all but Lion
    for name in names:
        defaults = getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)]).defaults
        for key, value in getattr(optim, name)().options().items():
            if key not in ("decay_all", "lr_in_velocity", "epsilon_hat"):  # not in torch
                assert value == pytest.approx(defaults[key]), (name, key)

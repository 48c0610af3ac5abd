"""Optimizers: hand-worked numbers, the float64 twin, torch.optim over 1000 steps, exact bits."""

from __future__ import annotations

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import fusedmlp.core.reference as twin
from fusedmlp import functional as F
from fusedmlp import optim, schedules
from fusedmlp.checks.optimizers import unused_state
from fusedmlp.core import backend
from fusedmlp.core.catalogue import OPTIMIZERS
from fusedmlp.core.records import Segment
from support import SIZES, tol

# Every branch of every kernel: class name, options.
VARIANTS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.8, "weight_decay": 0.1, "lr": 0.5}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "lr": 0.001}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1, "alpha": 0.9}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("Adam", {"amsgrad": True, "eps": 1e-3}),
    ("AdamW", {"weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "momentum_decay": 0.02}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "betas": (0.9, 0.99)}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Lion", {"weight_decay": 0.1}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.4, 1.5), "step_sizes": (1e-3, 0.1)}),
]
every_variant = pytest.mark.parametrize("name, options", VARIANTS)


def segments(decay_ranges, n):
    """Segments over n parameters of which those in the ranges decay."""
    cuts = sorted({0, n, *(at for r in decay_ranges for at in r)})
    return [
        Segment(a, b, 1.0, float(any(begin <= a < end for begin, end in decay_ranges)))
        for a, b in itertools.pairwise(cuts)
    ]


class Model:
    """The part of a model that optimizers see."""

    def __init__(self, theta, decay_ranges=None):
        self.theta = np.array(theta)
        self.grad = np.zeros_like(self.theta)
        n = self.theta.size
        self.segments = segments([(0, n)] if decay_ranges is None else decay_ranges, n)


def make(name, options):
    return getattr(optim, name)(**options)


def run(optimizer, theta, grads, decay_ranges=None):
    model = Model(theta, decay_ranges)
    for g in grads:
        model.grad[:] = g
        optimizer.step(model)
    return model.theta


def walk(optimizer, theta, noise):
    """Steps on |theta|^2 / 4 with noise in the gradient, which depends on where the run stands."""
    model = Model(theta)
    for shake in noise:
        model.grad[:] = 0.5 * model.theta + shake
        optimizer.step(model)
    return model.theta


def close(actual, wanted, dtype, k=1.0):
    np.testing.assert_allclose(actual, wanted, rtol=tol(dtype, k), atol=tol(dtype, k))


# Hand-worked numbers -------------------------------------------------------------------------


def test_momentum_by_hand(core, dtype):
    p, v = np.array([1.0], dtype), np.array([7.0], dtype)
    F.sgd_step(p, [2.0], v, lr=0.5, momentum=0.5, first=True)  # v = 2, p = 1 - 1
    assert (p[0], v[0]) == (0.0, 2.0)
    F.sgd_step(p, [4.0], v, lr=0.5, momentum=0.5)  # v = 1 + 4, p = -2.5
    assert (p[0], v[0]) == (-2.5, 5.0)
    F.sgd_step(p, [4.0], v, lr=0.5, momentum=0.5, dampening=0.5)  # v = 2.5 + 2, p = -2.5 - 2.25
    assert (p[0], v[0]) == (-4.75, 4.5)


def test_nesterov_by_hand(core, dtype):
    p, v = np.array([1.0], dtype), np.zeros(1, dtype)
    F.sgd_step(p, [2.0], v, lr=0.5, momentum=0.5, nesterov=True)  # v = 2, p = 1 - (2 + 1) / 2
    assert (p[0], v[0]) == (-0.5, 2.0)


def test_first_step_ignores_what_velocity_held(core, dtype):
    p, v = np.ones(5, dtype), np.full(5, np.nan, dtype)
    F.sgd_step(p, np.ones(5), v, lr=0.5, momentum=0.5, first=True)
    assert (p == 0.5).all() and (v == 1).all()


def test_adagrad_by_hand(core, dtype):
    p, total = np.array([1.0], dtype), np.array([7.0], dtype)
    F.adagrad_step(p, [3.0], total, step=2, lr=1.0, lr_decay=1.0, eps=0.0)  # 1 - 1/2 * 3/4
    assert (p[0], total[0]) == (0.625, 16.0)


def test_adadelta_by_hand(core, dtype):
    p, square, delta = (np.array([x], dtype) for x in (1.0, 2.0, 3.0))
    # square = 1 + 2 = 3, d = sqrt(3 + 1) / sqrt(3 + 1) * 2 = 2, delta = 1.5 + 2
    F.adadelta_step(p, [2.0], square, delta, lr=0.25, rho=0.5, eps=1.0)
    assert (p[0], square[0], delta[0]) == (0.5, 3.0, 3.5)


def test_rmsprop_by_hand(core, dtype):
    p, square, v, mean = (np.array([x], dtype) for x in (1.0, 2.0, 4.0, 2.0))
    # square = 1 + 8 = 9, root 3, +1 = 4; 4 / 4 = 1
    F.rmsprop_step(p, [4.0], square, lr=0.5, alpha=0.5, eps=1.0)
    assert (p[0], square[0]) == (0.5, 9.0)
    # square = 4.5 + 8 = 12.5, mean = 3, root sqrt(3.5); velocity = 2 + 4 / sqrt(3.5)
    F.rmsprop_step(
        p, [4.0], square, v, mean, lr=0.5, alpha=0.5, eps=0.0, momentum=0.5, centered=True
    )
    close(v[0], 2 + 4 / math.sqrt(3.5), dtype)
    close(p[0], 0.5 - v[0] / 2, dtype)


def test_centered_rmsprop_survives_rounding(core, dtype):
    # A constant gradient leaves a variance of zero, give or take a rounding.
    p, square, mean = np.ones(97, dtype), np.zeros(97, dtype), np.zeros(97, dtype)
    g = np.linspace(0.1, 3.0, 97)
    for _ in range(300):
        F.rmsprop_step(p, g, square, None, mean, alpha=0.5, centered=True, eps=1e-3)
    assert np.isfinite(p).all()


def test_adam_by_hand(core, dtype):
    p, m, v = np.array([1.0], dtype), np.zeros(1, dtype), np.zeros(1, dtype)
    # m = 1, v = 2; both corrected by 1 / (1 - 1/2): 2 and 4, so p = 1 - 2 / (2 + 2) / 2
    F.adam_step(p, [2.0], m, v, step=1, lr=0.5, betas=(0.5, 0.5), eps=2.0)
    assert (p[0], m[0], v[0]) == (0.75, 1.0, 2.0)
    # m = 0.5, v = 1; corrected by 4/3: with vmax = 3 the root is 2
    vmax = np.array([3.0], dtype)
    F.adam_step(p, [0.0], m, v, step=2, lr=3.0, betas=(0.5, 0.5), eps=0.0, amsgrad=True, vmax=vmax)
    close([p[0], m[0], v[0], vmax[0]], [-0.25, 0.5, 1.0, 3.0], dtype)


def test_adamw_decays_the_weights_alone(core, dtype):
    p, m, v = np.array([2.0], dtype), np.zeros(1, dtype), np.zeros(1, dtype)
    F.adamw_step(p, [0.0], m, v, step=1, lr=0.5, weight_decay=0.5)
    assert (p[0], m[0], v[0]) == (1.5, 0.0, 0.0)


def test_adamax_by_hand(core, dtype):
    p, m, u = (np.array([x], dtype) for x in (1.0, 0.0, 16.0))
    # m = 1, corrected 2; u = max(8, 2) = 8
    F.adamax_step(p, [2.0], m, u, step=1, lr=0.5, betas=(0.5, 0.5), eps=0.0)
    assert (p[0], m[0], u[0]) == (0.875, 1.0, 8.0)


def test_nadam_by_hand(core, dtype):
    p, m, v, product = np.ones(1, dtype), np.zeros(1, dtype), np.zeros(1, dtype), np.ones(1)
    # momentum_decay 0: mu = 1/4 always. m = 1, v corrected 4, root 2.
    # a = 3/4 / (3/4) = 1, b = 1/4 / (1 - 1/16) = 4/15
    F.nadam_step(
        p, [2.0], m, v, product, step=1, lr=1.0, betas=(0.5, 0.5), eps=0.0, momentum_decay=0.0
    )
    assert product[0] == 0.25
    close(p[0], 1 - (2 + 4 / 15) / 2, dtype)


def test_radam_by_hand(core, dtype):
    p, m, v = (np.array([x], dtype) for x in (1.0, 0.0, 0.0))
    F.radam_step(p, [2.0], m, v, step=1, lr=0.5, betas=(0.5, 0.9), eps=0.0)  # 1 - 0.5 * 2
    assert p[0] == 0.0
    # beta2 = 0.9: rho_inf = 19, rho_10 = 19 - 20 * 0.9^10 / (1 - 0.9^10)
    left = 0.9**10
    rho = 19 - 20 * left / (1 - left)
    assert rho > 5
    r = math.sqrt((rho - 4) * (rho - 2) * 19 / (15 * 17 * rho))
    p, m, v = (np.array([x], dtype) for x in (1.0, 0.0, 3.9))
    F.radam_step(p, [2.0], m, v, step=10, lr=0.5, betas=(0.5, 0.9), eps=0.0)  # m = 1, v = 3.91
    wanted = 1 - 0.5 / (1 - 0.5**10) * r * math.sqrt(1 - left) / math.sqrt(3.91)
    close(p[0], wanted, dtype)


def test_lion_by_hand(core, dtype):
    p, m = np.array([1.0, 1.0, 1.0], dtype), np.array([4.0, -4.0, 0.0], dtype)
    # The sign of m/2 + g/2: +, -, 0; decay first: p = 0.75
    F.lion_step(p, [-2.0, 2.0, 0.0], m, lr=0.5, betas=(0.5, 0.75), weight_decay=0.5)
    assert p.tolist() == [0.25, 1.25, 0.75]
    assert m.tolist() == [2.5, -2.5, 0.0]


def test_rprop_by_hand(core, dtype):
    p = np.ones(4, dtype)
    previous, size = np.array([1, 1, 0, -1e-30], dtype), np.full(4, 0.5, dtype)
    F.rprop_step(p, [2.0, -2.0, 3.0, -1e-30], previous, size, etas=(0.5, 2.0))
    assert size.tolist() == [1.0, 0.25, 0.5, 1.0]
    assert p.tolist() == [0.0, 1.0, 0.5, 2.0]
    assert previous[1] == 0 and previous[0] == 2


# The lecture's recurrences -------------------------------------------------------------------


def test_momentum_is_the_lectures_recurrence(core):
    """v = mu v - lr g, w = w + v: the same steps while lr is constant."""
    curvature, mu, lr = np.array([1.0, 10.0]), 0.9, 0.05
    w, v = np.array([1.0, -2.0]), np.zeros(2)
    model, sgd = Model(w), optim.SGD(lr=lr, momentum=mu)
    for _ in range(50):
        v = mu * v - lr * curvature * w
        w = w + v
        model.grad[:] = curvature * model.theta
        sgd.step(model)
    close(model.theta, w, np.float64, 10)


def test_nesterov_is_the_lectures_recurrence(core):
    """The gradient at w + mu v, v = mu v - lr g, w = w + v: theta is the point looked ahead to."""
    curvature, mu, lr = np.array([1.0, 10.0]), 0.9, 0.05
    w, v = np.array([1.0, -2.0]), np.zeros(2)
    model, sgd = Model(w), optim.SGD(lr=lr, momentum=mu, nesterov=True)
    for _ in range(50):
        v = mu * v - lr * curvature * (w + mu * v)
        w = w + v
        model.grad[:] = curvature * model.theta
        sgd.step(model)
    close(model.theta, w + mu * v, np.float64, 10)


# The float64 twin ----------------------------------------------------------------------------


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


# PyTorch -------------------------------------------------------------------------------------


@pytest.mark.peers
@every_variant
def test_thousand_steps_as_torch(core, monkeypatch, name, options):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    if name == "Lion":
        pytest.skip("torch.optim has no Lion")
    rng = np.random.default_rng(11)
    theta, noise = rng.normal(size=33), rng.normal(size=(1000, 33))
    mine = walk(make(name, options), theta, noise)

    # torch keeps NAdam's mu_product in the default dtype, not in the parameters'.
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    peer = getattr(torch.optim, name)([parameter], **options)
    for shake in noise:
        parameter.grad = 0.5 * parameter.detach() + torch.tensor(shake)
        peer.step()
    np.testing.assert_allclose(mine, parameter.detach().numpy(), rtol=1e-12, atol=1e-13)


def test_thousand_steps_of_lion_as_written_in_the_paper(core):
    rng = np.random.default_rng(11)
    theta, noise = rng.normal(size=33), rng.normal(size=(1000, 33))
    mine = walk(optim.Lion(weight_decay=0.1), theta, noise)
    m = np.zeros(33)
    for shake in noise:
        g = 0.5 * theta + shake
        c = 0.9 * m + 0.1 * g
        theta = theta - 1e-4 * (np.sign(c) + 0.1 * theta)
        m = 0.99 * m + 0.01 * g
    np.testing.assert_allclose(mine, theta, rtol=1e-12, atol=1e-13)


@pytest.mark.peers
def test_names_and_defaults_are_torchs(core):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    for name in {name for name, _ in VARIANTS} - {"Lion"}:
        defaults = getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)]).defaults
        for key, value in getattr(optim, name)().options().items():
            if key != "decay_all":
                assert value == pytest.approx(defaults[key]), (name, key)


# Clipping ------------------------------------------------------------------------------------


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


# Weight decay, state, schedules -----------------------------------------------------------------


def test_weight_decay_leaves_out_biases_unless_asked(core, dtype):
    for name in ("SGD", "AdamW", "Lion"):
        optimizer = getattr(optim, name)(lr=0.5, weight_decay=0.5)
        theta = run(optimizer, np.ones(6, dtype), [np.zeros(6)], [(0, 2), (3, 5)])
        assert theta.tolist() == [0.75, 0.75, 1.0, 0.75, 0.75, 1.0]
        optimizer = getattr(optim, name)(lr=0.5, weight_decay=0.5, decay_all=True)
        theta = run(optimizer, np.ones(6, dtype), [np.zeros(6)], [(0, 2)])
        assert theta.tolist() == [0.75] * 6


@every_variant
def test_resume_equals_an_uninterrupted_run(core, dtype, name, options):
    rng = np.random.default_rng(1)
    theta, grads = rng.normal(size=50).astype(dtype), rng.normal(size=(20, 50))
    whole = run(make(name, options), theta, grads)
    first = make(name, options)
    middle = run(first, theta, grads[:9])
    loaded = make(name, options)
    loaded.load_state_dict(first.state_dict())
    for second in (pickle.loads(pickle.dumps(first)), copy.deepcopy(first), loaded):
        assert second.step_count == 9
        assert np.array_equal(run(second, middle, grads[9:]), whole)


def test_state_arrays(core, dtype):
    model = Model(np.ones(5, dtype))
    for name, row in OPTIMIZERS.items():
        optimizer = optim.get(name)
        assert optimizer.lr == row.lr and optimizer.weight_decay == row.weight_decay
        assert optimizer.hyper == tuple(row.hyper.values())
        assert optimizer.state == {}
        optimizer.step(model)
        unused = unused_state(name, optimizer.hyper)
        assert set(optimizer.state) == set(row.state) - unused
        state = optimizer.prepare(model.theta)[1]
        assert [a is None for a in state] == [k in unused for k in row.state]
        for key, array in optimizer.state.items():
            wanted = ((1,), np.float64) if key == "mu_product" else ((5,), dtype)
            assert (array.shape, array.dtype) == wanted


def test_state_of_other_parameters_is_refused(core):
    adam = optim.Adam()
    adam.step(Model(np.ones(5)))
    with pytest.raises(ValueError, match=r"Adam: its state belongs to 5 float64 .* got 6 float64"):
        adam.step(Model(np.ones(6)))
    with pytest.raises(ValueError, match=r"5 float64 .* got 5 float32"):
        adam.step(Model(np.ones(5, np.float32)))
    adam.reset()
    adam.step(Model(np.ones(6)))
    assert adam.step_count == 1


def test_learning_rate_follows_a_schedule(core):
    sgd = optim.SGD(lr=schedules.step(1.0, step_size=2, gamma=0.5))
    theta = run(sgd, np.zeros(1), np.ones((4, 1)))
    assert theta[0] == -(1 + 1 + 0.5 + 0.5)
    assert sgd.lr_at(4) == 0.25
    assert sgd.lrs(1, 4).tolist() == [1.0, 0.5, 0.5, 0.25]
    sgd.lr = lambda step: 1.0 / (1 + step)
    assert sgd.lrs(0, 2).tolist() == [1.0, 0.5]
    sgd.lr = 0.1
    assert sgd.lrs(5, 2).tolist() == [0.1, 0.1]
    sgd.lr = lambda step: -1.0
    with pytest.raises(ValueError, match=r"SGD: lr must be in \[0, inf\), got -1.0 at step 4"):
        sgd.step(Model(np.zeros(1)))


def test_repr_makes_the_same_optimizer():
    adam = optim.AdamW(lr=schedules.cosine(1e-3, steps=10), betas=(0.8, 0.9))
    again = eval(repr(adam), {**vars(optim), **vars(schedules)})
    assert again.options() == adam.options()


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("SGD", {"lr": -1.0}, r"SGD: lr must be in \[0, inf\), got -1.0"),
        ("SGD", {"momentum": -0.1}, r"SGD: momentum must be in \[0, inf\)"),
        ("SGD", {"nesterov": True}, "SGD: nesterov needs momentum > 0 and dampening = 0"),
        ("Adam", {"betas": (1.0, 0.9)}, r"Adam: betas\[0\] must be in \[0, 1\), got 1.0"),
        ("AdamW", {"betas": (0.9, -1)}, r"AdamW: betas\[1\] must be in \[0, 1\), got -1"),
        ("Adam", {"eps": -1e-8}, "Adam: eps must be in"),
        ("Adam", {"lr": float("nan")}, "Adam: lr must be in"),
        ("Adadelta", {"rho": 1.5}, r"Adadelta: rho must be in \[0, 1\], got 1.5"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value"),
        ("NAdam", {"weight_decay": -1}, r"NAdam: weight_decay must be in \[0, inf\), got -1"),
        ("Rprop", {"etas": (1.5, 1.2)}, r"Rprop: etas\[0\] must be in \(0, 1\), got 1.5"),
        ("Rprop", {"etas": (0.5, 1.0)}, r"Rprop: etas\[1\] must be in \(1, inf\), got 1.0"),
        ("Rprop", {"step_sizes": (1.0, 0.5)}, r"Rprop: step_sizes\[1\] must be in \[1, inf\)"),
    ],
)
def test_values_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        make(name, options)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("SGD", {"lr": "fast"}, "SGD: lr must be a number, got 'fast'"),
        ("SGD", {"nesterov": 1}, "SGD: nesterov must be True or False, got 1"),
        ("Adam", {"betas": 0.9}, "Adam: betas must be two numbers, got 0.9"),
        ("Adam", {"amsgrad": "yes"}, "Adam: amsgrad must be True or False"),
    ],
)
def test_values_of_the_wrong_kind(name, options, message):
    with pytest.raises(TypeError, match=message):
        make(name, options)


def test_names():
    assert tuple(OPTIMIZERS) == F.OPTIMIZERS
    adam = optim.Adam()
    assert optim.get(adam) is adam
    with pytest.raises(ValueError, match=r"optimizer must be one of sgd, .*, rprop, got 'adm'"):
        optim.get("adm")
    with pytest.raises(TypeError, match=r"write Adam\(\)"):
        optim.get(optim.Adam)


def test_errors_of_the_step_functions_change_nothing(core, dtype):
    p, m, v = np.ones((2, 3), dtype), np.zeros((2, 3), dtype), np.zeros((2, 3), dtype)
    g = np.ones((2, 3))
    other = np.float32 if dtype == np.float64 else np.float64
    frozen = m.copy()
    frozen.flags.writeable = False
    bad = [
        (ValueError, "adam_step: g must have shape .2, 3. to match p", (p, g[0], m, v), {}),
        (ValueError, "adam_step: m must be float", (p, g, m.astype(other), v), {}),
        (ValueError, "adam_step: v must have shape", (p, g, m, v.reshape(3, 2)), {}),
        (ValueError, "adam_step: m is read-only", (p, g, frozen, v), {}),
        (ValueError, "adam_step: v must be C-contiguous", (p, g, m, np.asfortranarray(v)), {}),
        (ValueError, "adam_step: v must not overlap m", (p, g, m, m), {}),
        (ValueError, "adam_step: g must not overlap p", (p, p, m, v), {}),
        (ValueError, "adam_step: vmax is needed", (p, g, m, v), {"amsgrad": True}),
        (ValueError, r"adam_step: step must be in \[1", (p, g, m, v), {"step": 0}),
        (TypeError, "adam_step: p must be a NumPy array, got list", ([1.0], [1.0], m, v), {}),
        (TypeError, "adam_step: g must hold real numbers", (p, 1j * g, m, v), {}),
        (TypeError, "adam_step: step must be an integer, got 1.0", (p, g, m, v), {"step": 1.0}),
    ]
    for kind, message, arrays, options in bad:
        with pytest.raises(kind, match=message):
            F.adam_step(*arrays, **{"step": 1, **options})
    assert (p == 1).all() and (m == 0).all() and (v == 0).all()


def test_any_layout_of_the_gradient_gives_the_same_bits(core, dtype):
    g = np.random.default_rng(0).normal(size=(6, 5)).astype(dtype)
    results = []
    for layout in (g, np.asfortranarray(g), np.repeat(g, 2, axis=1)[:, ::2], g[::-1].copy()[::-1]):
        p, m, v = np.ones((6, 5), dtype), np.zeros((6, 5), dtype), np.zeros((6, 5), dtype)
        F.adam_step(p, layout, m, v, step=1)
        results.append(p)
    assert all(np.array_equal(results[0], p) for p in results)


def test_mu_product_must_be_one_double(core):
    p, m, v = np.ones(3, np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="nadam_step: mu_product must be float64, got float32"):
        F.nadam_step(p, p + 1, m, v, np.ones(1, np.float32), step=1)


def test_state_dict_is_checked():
    adam = optim.Adam()
    with pytest.raises(ValueError, match=r"Adam.load_state_dict: the state must be of adam"):
        adam.load_state_dict(optim.SGD().state_dict())
    with pytest.raises(ValueError, match="keys are missing: options"):
        adam.load_state_dict({"name": "adam", "step_count": 1, "state": {}})

"""Rules of the optimizers: numbers worked out by hand, the lecture's recurrences, the papers."""

from __future__ import annotations

import math

import numpy as np

from fusedmlp import functional as F
from fusedmlp import optim
from optimizer_cases import Model, close, walk


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


def test_lr_inside_the_velocity_by_hand(core, dtype):
    p, v = np.array([1.0], dtype), np.array([7.0], dtype)
    options = {"momentum": 0.5, "lr_in_velocity": True}
    F.sgd_step(p, [2.0], v, lr=0.5, first=True, **options)  # v = 1
    assert (p[0], v[0]) == (0.0, 1.0)
    F.sgd_step(p, [4.0], v, lr=0.25, **options)  # v = 0.5 + 1: the old gradient keeps its lr
    assert (p[0], v[0]) == (-1.5, 1.5)
    F.sgd_step(p, [4.0], v, lr=0.25, nesterov=True, **options)  # v = 1.75, p -= 0.875 + 1
    assert (p[0], v[0]) == (-3.375, 1.75)


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


def test_epsilon_hat_by_hand(core, dtype):
    p, m, v = (np.array([x], dtype) for x in (1.0, 0.0, 0.0))
    # m = 1, v = 2; lr sqrt(1 - 1/2) / (1 - 1/2) m / (sqrt(v) + 1)
    options = {"lr": 0.5, "betas": (0.5, 0.5), "eps": 1.0, "epsilon_hat": True}
    F.adam_step(p, [2.0], m, v, step=1, **options)
    close(p[0], 1 - math.sqrt(0.5) / (math.sqrt(2) + 1), dtype)


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

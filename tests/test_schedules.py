"""Schedules: numbers by hand, torch.optim.lr_scheduler, one value and many give the same bits."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from fusedmlp import schedules as s

EVERY = [
    s.constant(0.1),
    s.step(1.0, step_size=7, gamma=0.3),
    s.multistep(1.0, milestones=[30, 5], gamma=0.3),
    s.exponential(1.0, gamma=0.97),
    s.polynomial(1.0, steps=40, power=1.7, eta_min=0.01),
    s.inverse_time(1.0, gamma=0.5, steps=3, power=0.7),
    s.cosine(1.0, steps=50, eta_min=0.1),
    s.cosine_restarts(1.0, steps=5, multiply=3, eta_min=0.1),
    s.cosine_restarts(1.0, steps=9),
    s.coslog(1.0, steps=50),
    s.flat_cosine(0.02, steps=50),
    s.one_cycle(1.0, steps=60),
    s.one_cycle(1.0, steps=60, pct_start=0.0, anneal="linear"),
    s.warmup(s.cosine(1.0, steps=50), steps=10, start=0.05),
    s.join([s.warmup(0.5, steps=5), 0.3, s.exponential(0.3, gamma=0.9)], boundaries=[8, 20]),
]


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_one_value_and_many_give_the_same_bits(schedule):
    steps = np.arange(101)
    many = schedule(steps)
    assert many.dtype == np.float64 and many.shape == steps.shape
    assert np.isfinite(many).all() and (many >= 0).all()
    one = [schedule(int(t)) for t in steps]
    assert all(isinstance(value, float) for value in one)
    assert np.array_equal(many, one)
    assert np.array_equal(schedule(steps.reshape(1, 101)), many.reshape(1, 101))
    assert np.array_equal(schedule(steps[50:]), many[50:])
    assert schedule([]).size == 0


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_copies_are_equal(schedule):
    assert pickle.loads(pickle.dumps(schedule)) == schedule == copy.deepcopy(schedule)
    assert eval(repr(schedule), vars(s).copy()) == schedule


def test_by_hand():
    assert s.constant(0.5)(10**9) == 0.5
    assert s.step(1.0, 10, 0.5)([0, 9, 10, 19, 20]).tolist() == [1, 1, 0.5, 0.5, 0.25]
    assert s.multistep(1.0, [2, 4], 0.5)([1, 2, 3, 4]).tolist() == [1, 0.5, 0.5, 0.25]
    assert s.exponential(1.0, gamma=0.5, steps=2)([0, 2, 4]).tolist() == [1, 0.5, 0.25]
    assert s.polynomial(1.0, steps=4, power=2, eta_min=0.5)([0, 2, 4, 99]).tolist() == [
        1, 0.625, 0.5, 0.5,
    ]  # fmt: skip
    assert s.inverse_time(1.0, gamma=1.0)([0, 1, 3]).tolist() == [1, 0.5, 0.25]
    np.testing.assert_allclose(
        s.cosine(2.0, steps=3)([0, 1, 2, 3, 4]), [2, 1.5, 0.5, 0, 0], atol=1e-15
    )
    # Four waves, whole at the shares 1/15, 3/15, 7/15 and 1; sqrt(2) - 1 and so on at the tops.
    tops = (np.sqrt(2) * 2.0 ** np.arange(4) - 1) / 15
    wave = s.coslog(2.0, steps=15)
    np.testing.assert_allclose(wave([0, 1, 3, 7, 15, 16]), 0, atol=1e-15)
    np.testing.assert_allclose(wave(15 * tops), 2, rtol=1e-14)
    np.testing.assert_allclose(wave(15 * (2.0**0.25 - 1) / 15), 1, rtol=1e-14)
    np.testing.assert_allclose(
        s.flat_cosine(2.0, steps=6)([0, 3, 4, 4.5, 5, 6, 9]), [2, 2, 1.5, 1, 0.5, 0, 0], atol=1e-15
    )
    # Waves of 2, 4 and 8 steps.
    np.testing.assert_allclose(
        s.cosine_restarts(1.0, steps=2, multiply=2)([0, 1, 2, 4, 6, 10, 14]),
        [1, 0.5, 1, 0.5, 1, 0.5, 1],
        atol=1e-15,
    )
    assert s.warmup(1.0, steps=4)([0, 1, 2, 4, 5]).tolist() == [0, 0.25, 0.5, 1, 1]
    assert s.join([1.0, s.exponential(0.5, gamma=0.5)], [3])([2, 3, 4]).tolist() == [1, 0.5, 0.25]


def test_restarts_hit_every_boundary():
    schedule = s.cosine_restarts(1.0, steps=3, multiply=10)
    starts = [3 * (10**k - 1) // 9 for k in range(12)]
    assert (schedule(starts) == 1.0).all()


@pytest.mark.peers
@pytest.mark.parametrize(
    "mine, name, options",
    [
        (s.step(0.3, 7, 0.3), "StepLR", {"step_size": 7, "gamma": 0.3}),
        (s.multistep(0.3, [5, 30]), "MultiStepLR", {"milestones": [5, 30]}),
        (s.exponential(0.3, 0.97), "ExponentialLR", {"gamma": 0.97}),
        (s.polynomial(0.3, 40, 1.7), "PolynomialLR", {"total_iters": 40, "power": 1.7}),
        (s.cosine(0.3, 60, 0.01), "CosineAnnealingLR", {"T_max": 60, "eta_min": 0.01}),
        (s.cosine_restarts(0.3, 7, 2), "CosineAnnealingWarmRestarts", {"T_0": 7, "T_mult": 2}),
        (s.cosine_restarts(0.3, 7), "CosineAnnealingWarmRestarts", {"T_0": 7}),
        (s.one_cycle(0.3, 60), "OneCycleLR", {"max_lr": 0.3, "total_steps": 60}),
        (
            s.one_cycle(0.3, 60, 0.5, 10.0, 100.0, "linear"),
            "OneCycleLR",
            {
                "max_lr": 0.3, "total_steps": 60, "pct_start": 0.5, "div_factor": 10.0,
                "final_div_factor": 100.0, "anneal_strategy": "linear",
            },
        ),
    ],
    ids=repr,
)  # fmt: skip
def test_as_torch(mine, name, options):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    theirs = []
    for _ in range(60):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(theirs) < 60:
            scheduler.step()
    np.testing.assert_allclose(mine(np.arange(60)), theirs, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: s.cosine(-1.0, steps=5), r"cosine: lr must be in \[0, inf\), got -1.0"),
        (lambda: s.cosine(1.0, steps=0), r"cosine: steps must be in \[1, .*got 0"),
        (lambda: s.one_cycle(1.0, 10, pct_start=1.5), r"one_cycle: pct_start must be in \[0, 1\]"),
        (lambda: s.one_cycle(1.0, 10, anneal="x"), "one_cycle: anneal must be one of cos, linear"),
        (lambda: s.join([1.0, 2.0], [3, 4]), "join: boundaries must be one fewer than schedules"),
        (lambda: s.join([1.0, 2.0, 3.0], [4, 4]), "join: boundaries must increase"),
        (lambda: s.constant(0.1)(-1), "constant: step must be >= 0, got -1"),
    ],
)
def test_values_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_values_of_the_wrong_kind():
    with pytest.raises(TypeError, match=r"cosine: steps must be an integer, got 5\.0"):
        s.cosine(1.0, steps=5.0)
    with pytest.raises(TypeError, match="warmup: after must be a schedule or a number"):
        s.warmup(lambda t: 1.0, steps=3)

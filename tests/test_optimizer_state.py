"""State of the optimizers: arrays, weight decay, resume, schedules."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from fusedmlp import optim, schedules
from fusedmlp.checks.optimizers import unused_state
from fusedmlp.core.catalogue import OPTIMIZERS
from optimizer_cases import Model, every_variant, make, run


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


def test_state_dict_is_checked():
    adam = optim.Adam()
    with pytest.raises(ValueError, match=r"Adam.load_state_dict: the state must be of adam"):
        adam.load_state_dict(optim.SGD().state_dict())
    with pytest.raises(ValueError, match="keys are missing: options"):
        adam.load_state_dict({"name": "adam", "step_count": 1, "state": {}})

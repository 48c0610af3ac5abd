"""Parts of a gradient that are told of while the rest is computed: the same bits, in order."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.core.records import Steps
from fusedmlp.distributed.gradient_sum import cuts
from fusedmlp.training.task import prepare_task
from support import classes_data, every_layer, same_bits


def job_of(model, **settings):
    """A job of Adam over enough rows for several threads."""
    x, y = classes_data(np.random.default_rng(1), 300, dtype=model.dtype)
    task = prepare_task(model, x, y, "cross_entropy", "test")
    return task.job(model, fm.optim.Adam(0.01), {"seed": 0, "batch_size": 100, **settings})


def steps(count=3):
    return Steps(np.full(count, 0.01), np.zeros(count), None, None, 1, 0)


def begins_of(model):
    """Where the parameters of each operation begin, each once."""
    sizes = [sum(t.size for t in op.parameters) for op in model.ops]
    return sorted({int(begin) for begin in np.cumsum([0, *sizes[:-1]]) if begin < sum(sizes)})


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    "make",
    [
        lambda dtype: every_layer(width=64, dtype=dtype, seed=0),
        lambda dtype: fm.MLP([6, 96, 80, 3], seed=0, dtype=dtype),
    ],
    ids=["every layer", "dense"],
)
def test_parts_come_in_order_and_change_no_bits(core, dtype, make, threads):
    name = np.dtype(dtype).name
    plain, model = make(name), make(name)
    job_of(plain, num_threads=threads).epoch(None, steps(), 0.0)
    begins, told, seen = begins_of(model), [], np.full(model.theta.size, np.nan, dtype)

    def on_part(begin, end):
        told.append((begin, end))
        seen[begin:end] = model.grad[begin:end]

    def on_gradient(grad):
        assert same_bits(seen, grad)  # a part that was told of has its last value
        seen.fill(np.nan)

    job = job_of(model, num_threads=threads, parts=begins, on_part=on_part,
                 on_gradient=on_gradient)  # fmt: skip
    result = job.epoch(None, steps(), 0.0)
    assert result["error"] is None and result["steps"] == 3
    assert same_bits(plain.theta, model.theta) and same_bits(plain.buffers, model.buffers)
    assert told == 3 * list(zip(begins, [*begins[1:], model.theta.size], strict=True))[::-1]


def test_a_part_comes_before_the_layers_below_it_are_done(core, dtype):
    """Otherwise nothing of its sum could be hidden."""
    model = fm.MLP([6, 96, 80, 3], seed=0, dtype=np.dtype(dtype).name)
    begins, unknown = begins_of(model), []

    def on_part(begin, end):
        unknown.append(np.isnan(model.grad[:begin]).all())
        if begin == 0:
            model.grad.fill(np.nan)  # before the next step

    model.grad.fill(np.nan)
    job_of(model, parts=begins, on_part=on_part).epoch(None, steps(1), 0.0)
    assert len(unknown) == 3 and all(unknown)


def test_an_error_in_a_part_ends_the_epoch_before_the_update(core):
    model = fm.MLP([6, 96, 80, 3], seed=0)
    before, told = model.theta.copy(), []

    def fail(begin, end):
        told.append(begin)
        if len(told) == 2:
            raise ZeroDivisionError("mine")

    def never(grad):
        raise AssertionError("the gradient is not whole")

    job = job_of(model, parts=begins_of(model), on_part=fail, on_gradient=never)
    result = job.epoch(None, steps(), 0.0)
    assert isinstance(result["error"], ZeroDivisionError) and result["steps"] == 0
    assert len(told) == 2 and same_bits(before, model.theta)


def test_a_loss_that_is_not_finite_tells_of_no_part(core):
    model = fm.MLP([6, 96, 3], seed=0)
    model.theta[:] = np.inf
    told = []
    job = job_of(model, parts=[0], on_part=lambda *part: told.append(part))
    assert not job.epoch(None, steps(), 0.0)["finite"] and not told


@pytest.mark.parametrize(
    ("sizes", "least", "expected"),
    [
        ([], 10, []),
        ([5, 9], 10, []),  # one part would be all
        ([30], 10, []),
        ([10, 10], 10, [0, 10]),
        ([5, 10, 10, 1], 10, [0, 15]),
        ([3, 0, 10, 0, 10, 0], 10, [0, 13]),  # the small first layer is no part of its own
        ([4, 20, 20, 20, 3], 20, [0, 24, 44]),
    ],
)
def test_parts_are_whole_layers_of_some_size(sizes, least, expected):
    assert cuts(sizes, least) == expected

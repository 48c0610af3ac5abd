"""Cases of mpi_cases.py: fits that one rank's fault, Ctrl-C or clock ends, and how they end."""

from __future__ import annotations

import os
import signal
import time

import numpy as np

import fusedmlp as fm
from fusedmlp.distributed.gradient_sum import GradientSum
from mpi_rows import BATCH, ROWS, part, rows


def small(comm, **options):
    """A fit that would take long."""
    x, y, _ = rows()
    mine = part(comm.rank, comm.size)
    model = options.pop("model", None) or fm.MLP([6, 9, 3], seed=0)
    defaults = {"loss": "cross_entropy", "epochs": 10**6, "batch_size": BATCH}
    x, y = options.pop("x", x[mine]), options.pop("y", y[mine])
    return fm.distributed.fit(model, x, y, **{**defaults, **options})


def ends(comm, kind, **options):
    """How a fit ends on this rank."""
    model = fm.MLP([6, 9, 3], seed=0)
    try:
        history = small(comm, model=model, **options)
    except kind as error:
        history = model.history
        return {"error": f"{type(error).__name__}: {error}", "theta": model.theta,
                "stopped_by": "" if history is None else history.stopped_by}  # fmt: skip
    return {"error": "", "theta": model.theta, "stopped_by": history.stopped_by,
            "steps": model.steps_trained,
            "epochs": history.epochs}  # fmt: skip


def on_rank(comm, rank, at, do):
    """A hook that does something at one call on one rank."""
    calls = []

    def hook(*arguments):
        calls.append(1)
        if comm.rank == rank and len(calls) == at:
            return do(*arguments)

    return hook


def fails(*arguments):
    raise ZeroDivisionError("mine")


def hook_fails(comm):
    return ends(comm, Exception, on_gradient=on_rank(comm, 1, 5, fails))


def last_hook_fails(comm):
    """After the last sum of an epoch, when the others are done with it."""
    steps = -(-sum(ROWS[: comm.size]) // BATCH)
    return ends(comm, Exception, on_gradient=on_rank(comm, 1, steps, fails))


def loss_fails(comm):
    from fusedmlp import functional as F

    fail = on_rank(comm, 1, 7, fails)

    def loss(pred, target, weights):
        fail()
        return F.cross_entropy_value_and_grad(pred, target)

    return ends(comm, Exception, loss=loss)


def callback_fails(comm):
    return ends(comm, Exception, callbacks=[fm.callbacks.LambdaCallback(fails)])


def begin_fails(comm):
    return ends(comm, Exception, callbacks=[fm.callbacks.EarlyStopping("val_loss")])


def metric_fails(comm):
    def metric(y, pred):
        fails()

    return ends(comm, Exception, metrics=[metric])


def part_fails(comm):
    """In the middle of a step, when some of its sums have begun."""
    begin, fail = GradientSum.begin, on_rank(comm, 1, 9, fails)

    def begin_or_fail(self, *part):
        fail()
        begin(self, *part)

    GradientSum.begin = begin_or_fail
    return ends(comm, Exception)


def data_fail(comm):
    x = np.ones((50, 6), np.float32)
    x[3, 2] = np.nan if comm.rank == 1 else 1
    return ends(comm, Exception, x=x, y=np.zeros(50, int))


def options_fail(comm):
    return ends(comm, Exception, epochs=3 + comm.rank)


def few_rows_fail(comm):
    n = 2 if comm.rank else 500
    return ends(comm, Exception, x=np.ones((n, 6)), y=np.zeros(n, int))


def weights_differ(comm):
    def noise(grad):
        grad += 1e-3 * comm.rank

    return ends(comm, Exception, on_gradient=noise)


def ctrl_c(comm):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    press = on_rank(comm, 1, 20, lambda grad: os.kill(os.getpid(), signal.SIGINT))
    return ends(comm, KeyboardInterrupt, on_gradient=press)


def diverges(comm):
    spoil = on_rank(comm, 1, 21, lambda grad: grad.fill(1e30))

    def hook(grad):  # the same on all ranks
        if comm.rank == 1:
            spoil(grad)
        comm.Bcast(grad, root=1)

    return ends(comm, fm.DivergedError, on_gradient=hook, loss="mse", optimizer="sgd",
                y=np.ones((ROWS[comm.rank], 3)))  # fmt: skip


def one_diverges(comm):
    """The loss of one rank's rows alone is not finite; the others are in the reduction."""
    from fusedmlp import functional as F

    calls = []

    def loss(pred, target, weights):
        calls.append(1)
        value, gradient = F.cross_entropy_value_and_grad(pred, target)
        return np.inf if comm.rank == 1 and len(calls) == 30 else value, gradient

    return ends(comm, fm.DivergedError, loss=loss)


def out_of_time(comm):
    # The ranks' clocks would stop at other steps.
    return ends(comm, Exception, max_seconds=0.3)


def out_of_time_in_an_epoch(comm):
    return ends(comm, Exception, max_seconds=0.3, batch_size=5,
                on_gradient=lambda grad: time.sleep(0.03))  # fmt: skip


def unforeseen(comm):
    from fusedmlp.distributed.run import DistributedRun

    if comm.rank == 1:
        DistributedRun._average_statistics = fails
    return ends(comm, ())


def killed(comm):
    def kill(grad):
        print("killed at", time.time(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    return ends(comm, (), on_gradient=on_rank(comm, 1, 50, kill))

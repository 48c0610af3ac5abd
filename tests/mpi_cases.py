"""What test_distributed.py runs under mpirun: python mpi_cases.py CASE FOLDER [parts].

Every rank writes what it has got to FOLDER/RANK.npz. With "parts" the gradients of these small nets
are summed layer by layer, as those of large nets are.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import fusedmlp as fm
from fusedmlp.distributed import gradient_sum
from fusedmlp.distributed.gradient_sum import GradientSum
from support import every_layer

ROWS = (70, 53, 64, 41)  # of the ranks
BATCH = 30


def rows(dtype=np.float32):
    """All rows, as every rank draws them."""
    rng = np.random.default_rng(7)
    n = sum(ROWS)
    x = rng.standard_normal((n, 6)).astype(dtype)
    y = (x @ rng.standard_normal((6, 3))).argmax(axis=1)
    return x, y, rng.uniform(0.5, 2, n)


def part(rank, size):
    """The rows of a rank: of the first `size` ranks' rows."""
    begin = sum(ROWS[:rank])
    return slice(begin, begin + ROWS[rank])


def stop():
    return fm.callbacks.EarlyStopping(patience=1, min_delta=0.01)


# A model, options of its fit.
TABLE = {
    "plain": (lambda: fm.MLP([6, 17, 3], seed=0), {}),
    "layer norm": (lambda: fm.MLP([6, 24, 3], norm="layer", seed=0), {"loss": "cross_entropy"}),
    "batch norm": (lambda: fm.MLP([6, 24, 3], norm="batch", seed=0), {}),
    "dropout": (lambda: fm.MLP([6, 40, 3], dropout=0.3, seed=0), {"seed": 11}),
    "every layer": (lambda: every_layer(seed=0), {"clip_grad_value": 0.01}),
    "schedule": (
        lambda: fm.MLP([6, 9, 3], seed=0),
        {"optimizer": fm.optim.SGD(fm.schedules.cosine(0.1, steps=20), momentum=0.9)},
    ),
    "clipping": (lambda: fm.MLP([6, 9, 3], seed=0), {"clip_grad_norm": 0.1}),
    "early stopping": (
        lambda: fm.MLP([6, 64, 3], seed=0),
        {"optimizer": fm.optim.AdamW(0.05), "epochs": 40, "callbacks": [stop()]},
    ),
    "plateau": (
        lambda: fm.MLP([6, 9, 3], seed=0),
        {
            "optimizer": fm.optim.SGD(1.0),
            "callbacks": [fm.callbacks.ReduceLROnPlateau(patience=0, min_delta=10.0)],
        },
    ),
    "average": (lambda: fm.MLP([6, 9, 3], seed=0), {"callbacks": [fm.callbacks.EMA(0.9)]}),
    "class weights": (lambda: fm.MLP([6, 9, 3], seed=0), {"class_weight": "balanced"}),
    "validation split": (lambda: fm.MLP([6, 9, 3], seed=0), {"validation_split": 0.3}),
}


def fit_of(name, fit, x, y, w):
    """Fit one of the table, on these rows."""
    make, options = TABLE[name]
    model = make()
    held = {} if "validation_split" in options else {"validation_data": (x[:20], y[:20])}
    defaults = {"loss": "cross_entropy", "epochs": 3, "batch_size": BATCH, "metrics": ["accuracy"]}
    history = fit(model, x, y, sample_weight=w, **{**defaults, **held, **options})
    return model, history


def table(comm):
    x, y, w = rows()
    mine = part(comm.rank, comm.size)
    result = {}
    for name in TABLE:
        model, history = fit_of(name, fm.distributed.fit, x[mine], y[mine], w[mine])
        result[f"{name}/theta"], result[f"{name}/buffers"] = model.theta, model.buffers
        for column in ("loss", "val_loss", "accuracy", "val_accuracy", "lr"):
            result[f"{name}/{column}"] = history.history[column]
        result[f"{name}/stopped_by"] = history.stopped_by
        result[f"{name}/counts"] = model.steps_trained, model.epochs_trained
    return result


def joined(comm, dtype, optimizer):
    """Without shuffling and dropout: what one process does on the parts put together."""
    x, y, w = rows(dtype)
    mine = part(comm.rank, comm.size)
    model = fm.MLP([6, 17, 3], "tanh", seed=comm.rank, dtype=np.dtype(dtype).name)
    history = fm.distributed.fit(
        model, x[mine], y[mine], sample_weight=w[mine], loss="cross_entropy", epochs=3,
        optimizer=optimizer, batch_size=BATCH, shuffle=False, clip_grad_norm=0.5,
        metrics=["accuracy"],
    )  # fmt: skip
    return {"theta": model.theta, "loss": history.history["loss"],
            "accuracy": history.history["accuracy"],
            "norm": history.history["gradient_norm"]}  # fmt: skip


def joined32(comm):
    return joined(comm, np.float32, fm.optim.SGD(0.1, momentum=0.9))


def joined64(comm):
    return joined(comm, np.float64, fm.optim.Adam(0.01))


def balanced(comm):
    """Class weights from the classes of all ranks, in one batch."""
    x, y, _ = rows()
    mine = part(comm.rank, comm.size)
    model = fm.MLP([6, 9, 3], seed=0)
    order = np.argsort(y[: sum(ROWS[: comm.size])])  # ranks with other classes
    fm.distributed.fit(model, x[order][mine], y[order][mine], loss="cross_entropy", epochs=3,
                       class_weight="balanced", batch_size=sum(ROWS), shuffle=False,
                       optimizer="sgd")  # fmt: skip
    return {"theta": model.theta}


def shared(comm):
    """A memmap that all ranks see, and the same rows given to each."""
    folder = Path(sys.argv[2])
    x, y, w = rows()
    if comm.rank == 0:
        np.save(folder / "x.npy", x)
    comm.Barrier()
    mapped = np.load(folder / "x.npy", mmap_mode="r")
    n = len(x)
    mine = slice(comm.rank * n // comm.size, (comm.rank + 1) * n // comm.size)
    result = {}
    for kind in ("shared", "own"):
        model = fm.MLP([6, 9, 3], seed=0)
        options = {"loss": "cross_entropy", "epochs": 2, "batch_size": BATCH}
        if kind == "shared":
            fm.distributed.fit(model, mapped, y, shared=True, sample_weight=w,
                               validation_data=(x, y), **options)  # fmt: skip
        else:
            fm.distributed.fit(model, x[mine], y[mine], sample_weight=w[mine], **options)
        result[kind] = model.theta
    return result


def resume(comm):
    """Stopped after three epochs and resumed by new objects, against a run in one go."""
    path = Path(sys.argv[2]) / "run.safetensors"
    x, y, w = rows()
    mine = part(comm.rank, comm.size)

    def run(epochs, seed=0, lr=0.01, **options):
        model = fm.MLP([6, 12, 3], norm="batch", dropout=0.2, seed=seed)
        callbacks = [fm.callbacks.EMA(0.9), fm.callbacks.Checkpoint(path)]
        history = fm.distributed.fit(
            model, x[mine], y[mine], sample_weight=w[mine], loss="cross_entropy", epochs=epochs,
            optimizer=fm.optim.AdamW(lr), batch_size=BATCH, callbacks=callbacks,
            validation_split=0.2, **options,
        )  # fmt: skip
        return model, history

    whole, history = run(6)
    run(3)
    # Everything of the saved run comes from the file, also on ranks that do not read it.
    resumed, again = run(6, seed=comm.rank + 5, lr=0.01, resume_from=path)
    return {"whole": whole.theta, "resumed": resumed.theta, "loss": history.history["loss"],
            "again": again.history["loss"], "buffers": whole.buffers,
            "buffers again": resumed.buffers}  # fmt: skip


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


if __name__ == "__main__":
    from mpi4py import MPI

    if "parts" in sys.argv[3:]:
        gradient_sum.LEAST_BYTES = 4
    found = globals()[sys.argv[1]](MPI.COMM_WORLD)
    np.savez(Path(sys.argv[2]) / f"{MPI.COMM_WORLD.rank}.npz", **found)

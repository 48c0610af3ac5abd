"""Cases of mpi_cases.py: fits that end well, whose bits are compared."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import fusedmlp as fm
from mpi_rows import BATCH, ROWS, part, rows
from support import every_layer


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

"""What has no room of its own: files, threads, gradients, metrics."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import fusedmlp as fm
from bad_values import SIZE, flag, integer, needed_array, rows, sequence, without

from .call import INPUTS, LOSS, PATH, SEED, Call, floats, model


def calls() -> Iterator[Call]:
    yield Call("load", fm.load, lambda: {"path": "m"}, {"path": PATH}, quick=False)
    yield Call(
        "save",
        fm.Sequential.save,
        lambda: {"self": model(), "path": "m"},
        {"path": PATH},
        quick=False,
    )
    threads = {"n": integer(0, -1, 4097, 2**64)}
    for call in (fm.set_num_threads, fm.num_threads):
        yield Call(call.__name__, call, lambda: {"n": 1}, threads)
    yield Call(
        "gradcheck",
        fm.gradcheck,
        lambda: {"model": model(), "X": floats(8, 4), "y": floats(8, 3), "loss": "mse"},
        {
            "X": without(INPUTS, "1e39"),
            "y": without(rows, "1e39"),
            "loss": LOSS,
            "training": flag,
            "seed": SEED,
            "samples": without(SIZE, "None"),
        },
        quick=False,
    )
    yield Call(
        "fit_to_data",
        fm.initializers.fit_to_data,
        lambda: {"model": model(), "X": floats(8, 4)},
        {
            "model": sequence((3, TypeError), (None, TypeError)),
            "X": INPUTS,
            "bias": flag,
            "max_rows": SIZE,
            "seed": SEED,
        },
    )
    for metric in (
        "accuracy", "balanced_accuracy", "top_k_accuracy", "log_loss", "precision", "recall", "f1",
        "roc_auc", "mse", "rmse", "mae", "r2",
    ):  # fmt: skip
        several = metric in ("accuracy", "log_loss", "f1", "top_k_accuracy")
        yield Call(
            metric,
            getattr(fm.metrics, metric),
            lambda several=several, metric=metric: {
                "y": np.array([0, 1, 2, 0]) if several else np.array([0, 1, 1, 0]),
                "prediction": floats(4, 3) if several else floats(4, 1),
            },
            {"y": needed_array, "prediction": needed_array},
        )

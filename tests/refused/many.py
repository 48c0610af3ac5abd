"""Many models at once."""

from __future__ import annotations

from collections.abc import Iterator

import fusedmlp as fm
from bad_values import SIZE, classes, flag, integer, name, sequence, shaped, without

from .call import (
    CLASS_WEIGHT,
    CLIP,
    FEW_ROWS,
    INPUTS,
    LOSS,
    METRICS,
    SEED,
    Call,
    data,
    each,
    floats,
    model,
)


def calls() -> Iterator[Call]:
    yield Call(
        "fit_many",
        fm.fit_many,
        lambda: {
            "models": [model(), model()],
            "X": floats(8, 4),
            "y": data()["y"],
            "loss": "cross_entropy",
            "epochs": 1,
        },
        {
            "X": INPUTS,
            "y": classes,
            "loss": each(LOSS),
            "epochs": each(SIZE),
            "batch_size": each(SIZE),
            "shuffle": each(flag),
            "metrics": METRICS,
            "models": sequence(
                (3, TypeError), ([], ValueError), ([3], TypeError), ([fm.MLP], TypeError)
            ),
            "optimizers": each(name(None, fm.optim.Adam)),
            "clip_grad_norm": each(without(CLIP, "inf")),
            "clip_grad_value": each(CLIP),
            "max_seconds": each(CLIP),
            "doctor": flag,
            "num_threads": without(integer(0, -1, 4097), "None"),
            "class_weight": each(CLASS_WEIGHT),
        },
        quick=False,
    )
    own = {
        "X": INPUTS,
        "y": classes,
        "loss": each(LOSS),
        "metrics": METRICS,
        "seed": SEED,
        "folds": sequence(
            (1, ValueError),
            (0, ValueError),
            (-1, ValueError),
            (9, ValueError),
            ("5", TypeError),
            (True, TypeError),
            (2.0, TypeError),
            (None, TypeError),
        ),
    }
    few = {"loss": "cross_entropy", "epochs": 1, "folds": 2}
    yield Call(
        "cross_validate",
        fm.cross_validate,
        lambda: {"builder": model, "X": floats(8, 4), "y": data()["y"], **few},
        {**own, "builder": sequence((3, TypeError), (None, TypeError))},
        quick=False,
    )
    yield Call(
        "sweep",
        fm.sweep,
        lambda: {
            "builder": model,
            "grid": {"dtype": ["float32"]},
            "X": floats(8, 4),
            "y": data()["y"],
            **few,
        },
        {
            **own,
            "refit": flag,
            "mode": name(None),
            "builder": sequence((3, TypeError), (None, TypeError)),
            "grid": sequence((3, TypeError), (None, TypeError), ({"dtype": []}, ValueError)),
        },
        quick=False,
    )
    members = sequence((3, TypeError), (None, TypeError), ([], ValueError), ([3], TypeError))
    yield Call("Ensemble", fm.Ensemble, lambda: {"models": [model(), model()]}, {"models": members})
    for title in ("predict", "predict_proba"):
        yield Call(
            f"Ensemble.{title}",
            getattr(fm.Ensemble, title),
            lambda: {"self": fm.Ensemble([model(), model()]), "X": floats(8, 4)},
            {
                "X": without(shaped, *FEW_ROWS),
                **({"return_std": flag} if title == "predict" else {}),
            },
        )

"""Settings to be measured on folds: all nets of all settings in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

from numpy.typing import ArrayLike

from ..checks.names import hint
from ..sequential import Sequential
from ..training.callbacks import Callback
from ..training.options import checked_metrics, thread_count
from .each import refuse_twice
from .fit import fit_many
from .folds import checked_folds, classes_of
from .scores import Scores, row_of
from .side_by_side import side_by_side
from .tasks import Tasks, part_of

# Options of `fit_many` that have one value for all nets.
_ALIKE = ("sample_weight", "num_threads", "progress", "doctor", "executor")
# Arguments of `fit_many` that folds and points decide about.
_DECIDED = ("models", "X", "y", "rows", "validation_rows", "metrics", "callbacks")
# As `fit` calls what `fit_many` has one each of.
_SINGULAR = {"optimizers": "optimizer", "seeds": "seed"}


@dataclass
class Point:
    """A setting: how its models are built, and options of their fits."""

    build: Callable[[], Sequential]
    options: dict[str, Any]


def option_names() -> list[str]:
    """Return the options of a fit, as ``fit`` calls them, that a setting may have."""
    names = [n for n in signature(fit_many).parameters if n not in (*_DECIDED, *_ALIKE)]
    return [_SINGULAR.get(name, name) for name in names]


def split_options(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that may differ from net to net, and those that have one value."""
    alike = {name: value for name, value in options.items() if name in _ALIKE}
    return {name: value for name, value in options.items() if name not in alike}, alike


def fit_whole(
    point: Point, X: ArrayLike, y: ArrayLike, epochs: int | None, alike: dict[str, Any], what: str
) -> Sequential:
    """Return a new model of `point`, trained on all rows."""
    options = point.options if epochs is None else {**point.options, "epochs": epochs}
    model = _built(point, what)
    fit_many([model], X, y, **_columns([Point(point.build, options)], 1), **alike)
    return model


def checked_options(options: dict[str, Any], function: str) -> None:
    """Refuse what no fit knows."""
    known = (*option_names(), *_ALIKE)
    for name in options:
        if name not in known:
            raise TypeError(
                f"{function}: there is no option {name!r}{hint(name, known)}; options are those "
                f"of fit_many: {', '.join(known)}"
            )


def measure(
    points: Sequence[Point],
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: Any,
    metrics: Iterable[Any],
    seed: int,
    callbacks: Any,
    alike: dict[str, Any],
    function: str,
) -> list[Scores]:
    """Train each point's model on every fold, and measure it on the rows held out.

    Parameters
    ----------
    points : sequence of Point
        The options hold a "loss".
    X, y, folds, metrics, seed
        As in :func:`fm.cross_validate`.
    callbacks : callable, list of Callback, or None
    alike : dict
        Options with one value for all.
    function : str
        For messages.

    Returns
    -------
    list of Scores
        One for each point.
    """
    chosen = checked_metrics(metrics, function)
    tasks = Tasks(X, y, function)
    weights = alike.get("sample_weight")
    first = _built(points[0], function)
    whole = tasks.of(first, points[0].options["loss"], weights, function)
    parts = checked_folds(folds, len(tasks.x), classes_of(whole), seed, function)
    models = [first]
    models += [_built(point, function) for point in points for _ in parts][1:]
    refuse_twice(models, function, "models", "the builder must make a new model at each call")
    train, held = ([part[side] for _ in points for part in parts] for side in (0, 1))
    # A callback may watch what is held out; otherwise measuring once, at the end, is enough.
    watched: dict[str, Any] = {}
    if callbacks is not None:
        watched = {
            "callbacks": callback_factory(callbacks),
            "validation_rows": held,
            "metrics": chosen,
        }
    columns = _columns(points, len(parts))
    histories = fit_many(models, X, y, rows=train, **columns, **watched, **alike)

    threads = thread_count(alike.get("num_threads"), function)
    calls = []
    for k, model in enumerate(models):
        task = tasks.of(model, points[k // len(parts)].options["loss"], weights, function)
        part = part_of(task, held[k], function, "the rows held out")
        calls.append(partial(part.evaluate, model, chosen, num_threads=1))
    found = side_by_side(calls, threads)
    result = []
    for p in range(len(points)):
        span = range(p * len(parts), (p + 1) * len(parts))
        rows = [row_of(i, found[k], histories[k]) for i, k in enumerate(span)]
        result.append(Scores(rows, [models[k] for k in span], [histories[k] for k in span]))
    return result


def callback_factory(callbacks: Any) -> Callable[[], list[Callback]]:
    """Return a function that makes callbacks of a net: copies, where objects were given."""
    if callable(callbacks):
        return callbacks  # type: ignore[no-any-return]
    given = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
    return lambda: deepcopy(given)


def _built(point: Point, function: str) -> Sequential:
    model = point.build()
    if not isinstance(model, Sequential):
        raise TypeError(f"{function}: builder must return a Sequential, got {model!r}")
    return model


def _columns(points: Sequence[Point], folds: int) -> dict[str, Any]:
    """Return the options of all nets by their names in ``fit_many``; what a point does not say is
    the default."""
    plural = {singular: name for name, singular in _SINGULAR.items()}
    defaults = {name: p.default for name, p in signature(fit_many).parameters.items()}
    columns: dict[str, Any] = {}
    for name in dict.fromkeys(name for point in points for name in point.options):
        full = plural.get(name, name)
        values = [p.options.get(name, defaults[full]) for p in points for _ in range(folds)]
        columns[full] = [deepcopy(v) if full == "optimizers" else v for v in values]
    return columns

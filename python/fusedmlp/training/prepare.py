"""From what users pass to ``fit`` to a run that is checked and ready to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..checks.arrays import Array
from ..checks.numbers import flag, integer, number_or_schedule
from ..layers import refuse_lone_row
from ..model.passes import Passes
from ..optim import Optimizer
from ..optim import get as get_optimizer
from ..schedules import __all__ as SCHEDULES
from .callbacks import Callback
from .class_weights import weigh_classes
from .doctor import Doctor
from .history import History
from .interrupted import Writer
from .options import checked_callbacks, checked_metrics, limit, optional_callable, thread_count
from .run import DropoutScale, Run
from .task import Task

if TYPE_CHECKING:
    from ..core._core import Settings


def prepare_run(
    model: Passes,
    task: Task,
    validation: Task | None,
    *,
    optimizer: str | Optimizer = "adam",
    epochs: int = 10,
    batch_size: int = 32,
    shuffle: bool = True,
    class_weight: Any = None,
    metrics: Iterable[Any] = (),
    callbacks: Iterable[Callback] = (),
    clip_grad_norm: float | None = None,
    clip_grad_value: float | None = None,
    dropout_scale: DropoutScale = 1.0,
    max_seconds: float | None = None,
    num_threads: int | None = None,
    seed: int | None = None,
    on_gradient: Callable[[Array], object] | None = None,
    poll: Callable[[], object] | None = None,
    doctor: bool = True,
    show: Callable[[History], None],
    writer: Writer,
    function: str = "fit",
    kind: Callable[..., Run] = Run,
) -> Run:
    """Check all options; the model is only read.

    Parameters
    ----------
    model, task, validation
        As :class:`Run` takes them; `class_weight` is not yet in the task's weights.
    seed : int or None
        An exact one.
    poll : callable, optional
        Called about every 50 ms and after each epoch: what it raises ends the run.
    show, writer : callable
        See :class:`Run`.
    function : str
        For messages.
    kind : callable
        What makes the run.

    All else is as in ``fit``.
    """
    chosen = checked_callbacks(callbacks, function)
    settings: Settings = {
        "batch_size": integer(batch_size, function, "batch_size", low=1),
        "clip_grad_norm": limit(clip_grad_norm, function, "clip_grad_norm", infinite=True),
        "clip_grad_value": limit(clip_grad_value, function, "clip_grad_value"),
        "num_threads": thread_count(num_threads, function),
        "on_gradient": optional_callable(on_gradient, function, "on_gradient"),
        "poll": poll,
    }
    if settings["clip_grad_norm"] and settings["clip_grad_value"]:
        raise ValueError(f"{function}: clip_grad_norm and clip_grad_value exclude each other")
    if class_weight is not None:
        task = weigh_classes(task, class_weight, function)
    refuse_lone_row(model.layers, min(settings["batch_size"], task.size), function)
    adviser = None
    if flag(doctor, function, "doctor"):
        width = task.x.shape[1]
        plan = model.planned(width)
        adviser = Doctor(
            task.sample(Doctor.rows_wanted(width)),
            any(c.restores_best for c in chosen),
            task.out_of_reach(plan),
            plan.integer_inputs,
        )
    return kind(
        model,
        task,
        validation,
        optimizer=get_optimizer(optimizer, function),
        settings=settings,
        epochs=integer(epochs, function, "epochs", low=1),
        shuffle=flag(shuffle, function, "shuffle"),
        metrics=checked_metrics(metrics, function),
        callbacks=chosen,
        dropout_scale=number_or_schedule(
            dropout_scale, function, "dropout_scale", SCHEDULES, high=1.0
        ),
        max_seconds=limit(max_seconds, function, "max_seconds"),
        seed=seed,
        doctor=adviser,
        show=show,
        writer=writer,
    )

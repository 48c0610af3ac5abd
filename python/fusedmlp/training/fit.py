"""``fit``, ``train_batch`` and ``evaluate``: what users call to train a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.numbers import integer
from ..checks.seeds import resolve_seed
from ..core import backend
from ..core.exceptions import DivergedError
from ..layers import Layer, refuse_lone_row
from ..losses.loss import Loss
from ..model.passes import Passes
from ..optim import Optimizer
from ..optim import get as get_optimizer
from .callbacks import Callback
from .history import History
from .options import (
    checked_callbacks,
    checked_metrics,
    fraction,
    unpacked,
    with_progress,
)
from .prepare import prepare_run
from .run import DropoutScale, Run, Saved
from .task import Task, prepare_task, split_task

if TYPE_CHECKING:
    from ..core._core import Job, Settings

LossLike = str | Loss | Callable[..., tuple[float, Array]]
Metric = str | Callable[[Array, Array], float]


class Training(Passes):
    """Training and evaluation of a model."""

    _transient = (*Passes._transient, "_steps")

    def _set_up(self, layers: tuple[Layer, ...], dtype: Any, seed: Any) -> None:
        super()._set_up(layers, dtype, seed)
        self._optimizers: dict[str, Optimizer] = {}
        self._steps: tuple[Any, Job] | None = None
        self.history: History | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._steps = None

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: LossLike,
        optimizer: str | Optimizer = "adam",
        epochs: int = 10,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        class_weight: Any = None,
        validation_data: tuple[Any, ...] | None = None,
        validation_split: float = 0.0,
        metrics: Iterable[Metric] = (),
        callbacks: Iterable[Callback] = (),
        clip_grad_norm: float | None = None,
        clip_grad_value: float | None = None,
        dropout_scale: DropoutScale = 1.0,
        max_seconds: float | None = None,
        progress: bool | str = "auto",
        num_threads: int | None = None,
        seed: int | np.random.Generator | None = None,
        resume_from: str | PathLike[str] | None = None,
        on_gradient: Callable[[Array], object] | None = None,
        doctor: bool = True,
    ) -> History:
        """Train on `X`, `y`; each epoch is one native call without the GIL.

        Parameters
        ----------
        X : array_like, shape (n, in_features)
            Rows of any real dtype and layout (memmaps, DataFrames, strided, integer, float64 ...);
            converted batch by batch, never copied as a whole.
        y : array_like, shape (n,) or (n, out_features)
            What `loss` compares with: class indices for "cross_entropy", values otherwise.
        loss : str, fm.Loss or callable
            A name from ``fm.functional.LOSSES``, ``fm.Loss(name, **params)``, or
            ``f(pred, target, sample_weight) -> (float, dpred)``, called once per batch. Those that
            take logits refuse an output activation that bounds them (sigmoid, tanh, ...).
        optimizer : str or fm.optim object, default "adam"
            An object keeps its state: a second fit goes on where the first stopped.
        epochs : int, default 10
        batch_size : int, default 32
            The last batch of an epoch may be shorter.
        shuffle : bool, default True
            A new order for every epoch, from (seed, epoch) alone.
        sample_weight : array_like, shape (n,), optional
            Not negative, not all zero. A batch's loss is sum(w_i l_i) / sum(w_i).
        class_weight : dict, array_like or "balanced", optional
            Factor of each class, for the rows trained on; multiplies `sample_weight`. With
            "cross_entropy"; with one output of "binary_cross_entropy" or "hinge", where a target
            t in [0, 1] weighs (1 - t) factor[0] + t factor[1]. Keys of a dict are classes: True is
            class 1, -1 of "hinge" is class 0; classes not named count 1.
            "balanced": n / (number of classes * rows of the class).
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Evaluated after every epoch: "val_loss" and the metrics with "val_".
        validation_split : float, default 0
            Share of the rows held out as validation data: random, seeded, of every class alike.
        metrics : names or callables ``f(y, prediction) -> float``
            Evaluated after every epoch on the training rows, and on the validation data; recorded
            under their ``__name__``, which must differ from each other and from what fit records.
        callbacks : fm.callbacks.Callback objects
        clip_grad_norm, clip_grad_value : float, optional
            Limit the norm of the whole gradient, or each of its elements; at most one of the two.
            ``clip_grad_norm=math.inf`` only records the norm in the History.
        dropout_scale : float or schedule, default 1
            Factor in [0, 1] of every layer's dropout probability; a schedule counts the
            optimizer's steps, as its learning rate's.
        max_seconds : float, optional
            Stop after the step that passes this time.
        progress : bool or "auto", default "auto"
            A :class:`fm.callbacks.ProgressBar`; "auto": in terminals and notebooks only.
        num_threads : int, optional
            For this fit; the result does not depend on it.
        seed : int, numpy.random.Generator or None
            Of shuffles, dropout and the validation split. None: the model's own seed, and epochs
            are counted over all fits, so two fits of 5 epochs equal one of 10 (with one optimizer
            object).
        resume_from : path-like, optional
            A file of :class:`fm.callbacks.Checkpoint`: model, optimizer and callbacks go back to
            where it was saved, and the fit goes on, to the same bits as if it had not been
            interrupted. Pass the same data, options and callbacks; `epochs` still counts from the
            beginning of the run, and `max_seconds` from now. On another instruction set level the
            last bits may differ.
        on_gradient : callable, optional
            ``f(grad)``, called at every step between the backward pass and clipping with the flat
            gradient, which it may change in place: noise, logging, sums over processes.
        doctor : bool, default True
            Look at inputs, units and steps now and then, for ``History.advice``. Takes under 1 %
            of the time of a long fit, and less than a millisecond at the end of a short one; never
            changes the result.

        Returns
        -------
        History

        Raises
        ------
        ValueError, TypeError
            For bad arguments or data that are not finite; the model is unchanged.
        DivergedError
            If the loss becomes NaN or infinite; weights, statistics and the optimizer go back to
            the end of the last good epoch.
        BusyError
            If the model is in use by another thread's fit.
        CheckpointError
            If `resume_from` is damaged or holds no fit; the model is unchanged.

        Notes
        -----
        Keras averages metrics over an epoch while the weights change; here they are computed
        after it, on all rows with the same weights. On Ctrl-C the model keeps the weights of that
        moment, and ``model.history`` what was recorded.
        """
        what = "fit"
        task = prepare_task(self, X, y, loss, what, sample_weight=sample_weight)
        seed = None if seed is None else resolve_seed(seed, what)
        held = fraction(validation_split, what, "validation_split")
        saved = None if resume_from is None else self._read_run(resume_from)
        validation = None
        if validation_data is not None:
            if held:
                raise ValueError("fit: give validation_data or validation_split, not both")
            X_val, y_val, w_val = unpacked(validation_data)
            validation = prepare_task(
                self, X_val, y_val, loss, "fit: validation_data", sample_weight=w_val
            )
        elif held:
            # A resumed fit holds out the same rows as before.
            given = self.seed if seed is None else seed
            task, validation = split_task(task, held, given if saved is None else saved.split_seed)
        run = prepare_run(
            self,
            task,
            validation,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            class_weight=class_weight,
            metrics=metrics,
            callbacks=with_progress(checked_callbacks(callbacks), progress),
            clip_grad_norm=clip_grad_norm,
            clip_grad_value=clip_grad_value,
            dropout_scale=dropout_scale,
            max_seconds=max_seconds,
            num_threads=num_threads,
            seed=seed,
            on_gradient=on_gradient,
            doctor=doctor,
            show=self._show_history,
            writer=self._write_run,
        )
        with self._exclusive(what):
            return run.fit(saved)

    def train_batch(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        loss: LossLike,
        optimizer: str | Optimizer,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Make one optimizer step on one batch and return its loss before the step.

        Parameters
        ----------
        x, y, loss, sample_weight
            As in :meth:`fit`, for the rows of this batch.
        optimizer : str or fm.optim object
            A name keeps one optimizer with its state in the model for all calls.

        Returns
        -------
        float

        Raises
        ------
        ValueError, TypeError, DivergedError, BusyError
            As in :meth:`fit`; also for one row where a layer is a BatchNorm.

        Examples
        --------
        >>> import numpy as np, fusedmlp as fm
        >>> model = fm.MLP([1, 1], seed=0)
        >>> x = np.ones((4, 1), np.float32)
        >>> opt = fm.optim.SGD(lr=0.1)
        >>> losses = [model.train_batch(x, 3 * x, loss="mse", optimizer=opt) for _ in range(3)]
        >>> losses[0] > losses[1] > losses[2]
        True
        """
        task = prepare_task(self, x, y, loss, "train_batch", sample_weight=sample_weight)
        refuse_lone_row(self.layers, task.size, "train_batch")
        if isinstance(optimizer, str):
            new = get_optimizer(optimizer, "train_batch")
            optimizer = self._optimizers.setdefault(new.name, new)
        optimizer = get_optimizer(optimizer, "train_batch")
        with self._exclusive("train_batch"):
            self.build(task.x.shape[1])
            steps = optimizer.steps(1, self.steps_trained)
            result = self._step_job(task, optimizer).step(task.data(), steps)
            self._last_rows = None  # the engine's memory now holds another batch
            optimizer.step_count += result["steps"]
            self.steps_trained += result["steps"]
        if result["error"] is not None:
            raise result["error"]
        if not result["finite"]:
            raise DivergedError(
                f"train_batch: the loss became {result['last_loss']}; no step was made",
                loss=result["last_loss"],
            )
        return result["last_loss"]

    def _step_job(self, task: Task, optimizer: Optimizer) -> Job:
        """Return the job of single steps; made again only when something has changed."""
        loss = task.loss if isinstance(task.loss, Loss) else id(task.loss)
        threads = backend.core.get_num_threads()
        kernel = optimizer.kernel(self.theta, self.segments)
        key = (self._network, kernel, loss, threads, self.seed, task.classes)
        if self._steps is None or self._steps[0] != key:
            # Without rows of its own, so that no data stay alive.
            empty = replace(task, x=task.x[:0], target=task.target[:0].copy(), weights=None)
            settings: Settings = {"num_threads": threads, "seed": self.seed}
            self._steps = key, empty.job(self, optimizer, settings)
        return self._steps[1]

    def evaluate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: LossLike,
        metrics: Iterable[Metric] = (),
        batch_size: int = 1024,
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, float]:
        """Return the loss and the metrics of the model on `X`, `y`.

        Parameters
        ----------
        X, y, loss, metrics, sample_weight
            As in :meth:`fit`.
        batch_size : int, default 1024
            Rows predicted at a time.

        Returns
        -------
        dict
            "loss", then each metric under its name.
        """
        self._require_built("evaluate")
        task = prepare_task(self, X, y, loss, "evaluate", sample_weight=sample_weight)
        chosen = checked_metrics(metrics, "evaluate")
        size = integer(batch_size, "evaluate", "batch_size", low=1)
        return task.evaluate(self, chosen, size)

    def _show_history(self, history: History) -> None:
        self.history = history

    # Files of interrupted fits; :mod:`fusedmlp.saving` says how.

    def _read_run(self, path: str | PathLike[str]) -> Saved:
        raise TypeError(f"{type(self).__name__} does not define _read_run()")

    def _write_run(self, run: Run, next_epoch: int, path: str | PathLike[str]) -> None:
        raise TypeError(f"{type(self).__name__} does not define _write_run()")

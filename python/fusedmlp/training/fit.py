"""``fit``: what users call to train a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.seeds import resolve_seed
from ..layers import Layer
from ..model.passes import Passes
from ..optim import Optimizer
from .callbacks import Callback
from .history import History
from .interrupted import Saved, Writer
from .measure import Measuring, Metric
from .options import (
    checked_callbacks,
    fraction,
    unpacked,
    with_progress,
)
from .prepare import prepare_run
from .run import DropoutScale
from .step import LossLike, SingleSteps
from .task import prepare_task, split_task


class Training(SingleSteps, Measuring):
    """Training and evaluation of a model."""

    _transient = (*Passes._transient, "_step", "_measured")

    def _set_up(self, layers: tuple[Layer, ...], dtype: Any, seed: Any) -> None:
        super()._set_up(layers, dtype, seed)
        self.history: History | None = None

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
            X_val, y_val, w_val = unpacked(validation_data, what)
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
            callbacks=with_progress(checked_callbacks(callbacks), progress, what),
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

    def _show_history(self, history: History) -> None:
        self.history = history

    # Files of interrupted fits; :mod:`fusedmlp.saving` says how.

    def _read_run(self, path: str | PathLike[str]) -> Saved:
        raise TypeError(f"{type(self).__name__} does not define _read_run()")

    @property
    def _write_run(self) -> Writer:
        raise TypeError(f"{type(self).__name__} does not define _write_run")

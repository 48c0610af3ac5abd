"""``fit``, ``train_batch`` and ``evaluate``: what users call to train a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _backend
from .._random import resolve_seed
from .._validate import Array, flag, integer, number
from ..callbacks import Callback
from ..exceptions import DivergedError
from ..history import History
from ..losses import Loss
from ..metrics import get as get_metric
from ..optim import Optimizer
from ..optim import get as get_optimizer
from ..progress import make_progress
from .passes import Passes
from .run import Run
from .task import prepare_task, split_task

LossLike = str | Loss | Callable[..., tuple[float, Array]]
Metric = str | Callable[[Array, Array], float]


class Training(Passes):
    """Training and evaluation of a model."""

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
        max_seconds: float | None = None,
        progress: bool | str = "auto",
        num_threads: int | None = None,
        seed: int | np.random.Generator | None = None,
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
            ``f(pred, target, sample_weight) -> (float, dpred)``, called once per batch.
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
            Factor of each class, for class indices; multiplies `sample_weight`.
            "balanced": n / (number of classes * rows of the class).
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Evaluated after every epoch: "val_loss" and the metrics with "val_".
        validation_split : float, default 0
            Share of the rows held out as validation data: random, seeded, of every class alike.
        metrics : names or callables ``f(y, prediction) -> float``
            Evaluated after every epoch on the training rows, and on the validation data.
        callbacks : fm.callbacks.Callback objects
        clip_grad_norm, clip_grad_value : float, optional
            Limit the norm of the whole gradient, or each of its elements; at most one of the two.
        max_seconds : float, optional
            Stop after the step that passes this time.
        progress : bool or "auto", default "auto"
            A progress line on stderr; "auto": only if that is a terminal.
        num_threads : int, optional
            For this fit; the result does not depend on it.
        seed : int, numpy.random.Generator or None
            Of shuffles, dropout and the validation split. None: the model's own seed, and epochs
            are counted over all fits, so two fits of 5 epochs equal one of 10 (with one optimizer
            object).

        Returns
        -------
        History

        Raises
        ------
        ValueError, TypeError
            For bad arguments or data that are not finite; the model is unchanged.
        DivergedError
            If the loss becomes NaN or infinite; weights and statistics go back to the end of the
            last good epoch.
        BusyError
            If the model is in use by another thread's fit.

        Notes
        -----
        Keras averages metrics over an epoch while the weights change; here they are computed
        after it, on all rows with the same weights. On Ctrl-C the model keeps the weights of that
        moment, and ``model.history`` what was recorded.
        """
        what = "fit"
        task = prepare_task(
            self, X, y, loss, what, sample_weight=sample_weight, class_weight=class_weight
        )
        run = Run(
            optimizer=get_optimizer(optimizer),
            epochs=integer(epochs, what, "epochs", low=1),
            batch_size=integer(batch_size, what, "batch_size", low=1),
            shuffle=flag(shuffle, what, "shuffle"),
            metrics=[get_metric(m) for m in _listed(metrics)],
            callbacks=_checked_callbacks(callbacks),
            max_norm=_limit(clip_grad_norm, what, "clip_grad_norm"),
            max_value=_limit(clip_grad_value, what, "clip_grad_value"),
            max_seconds=_limit(max_seconds, what, "max_seconds"),
            threads=_threads(num_threads, what),
            seed=None if seed is None else resolve_seed(seed, what),
        )
        if run.max_norm and run.max_value:
            raise ValueError("fit: clip_grad_norm and clip_grad_value exclude each other")
        fraction = number(
            validation_split, what, "validation_split", low=0.0, high=1.0, open_high=True
        )
        validation = None
        if validation_data is not None:
            if fraction:
                raise ValueError("fit: give validation_data or validation_split, not both")
            X_val, y_val, w_val = _unpacked(validation_data)
            validation = prepare_task(
                self, X_val, y_val, loss, "fit: validation_data", sample_weight=w_val
            )
        elif fraction:
            split_seed = self.seed if run.seed is None else run.seed
            task, validation = split_task(task, fraction, split_seed)
        bar = make_progress(progress, run.epochs, what)
        with self._exclusive(what):
            self.build(task.x.shape[1])
            return run.fit(self, task, validation, bar)

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
            As in :meth:`fit`.

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
        if isinstance(optimizer, str):
            optimizer = self._optimizers.setdefault(optimizer, get_optimizer(optimizer))
        run = Run(
            optimizer=get_optimizer(optimizer),
            batch_size=len(task.x),
            threads=_threads(None, "train_batch"),
        )
        with self._exclusive("train_batch"):
            self.build(task.x.shape[1])
            statistics = self.buffers.copy()
            result = run.epoch(self, task, None, self.steps_trained, 0.0)
            if not result["finite"]:  # the forward pass has moved them already
                self.buffers[:] = statistics
        if not result["finite"]:
            raise DivergedError(
                f"train_batch: the loss became {result['last_loss']}; no step was made",
                loss=result["last_loss"],
            )
        return float(result["last_loss"])

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
        chosen = [get_metric(m) for m in _listed(metrics)]
        size = integer(batch_size, "evaluate", "batch_size", low=1)
        return task.evaluate(self, chosen, size)


def _listed(metrics: Iterable[Metric]) -> list[Metric]:
    return [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics)


def _checked_callbacks(callbacks: Iterable[Callback]) -> list[Callback]:
    chosen = list(callbacks)
    for i, callback in enumerate(chosen):
        if not isinstance(callback, Callback):
            raise TypeError(
                f"fit: callbacks[{i}] must be a fm.callbacks.Callback object, got {callback!r}"
            )
    return chosen


def _unpacked(validation_data: Any) -> tuple[Any, Any, Any]:
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise TypeError(
            "fit: validation_data must be a tuple (X, y) or (X, y, sample_weight), got "
            f"{type(validation_data).__name__}"
        )
    X, y, *weights = validation_data
    return X, y, weights[0] if weights else None


def _limit(value: float | None, function: str, argument: str) -> float:
    """0 stands for no limit below the door."""
    return 0.0 if value is None else number(value, function, argument, low=0.0, open_low=True)


def _threads(n: int | None, function: str) -> int:
    if n is None:
        return int(_backend.core.get_num_threads())
    return integer(n, function, "num_threads", low=1, high=4096)

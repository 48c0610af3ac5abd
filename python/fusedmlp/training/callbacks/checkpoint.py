"""Saving a fit so that it can go on later."""

from __future__ import annotations

from os import PathLike
from typing import Any

from ...checks.numbers import choice, integer
from ...checks.paths import user_path
from .base import Callback
from .monitor import MODES, Monitor


class Checkpoint(Callback):
    """Save the fit after its epochs: ``fit(resume_from=path)`` goes on to the same bits.

    Parameters
    ----------
    path : path-like
        A ``.safetensors`` file, replaced as a whole each time; ``{epoch}`` in it becomes the
        number of the epoch, which keeps them all.
    every : int, default 1
        Save after every so many epochs.
    monitor : str, optional
        Save only if this number of the logs is better than at any save before. A number that is
        NaN after the first epoch is a ValueError.
    mode : {"auto", "min", "max"}, default "auto"
        Which way `monitor` is better.

    Raises
    ------
    OSError
        If the file cannot be written: at the start of the fit, before anything is trained, if the
        folder is missing or takes no files. The old file is always still whole.

    Notes
    -----
    The file holds the weights, running statistics, the optimizer's state, the position in the
    streams of random numbers, the History and the state of all callbacks, and is a model file as
    well: ``fm.load(path)`` gives the model. An epoch that ``max_seconds`` cut short is not saved:
    the run goes on from the last whole one.

    Examples
    --------
    >>> import tempfile, os, numpy as np, fusedmlp as fm
    >>> path = os.path.join(tempfile.mkdtemp(), "run.safetensors")
    >>> X = np.arange(8, dtype=np.float32).reshape(8, 1)
    >>> def run(epochs, **options):
    ...     model = fm.MLP([1, 4, 1], seed=0)
    ...     history = model.fit(X, 2 * X, loss="mse", epochs=epochs, **options)
    ...     return model, history
    >>> _ = run(3, callbacks=[fm.callbacks.Checkpoint(path)])
    >>> resumed, history = run(5, resume_from=path)
    >>> history.epochs, bool((resumed.theta == run(5)[0].theta).all())
    ([0, 1, 2, 3, 4], True)
    """

    order = 100

    def __init__(
        self,
        path: str | PathLike[str],
        every: int = 1,
        monitor: str | None = None,
        mode: str = "auto",
    ) -> None:
        self.path: str = str(user_path(path, "Checkpoint"))
        self.every: int = integer(every, "Checkpoint", "every", low=1)
        choice(mode, "Checkpoint", "mode", MODES)  # a wrong one is a mistake without `monitor` too
        self._monitor = None if monitor is None else Monitor(monitor, mode, 0.0, "Checkpoint")

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Forget the last fit; refuse a path where nothing can be saved."""
        if self._monitor is not None:
            self._monitor.forget()
            if self.run is not None:
                self._monitor.check(self.run.has_validation)
        if self.run is not None:
            self.run.check_writable(self._file(0))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Save, if it is time to."""
        # Looked at after every epoch: a value that is never a number is found after the first.
        value = None if self._monitor is None else self._monitor.value(logs)
        run = self.run
        if run is None or not run.epoch_whole or (epoch + 1) % self.every:
            return
        if self._monitor is not None and value is not None and not self._monitor.improved(value):
            return
        run.save(self._file(epoch))

    def _file(self, epoch: int) -> str:
        return self.path.replace("{epoch}", str(epoch))

    def state_dict(self) -> dict[str, Any]:
        """Return the best value so far."""
        return {} if self._monitor is None else {"best": self._monitor.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned."""
        if self._monitor is not None:
            self._monitor.resume(float(state["best"]))

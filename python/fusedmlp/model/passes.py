"""Passes through a model: forward, backward, prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, float_array, output_array
from ..checks.numbers import flag, integer
from ..checks.rows import input_rows
from ..core import backend
from ..layers import refuse_lone_row
from .parameters import Parameters

if TYPE_CHECKING:
    from ..core._core import Network


class Passes(Parameters):
    """What runs the layers, on top of their numbers."""

    def forward(self, x: ArrayLike, *, training: bool = False) -> Array:
        """Return the last layer's output, and remember what :meth:`backward` needs.

        Parameters
        ----------
        x : array_like, shape (batch, in_features)
        training : bool, default False
            Whether layers behave as in training (dropout drops, batch norm uses the batch).

        Returns
        -------
        numpy.ndarray, shape (batch, out_features), of the model's dtype

        Raises
        ------
        ValueError, TypeError
            If `x` has another shape, or holds no real numbers; in training also if it has one
            row only and a layer is a BatchNorm.
        BusyError
            If the model is training in another thread.
        """
        handle = self._handle
        if handle is not None and handle[0] is backend.core and type(training) is bool:
            # Exact arrays, the usual case in a loop, go straight to the engine.
            y = self._forward_exact(handle[1], x, training)
            if y is not NotImplemented:
                return y  # type: ignore[no-any-return]
        rows = input_rows(x, "forward", "x", self.in_features)
        training = flag(training, "forward", "training")
        if training:
            refuse_lone_row(self.layers, len(rows), "forward")
        self.build(rows.shape[1])
        y = np.empty((len(rows), self._out_features), self.dtype)
        with self._exclusive("forward"):
            core = backend.core
            self._network.forward(
                rows, y, training, self.seed, self.steps_trained, core.get_num_threads()
            )
            self._last_rows = len(rows)
            if training:
                self.steps_trained += 1
        return y

    def _forward_exact(self, network: Network, x: Any, training: bool) -> Any:
        if not self._busy.acquire(blocking=False):
            return NotImplemented
        try:
            y = network.forward_exact(x, training, self.seed, self.steps_trained)
            if y is not NotImplemented:
                self._last_rows = len(y)
                if training:
                    self.steps_trained += 1
            return y
        finally:
            self._busy.release()

    def backward(self, dy: ArrayLike, *, need_dx: bool = True) -> Array | None:
        """Gradients of the last :meth:`forward`: fill ``grad`` (overwriting), return dL/dx.

        Parameters
        ----------
        dy : array_like, shape (batch, out_features)
            dL/dy for the output y of the last forward.
        need_dx : bool, default True
            Whether dL/dx is wanted; the first layer's product is skipped otherwise.

        Returns
        -------
        numpy.ndarray, shape (batch, in_features), or None without `need_dx`
        """
        need_dx = flag(need_dx, "backward", "need_dx")
        with self._exclusive("backward"):
            network = self._network if self.in_features is not None else None
            if self._last_rows is None:
                raise ValueError(
                    "backward: call forward first; there is no pass to go back through"
                )
            assert network is not None
            dx = network.backward_exact(dy, need_dx)
            if dx is not NotImplemented:
                return dx  # type: ignore[no-any-return]
            dy = float_array(dy, "backward", "dy", dtype=self.dtype)
            wanted = (self._last_rows, self._out_features)
            if dy.shape != wanted:
                raise ValueError(f"backward: dy must have shape {wanted}, got {dy.shape}")
            dx = np.empty((wanted[0], self.in_features or 0), self.dtype) if need_dx else None
            network.backward(dy, dx, backend.core.get_num_threads())
        return dx

    def predict(
        self, X: ArrayLike, *, batch_size: int | None = None, out: Array | None = None
    ) -> Array:
        """Return the last layer's output for every row of `X`.

        Parameters
        ----------
        X : array_like, shape (n, in_features)
            Rows of any real dtype and layout; converted block by block.
        batch_size : int, optional
            Most rows handed to the engine at once. The result does not depend on it; None lets
            the engine choose its own blocks.
        out : numpy.ndarray, optional
            Receives the result: shape (n, out_features), the model's dtype, C-contiguous.

        Returns
        -------
        numpy.ndarray, shape (n, out_features)
        """
        handle = self._handle
        if batch_size is None and handle is not None and handle[0] is backend.core:
            y = handle[1].predict_exact(X, out)
            if y is not NotImplemented:
                return y  # type: ignore[no-any-return]
        self._require_built("predict")
        rows = input_rows(X, "predict", "X", self.in_features)
        y = output_array(
            out, (len(rows), self._out_features), self.dtype, "predict", inputs=(rows,)
        )
        step = (
            len(rows) if batch_size is None else integer(batch_size, "predict", "batch_size", low=1)
        )
        network, threads = self._network, backend.core.get_num_threads()
        for i in range(0, len(rows), max(1, step)):
            part = slice(i, i + step)
            network.predict(rows[part], y[part], threads)
        return y

    def predict_one(self, x: ArrayLike, out: Array | None = None) -> Array:
        """Return the output for one row.

        Parameters
        ----------
        x : array_like, shape (in_features,)
        out : numpy.ndarray, optional
            Receives the result, shape (out_features,).

        Returns
        -------
        numpy.ndarray, shape (out_features,)
        """
        handle = self._handle
        if handle is not None and handle[0] is backend.core:
            # Exact arrays, the usual case in a loop, go straight to the engine.
            found = handle[1].predict_row(x, out)
            if found is not NotImplemented:
                return found  # type: ignore[no-any-return]
        self._require_built("predict_one")
        row = float_array(x, "predict_one", "x", dtype=self.dtype, ndim=1)
        if row.size != self.in_features:
            raise ValueError(
                f"predict_one: x must have shape ({self.in_features},), got {row.shape}"
            )
        y = output_array(out, (self._out_features,), self.dtype, "predict_one", inputs=(row,))
        self._network.predict(row[None], y[None], 1)
        return y

"""Derivatives by the inputs: how the outputs of a trained model depend on what goes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, float_array
from ..checks.rows import input_rows
from ..core import backend
from .parameters import Parameters

# Rows that go through the network together: bounds the memory for any number of rows.
_BLOCK = 1024


class Gradients(Parameters):
    """Input gradients in inference mode, on an engine of their own."""

    def input_gradient(self, X: ArrayLike, dy: ArrayLike | None = None) -> Array:
        """Return the gradient by the inputs of ``sum(dy * predict(X))``.

        Parameters
        ----------
        X : array_like, shape (n, in_features)
        dy : array_like, shape (n, out_features), optional
            dL/dy of each output. None is all ones: the gradient of the sum of a row's outputs,
            which for one output is its derivative.

        Returns
        -------
        numpy.ndarray, shape (n, in_features), of the model's dtype

        Raises
        ------
        ValueError, TypeError
            If the model is not built, or `X` or `dy` has another shape or holds no real numbers.

        Notes
        -----
        Layers behave as in :meth:`predict`: nothing is dropped, batch norm uses its running
        statistics, and a row's result does not depend on the other rows. ``grad``, the statistics
        and a pass that waits for :meth:`backward` stay as they are.

        Examples
        --------
        >>> import fusedmlp as fm
        >>> model = fm.MLP([2, 1], seed=0)
        >>> model.theta[:] = [3, -2, 1]
        >>> model.input_gradient([[0.5, 7.0]]).tolist()
        [[3.0, -2.0]]
        """
        what = "input_gradient"
        self._require_built(what)
        rows = input_rows(X, what, "X", self.in_features)
        shape = (len(rows), self._out_features)
        if dy is None:
            dy = np.ones(shape, self.dtype)
        dy = float_array(dy, what, "dy", dtype=self.dtype)
        if dy.shape != shape:
            raise ValueError(f"{what}: dy must have shape {shape}, got {dy.shape}")
        dx = np.empty(rows.shape, self.dtype)
        for part, back in self._blocks(rows):
            back(dy[part], dx[part])
        return dx

    def jacobian(self, X: ArrayLike) -> Array:
        """Return the derivative of every output by every input, for each row.

        Parameters
        ----------
        X : array_like, shape (n, in_features)

        Returns
        -------
        numpy.ndarray, shape (n, out_features, in_features), of the model's dtype
            Element (r, i, j) is d predict(X)[r, i] / d X[r, j].

        Raises
        ------
        ValueError, TypeError
            If the model is not built, or `X` has another shape or holds no real numbers.

        Notes
        -----
        In inference mode and without side effects, as :meth:`input_gradient`; one backward pass
        per output.

        Examples
        --------
        The Jacobian of an element-wise function is diagonal:

        >>> import fusedmlp as fm
        >>> model = fm.Sequential([fm.Activation("relu")], in_features=3)
        >>> model.jacobian([[1.0, -2.0, 3.0]]).tolist()
        [[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]
        """
        self._require_built("jacobian")
        rows = input_rows(X, "jacobian", "X", self.in_features)
        result = np.empty((len(rows), self._out_features, rows.shape[1]), self.dtype)
        for part, back in self._blocks(rows):
            dx = np.empty((part.stop - part.start, rows.shape[1]), self.dtype)
            for i in range(self._out_features):
                dy = np.zeros((len(dx), self._out_features), self.dtype)
                dy[:, i] = 1
                back(dy, dx)
                result[part, i] = dx
        return result

    def _blocks(self, rows: Array) -> Iterator[tuple[slice, Any]]:
        """Yield blocks of rows, each with ``back(dy, dx)`` through its forward pass."""
        core = backend.core
        threads = core.get_num_threads()
        # An engine and gradients of our own: the model's may be in use by a pass or a fit.
        network = core.network(
            self.dtype,
            rows.shape[1],
            [op.spec for op in self._built.ops],
            self._theta,
            np.empty_like(self._grad),
            self.buffers,
        )

        def back(dy: Array, dx: Array) -> None:
            network.backward(dy, dx, threads)

        for start in range(0, len(rows), _BLOCK):
            part = slice(start, min(start + _BLOCK, len(rows)))
            y = np.empty((part.stop - start, self._out_features), self.dtype)
            network.forward(rows[part], y, False, 0, 0, threads)
            yield part, back

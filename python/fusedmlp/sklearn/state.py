"""The state of an estimator: scikit-learn's lists of arrays beside one network, and pickles."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..checks.arrays import Array
from ..sequential import Sequential
from .network import make_network, weights_and_biases
from .options import hidden_activations, hidden_sizes


class NetworkState(BaseEstimator):
    """``coefs_`` and ``intercepts_`` are views of the weights of ``network_``.

    Arrays that the user puts in their place are copied into the network when it is next used. A
    pickle holds the network as its description and NumPy arrays, and no handle of the engine.
    """

    network_: Sequential
    coefs_: list[Array]
    intercepts_: list[Array]

    def _use_network(self, network: Sequential) -> None:
        self.network_ = network
        self.coefs_, self.intercepts_ = weights_and_biases(network)
        self._views = [*self.coefs_, *self.intercepts_]

    def _synchronise(self) -> None:
        """Take over arrays that replaced the views; make the network if only arrays are there."""
        given = [*self.coefs_, *self.intercepts_]
        views = self.__dict__.get("_views", [])
        if len(given) == len(views) and all(a is b for a, b in zip(given, views, strict=True)):
            return
        coefs = [np.asarray(array) for array in self.coefs_]
        intercepts = [np.asarray(array) for array in self.intercepts_]
        if "network_" not in self.__dict__:
            sizes = [coefs[0].shape[0], *(coef.shape[1] for coef in coefs)]
            self._use_network(self._make_network(sizes, np.result_type(*coefs)))
        new_coefs, new_intercepts = weights_and_biases(self.network_)
        shapes = [a.shape for a in (*new_coefs, *new_intercepts)]
        if [a.shape for a in (*coefs, *intercepts)] != shapes:
            raise ValueError(
                f"coefs_ and intercepts_ must have the shapes {shapes} of the network, got "
                f"{[a.shape for a in (*coefs, *intercepts)]}"
            )
        for new, array in zip([*new_coefs, *new_intercepts], [*coefs, *intercepts], strict=True):
            new[...] = array
        self._use_network(self.network_)

    def _make_network(self, sizes: list[int], dtype: Any) -> Sequential:
        """Return a new network of these widths by the parameters of this estimator."""
        activations = hidden_activations(self.activation, len(sizes) - 2)
        if dtype not in (np.float32, np.float64):
            dtype = np.float64
        return make_network(sizes, activations, dropout=self.dropout, norm=self.norm, dtype=dtype)

    def _check_sizes(self, features: int, outputs: int) -> None:
        """Refuse to go on with another network than that of the fit before."""
        wanted = [features, *hidden_sizes(self.hidden_layer_sizes), outputs]
        found = [len(self.coefs_[0]), *(coef.shape[1] for coef in self.coefs_)]
        if wanted != found:
            raise ValueError(
                f"The network has layers of the widths {found}, but parameters and data ask for "
                f"{wanted}; a warm start or partial_fit cannot change them."
            )

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "network_" not in state:
            return state
        self._synchronise()
        for name in ("coefs_", "intercepts_", "_views"):
            state.pop(name, None)
        description, tensors = self.network_.to_description()
        state["network_"] = description, {name: array.copy() for name, array in tensors.items()}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            description, tensors = state["network_"]
            self._use_network(Sequential.from_description(description, tensors))

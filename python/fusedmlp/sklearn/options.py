"""Parameters of the estimators: what values they take, and what those mean."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, Options, StrOptions

from ..core.catalogue import ACTIVATIONS, OPTIMIZERS

CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions({"logistic", *ACTIVATIONS}), list, tuple],
    "solver": [StrOptions({"lbfgs", *OPTIMIZERS})],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    # From here on what scikit-learn does not have.
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "norm": [StrOptions({"batch", "layer"}), None],
    "clip_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
    "ema_decay": [Interval(Real, 0, 1, closed="left"), None],
    "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
    "keep_optimizer_state": ["boolean"],
}


def hidden_sizes(hidden_layer_sizes: Any) -> list[int]:
    """Return the widths of the hidden layers as a list."""
    sizes = hidden_layer_sizes
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if np.any(np.array(sizes) <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    for size in sizes:
        if not isinstance(size, Integral):
            raise TypeError(f"hidden_layer_sizes must hold integers, got {size!r}")
    return [int(size) for size in sizes]


def hidden_activations(activation: Any, layers: int) -> list[str]:
    """Return the engine's name of the activation of each hidden layer."""
    names = [activation] * layers if isinstance(activation, str) else list(activation)
    if len(names) != layers:
        raise ValueError(
            f"activation must be one name, or a list with one for each of the {layers} hidden "
            f"layers, got {len(names)}: {names}"
        )
    known = {"logistic": "sigmoid", **{name: name for name in ACTIVATIONS}}
    for name in names:
        if name not in known:
            raise ValueError(f"activation must hold names out of {sorted(known)}, got {name!r}")
    return [known[name] for name in names]

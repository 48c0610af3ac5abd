"""Fitted networks of scikit-learn, taken over with their weights and the state of their solver."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import sklearn.neural_network as theirs
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import Array
from ..core.memory import aligned_zeros
from ..sequential import Sequential
from .classifier import MLPClassifier
from .network import weights_and_biases
from .regressor import MLPRegressor
from .solvers import Solver

# Attributes of a fit that mean the same in both.
_FITTED = (
    "n_features_in_", "feature_names_in_", "n_outputs_", "n_layers_", "out_activation_", "n_iter_",
    "t_", "loss_", "best_loss_", "loss_curve_", "validation_scores_", "best_validation_score_",
    "classes_", "_label_binarizer", "_no_improvement_count",
)  # fmt: skip


def from_sklearn(fitted: Any) -> MLPClassifier | MLPRegressor:
    """Return the estimator of this package with the parameters and weights of a fitted one.

    Parameters
    ----------
    fitted : sklearn.neural_network.MLPClassifier or MLPRegressor

    Returns
    -------
    MLPClassifier or MLPRegressor
        Gives the same predictions up to rounding, and goes on where the fit stood: with
        ``partial_fit`` the optimizer's moments are taken over, too.

    Raises
    ------
    TypeError
        For anything else.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from fusedmlp.sklearn import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> slow = MLPClassifier(solver="lbfgs", random_state=0, tol=1e-2).fit(X, y)
    >>> bool((from_sklearn(slow).predict(X) == slow.predict(X)).all())
    True
    """
    if isinstance(fitted, theirs.MLPClassifier):
        new: Any = MLPClassifier(**fitted.get_params(deep=False))
    elif isinstance(fitted, theirs.MLPRegressor):
        new = MLPRegressor(**fitted.get_params(deep=False))
    else:
        raise TypeError(
            "from_sklearn: fitted must be a sklearn.neural_network.MLPClassifier or MLPRegressor, "
            f"got {type(fitted).__name__}"
        )
    check_is_fitted(fitted)
    for name in _FITTED:
        if hasattr(fitted, name):
            setattr(new, name, deepcopy(getattr(fitted, name)))
    coefs, intercepts = fitted.coefs_, fitted.intercepts_
    sizes = [len(coefs[0]), *(coef.shape[1] for coef in coefs)]
    network = new._make_network(sizes, np.result_type(*coefs))
    _fill(network, network.theta, [*coefs, *intercepts])
    network.seed = int(np.random.SeedSequence().generate_state(1)[0])
    new._use_network(network)
    new.validation_loss_curve_ = []
    solver = getattr(fitted, "_optimizer", None)
    if solver is not None and new.solver in ("sgd", "adam"):
        new._optimizer = _solver(new, solver)
    return new


def _fill(network: Sequential, flat: Array, arrays: list[Array]) -> None:
    """Write arrays in scikit-learn's order into an array that is laid out as theta."""
    whole = network.theta.copy()
    weights, biases = weights_and_biases(network)
    for view, array in zip([*weights, *biases], arrays, strict=True):
        view[...] = array
    if flat is not network.theta:
        flat[...] = network.theta
        network.theta[...] = whole


def _solver(estimator: Any, theirs: Any) -> Solver:
    """Return the solver where the other one stands."""
    network = estimator.network_
    solver = Solver(estimator)
    sgd = estimator.solver == "sgd"
    moments = {"velocity": theirs.velocities} if sgd else {"m": theirs.ms, "v": theirs.vs}
    for name, arrays in moments.items():
        flat = aligned_zeros(network.theta.size, network.theta.dtype)
        _fill(network, flat, arrays)
        solver.optimizer.state[name] = -flat if name == "velocity" else flat
    # Velocities do not say how many steps they have seen; what counts is that it is not the first.
    solver.optimizer.step_count = 1 if sgd else int(theirs.t)
    if sgd:
        solver.learning_rate = float(theirs.learning_rate)
    return solver

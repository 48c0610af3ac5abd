"""Names and signatures of losses.py, for editors. Made by tools/from_catalogue.py."""

from typing import Any

from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "binary_cross_entropy_value_and_grad",
    "cross_entropy",
    "cross_entropy_value_and_grad",
    "hinge",
    "hinge_value_and_grad",
    "huber",
    "huber_value_and_grad",
    "log_cosh",
    "log_cosh_value_and_grad",
    "mae",
    "mae_value_and_grad",
    "mse",
    "mse_value_and_grad",
    "poisson_nll",
    "poisson_nll_value_and_grad",
    "quantile",
    "quantile_value_and_grad",
]

LOSSES: tuple[str, ...]

def mse(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def mse_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...
def mae(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def mae_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...
def huber(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    delta: float = 1.0,
) -> float | Array: ...
def huber_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    delta: float = 1.0,
) -> tuple[float | Array, Array]: ...
def log_cosh(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def log_cosh_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...
def quantile(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    q: ArrayLike = 0.5,
) -> float | Array: ...
def quantile_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    q: ArrayLike = 0.5,
) -> tuple[float | Array, Array]: ...
def poisson_nll(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def poisson_nll_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...
def binary_cross_entropy(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def binary_cross_entropy_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...
def cross_entropy(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    class_weight: Any = None,
    label_smoothing: float = 0.0,
) -> float | Array: ...
def cross_entropy_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    class_weight: Any = None,
    label_smoothing: float = 0.0,
) -> tuple[float | Array, Array]: ...
def hinge(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> float | Array: ...
def hinge_value_and_grad(
    pred: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[float | Array, Array]: ...

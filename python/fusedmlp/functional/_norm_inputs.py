"""What layer norm and batch norm take: arrays of matching shapes and one dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact, inplace_array, raw_array, working_dtype


def operands(
    function: str,
    arrays: dict[str, ArrayLike],
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    *,
    ndim: int | None = None,
) -> tuple[list[Array], Array, Array]:
    """Arrays of one shape (..., features), gamma and beta (features,), all of one dtype."""
    raw = {name: raw_array(value, function, name) for name, value in arrays.items()}
    shape = raw["x"].shape
    if (ndim is not None and len(shape) != ndim) or not shape:
        wanted = "(batch, features)" if ndim == 2 else "(..., features)"
        raise ValueError(f"{function}: x must have shape {wanted}, got {shape}")
    dtypes: list[Any] = [working_dtype(arrays[name], raw[name]) for name in raw]
    for name, array in raw.items():
        if array.shape != shape:
            raise ValueError(
                f"{function}: {name} must have the shape of x, {shape}, got {array.shape}"
            )
    vectors = []
    for name, value, default in (("gamma", gamma, 1.0), ("beta", beta, 0.0)):
        if value is None:
            vectors.append(np.full(shape[-1:], default))
            continue
        vector = raw_array(value, function, name)
        if vector.shape != shape[-1:]:
            raise ValueError(
                f"{function}: {name} must have shape ({shape[-1]},) to match x {shape}, "
                f"got {vector.shape}"
            )
        dtypes.append(working_dtype(value, vector))
        vectors.append(vector)
    dtype = np.result_type(*dtypes)
    return (
        [exact(array, dtype) for array in raw.values()],
        exact(vectors[0], dtype),
        exact(vectors[1], dtype),
    )


def running(
    function: str,
    mean: Array | None,
    var: Array | None,
    x: Array,
    moved: bool,
    *,
    written: bool = True,
) -> tuple[Array | None, Array | None]:
    """Return the running statistics after checking them; in place where they will be moved."""
    if mean is None and var is None and moved:
        return None, None
    checked = []
    for name, array in (("running_mean", mean), ("running_var", var)):
        if array is None:
            raise ValueError(
                f"{function}: {name} is needed"
                + ("" if moved else " unless training=True with at least 2 rows")
            )
        if moved and written:
            inplace_array(array, function, name, dtype=x.dtype)
            checked.append(array)
        else:
            checked.append(exact(raw_array(array, function, name), x.dtype))
        if checked[-1].shape != x.shape[1:]:
            raise ValueError(
                f"{function}: {name} must have shape {x.shape[1:]} to match x {x.shape}, "
                f"got {checked[-1].shape}"
            )
    first, second = checked
    if moved and written and np.may_share_memory(first, second):
        raise ValueError(f"{function}: running_mean and running_var must not share memory")
    return first, second


def as_rows(array: Array) -> Array:
    """View a C-contiguous array as (rows, features); reshape(-1) cannot tell 0 features."""
    features = array.shape[-1]
    return array.reshape(array.size // features if features else 0, features)

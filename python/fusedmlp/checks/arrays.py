"""Arrays that users pass in: made exact for the kernels, or refused with a clear error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .elements import refuse_dtype, refuse_objects
from .foreign import refuse_foreign

Array = NDArray[Any]

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def is_exact(value: Any) -> TypeGuard[Array]:
    """Whether the kernels can read `value` as it is: the usual case, told apart in no time."""
    return (
        type(value) is np.ndarray
        and (value.dtype is _FLOAT32 or value.dtype is _FLOAT64)
        and value.flags.carray
    )


def raw_array(value: ArrayLike, function: str, argument: str) -> Array:
    """Return `value` as a NumPy array of a real number kind, without converting its dtype."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{function}: {argument} is a masked array; pass {argument}.filled(...)")
    array = _from_any(value, function, argument)
    if array.dtype == object:
        refuse_objects(array, function, argument, getattr(value, "columns", None))
        # All plain numbers (a mixed DataFrame, say): taken by value.
        return array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        refuse_dtype(array, function, argument)
    return array


def _from_any(value: ArrayLike, function: str, argument: str) -> Array:
    if type(value) is np.ndarray:
        return value
    refuse_foreign(value, function, argument)
    if not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)  # type: ignore[arg-type]
    try:
        return np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        if hasattr(value, "__array__") or isinstance(error, RuntimeError):
            raise TypeError(
                f"{function}: {argument} cannot be read as an array ({type(value).__name__}): "
                f"{error}"
            ) from error
        raise ValueError(f"{function}: {argument} is not a rectangular array: {error}") from error


def working_dtype(value: ArrayLike, array: Array) -> np.dtype[Any]:
    """float64 (and wider) arrays are computed in float64, everything else in float32.

    Lists and plain numbers state no dtype, so they are float32.
    """
    stated = hasattr(value, "dtype") or hasattr(value, "__array__") or hasattr(value, "dtypes")
    wide = array.dtype.kind == "f" and array.dtype.itemsize >= 8
    return np.dtype(np.float64 if wide and stated else np.float32)


def exact(array: Array, dtype: DTypeLike) -> Array:
    """Return a C-contiguous, aligned, native-order array of `dtype`; a copy only where needed."""
    if array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned:
        return array
    # IEEE rules: a value beyond the float32 range becomes inf without a warning.
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return np.require(array.astype(dtype, order="C", copy=True), requirements=["C", "A"])


def float_array(
    value: ArrayLike,
    function: str,
    argument: str,
    *,
    dtype: DTypeLike | None = None,
    ndim: int | None = None,
) -> Array:
    """Return `value` as an exact float array: of `dtype`, or of its own working dtype."""
    if is_exact(value) and (dtype is None or value.dtype == dtype) and ndim in (None, value.ndim):
        return value
    array = raw_array(value, function, argument)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(
            f"{function}: {argument} must have {ndim} dimension{'s' * (ndim != 1)}, "
            f"got shape {array.shape}"
        )
    return exact(array, working_dtype(value, array) if dtype is None else dtype)


def output_array(
    out: Array | None,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    function: str,
    *,
    inputs: Iterable[Array | None] = (),
) -> Array:
    """Return `out` after checking it, or a new array. It must not overlap any of `inputs`."""
    if out is None:
        return np.empty(shape, dtype)
    inplace_array(out, function, "out", shape=shape, dtype=dtype)
    for array in inputs:
        if array is not None and np.may_share_memory(out, array):
            raise ValueError(f"{function}: out must not overlap an input that is still needed")
    return out


def inplace_array(
    array: Any,
    function: str,
    argument: str,
    *,
    shape: tuple[int, ...] | None = None,
    dtype: DTypeLike | None = None,
) -> None:
    """Check an array that is written in place: exact dtype and shape, contiguous, writeable."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{function}: {argument} must be a NumPy array, got {type(array).__name__}")
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{function}: {argument} is a masked array; pass {argument}.data")
    wanted = (np.dtype(np.float32), np.dtype(np.float64)) if dtype is None else (np.dtype(dtype),)
    if array.dtype not in wanted:
        names = " or ".join(d.name for d in wanted)
        raise ValueError(f"{function}: {argument} must be {names}, got {array.dtype}")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{function}: {argument} must have shape {shape}, got {array.shape}")
    if not array.flags.writeable:
        raise ValueError(f"{function}: {argument} is read-only")
    if not (array.flags.c_contiguous and array.flags.aligned):
        raise ValueError(f"{function}: {argument} must be C-contiguous and aligned")


def finite(array: Array, function: str, argument: str) -> None:
    """Refuse NaN and infinity, naming the first bad position."""
    # A finite sum proves finite terms and costs one pass without a mask array; one that overflows
    # proves nothing.
    with np.errstate(all="ignore"):
        if array.dtype.kind != "f" or np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{function}: {argument} must be finite, got {array[place]} at position "
            f"{place[0] if len(place) == 1 else place}"
        )


def elementwise_output(
    out: Array | None,
    shape: tuple[int, ...],
    dtype: DTypeLike,
    function: str,
    *,
    inputs: Iterable[Array | None] = (),
) -> Array:
    """Like output_array, but `out` may be exactly one of the inputs: the call is then in place."""
    if out is None:
        return np.empty(shape, dtype)
    inplace_array(out, function, "out", shape=shape, dtype=dtype)
    for array in inputs:
        if array is None or not np.may_share_memory(out, array):
            continue
        if out.ctypes.data != array.ctypes.data or array.shape != shape:
            raise ValueError(
                f"{function}: out must not overlap an input in part; "
                "pass the input itself or other memory"
            )
    return out

"""Makes the step function of an optimizer from its row of the catalogue."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, float_array, inplace_array
from ..checks.numbers import flag, integer, number
from ..checks.optimizers import Hyper, hyper_of, unused_state
from ..core import backend
from ..core.catalogue import OPTIMIZERS, Flag, Optimizer, Pair
from ._docs import KEYWORD, paragraph

Step = Callable[..., None]

_REQUIRED = inspect.Parameter.empty
_DOC = """{doc}

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    {example}
    """


def make(name: str, module: str) -> Step:
    """Return the function `name`_step as a member of `module`."""
    row, title = OPTIMIZERS[name], f"{name}_step"
    signature = _signature(row)
    parameters = list(signature.parameters.values())[2:]
    keys = {parameter.name for parameter in parameters}
    places = [parameter.name for parameter in parameters if parameter.kind is not KEYWORD]
    defaults = {p.name: p.default for p in parameters if p.default is not _REQUIRED}

    def step(p: Array, g: ArrayLike, *state: Array | None, **options: Any) -> None:
        values = {**defaults, **dict(zip(places, state, strict=False)), **options}
        if (
            len(state) > len(places)
            or values.keys() != keys
            or options.keys() & places[: len(state)]
        ):
            try:
                signature.bind(p, g, *state, **options)
            except TypeError as error:
                raise TypeError(f"{title}: {error}") from None
        hyper = hyper_of(name, values, title)
        if row.counts == "first":
            values["step"] = 1 if flag(values["first"], title, "first") else 2
        _run(name, p, g, values, hyper)

    step.__signature__ = signature  # type: ignore[attr-defined]
    step.__name__ = step.__qualname__ = title
    step.__module__ = module
    step.__doc__ = _DOC.format(doc=paragraph(row.doc), example=paragraph(row.example))
    return step


def _run(name: str, p: Array, g: ArrayLike, values: Mapping[str, Any], hyper: Hyper) -> None:
    """Check the arrays and make one step in place."""
    row, function = OPTIMIZERS[name], f"{name}_step"
    lr = number(values["lr"], function, "lr", low=0.0)
    step = integer(values["step"], function, "step", low=1)
    weight_decay = number(values.get("weight_decay", 0.0), function, "weight_decay", low=0.0)
    inplace_array(p, function, "p")
    grad = float_array(g, function, "g", dtype=p.dtype)
    if grad.shape != p.shape:
        raise ValueError(f"{function}: g must have shape {p.shape} to match p, got {grad.shape}")

    arrays = {"p": p}
    unused = unused_state(name, hyper)
    for key, state in row.state.items():
        array = values[key]
        if array is None and key in unused:
            continue
        if array is None:
            raise ValueError(f"{function}: {key} is needed with these options, got None")
        if state.scalar:
            inplace_array(array, function, key, shape=(1,), dtype=np.float64)
        else:
            inplace_array(array, function, key, shape=p.shape, dtype=p.dtype)
        arrays[key] = array
    arrays["g"] = grad
    for (a, left), (b, right) in itertools.combinations(arrays.items(), 2):
        if np.may_share_memory(left, right):
            raise ValueError(f"{function}: {b} must not overlap {a}")

    flat = [arrays[key].reshape(-1) if key in arrays else None for key in row.state]
    backend.core.optimizer_step(
        name, hyper, p.reshape(-1), grad.reshape(-1), flat, lr, step, weight_decay
    )


def _signature(row: Optimizer) -> inspect.Signature:
    """Return the signature of the step function, as a reader of the source would write it."""
    place = inspect.Parameter.POSITIONAL_OR_KEYWORD
    found: dict[str, tuple[Any, Any, str]] = {
        "p": (place, _REQUIRED, "Array"),
        "g": (place, _REQUIRED, "ArrayLike"),
    }
    last: dict[str, tuple[Any, Any, str]] = {}
    for key, state in row.state.items():
        kind = "NDArray[np.float64]" if state.scalar else "Array"
        if state.keyword_only:
            last[key] = (KEYWORD, None, f"{kind} | None")
        elif state.needs is not None:
            found[key] = (place, None, f"{kind} | None")
        else:
            found[key] = (place, _REQUIRED, kind)
    if row.counts != "first":
        found["step"] = (KEYWORD, 1 if row.counts == "nothing" else _REQUIRED, "int")
    found["lr"] = (KEYWORD, _REQUIRED if row.counts == "first" else row.lr, "float")
    for key, option in row.step_options.items():
        kind = "tuple[float, float]" if isinstance(option, Pair) else "float"
        kind = "bool" if isinstance(option, Flag) else kind
        found[key] = (KEYWORD, option.default, kind)
    if row.counts == "first":
        found["first"] = (KEYWORD, False, "bool")
    return inspect.Signature(
        [
            inspect.Parameter(key, kind, default=default, annotation=annotation)
            for key, (kind, default, annotation) in {**found, **last}.items()
        ],
        return_annotation="None",
    )

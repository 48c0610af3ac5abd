"""Networks of other libraries, and files for places where this one is not installed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import fusedmlp as fm
from bad_values import flag, name, sequence, without

from .call import PATH, Call, floats, model
from .layers import LAYERS

_OBJECTS = sequence((3, TypeError), (None, TypeError), (print, TypeError), ([1], TypeError))
_ROWS = sequence(
    (3, (TypeError, ValueError)),
    ("rows", TypeError),
    (floats(2, 3), ValueError),
    (floats(2, 4) * 1j, TypeError),
)


_IDENTIFIERS = sequence(
    (3, TypeError),
    (None, TypeError),
    ("", ValueError),
    ("a b", ValueError),
    ("1a", ValueError),
    ("int", ValueError),
)


def _state() -> dict[str, np.ndarray]:
    return {"fc.weight": floats(3, 4), "fc.bias": floats(3)}


def calls() -> Iterator[Call]:
    yield Call(
        "from_torch",
        fm.from_torch,
        lambda: {"module": _state(), "layers": [fm.Dense(3)]},
        {
            "module": sequence((3, TypeError), (None, TypeError), ({}, ValueError)),
            "layers": without(LAYERS, "None"),
        },
    )
    yield Call("from_torch", fm.from_torch, lambda: {"module": None}, {"module": _OBJECTS}, False)
    yield Call("from_keras", fm.from_keras, lambda: {"model": None}, {"model": _OBJECTS}, False)
    yield Call("from_onnx", fm.from_onnx, lambda: {"path": "m"}, {"path": PATH}, False)
    yield Call("accelerate", fm.accelerate, lambda: {"model": model()}, {"model": _OBJECTS})
    yield Call(
        "load_weights",
        fm.Sequential.load_weights,
        lambda: {
            "self": fm.Sequential([fm.Dense(3)], in_features=4, seed=0),
            "path_or_dict": _state(),
            "transpose": True,
        },
        {
            "path_or_dict": sequence((3, TypeError), (None, TypeError), ([], TypeError)),
            "transpose": flag,
            "names": sequence((3, TypeError), ("a", TypeError)),
        },
    )
    files = {"to_c": "m.h", "to_numpy": "m.py", "to_js": "m.mjs", "to_onnx": "m.onnx"}
    for title, file in files.items():
        kinds = {"path": PATH, "rows": _ROWS}
        if title == "to_c":
            kinds |= {"name": _IDENTIFIERS, "dtype": name(None), "int8": flag}
        if title == "to_onnx":
            kinds |= {"probabilities": flag}
        yield Call(
            title,
            getattr(fm.Sequential, title),
            lambda file=file: {"self": model(), "path": file},
            kinds,
            works=title != "to_onnx",  # onnx may not be installed
            quick=False,
        )

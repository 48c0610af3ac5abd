"""The playground, as it is started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import fusedmlp as fm
from bad_values import flag, integer, sequence

from .call import Call, floats, model


def _start_and_stop(**options: Any) -> None:
    fm.playground(**options).stop()


def calls() -> Iterator[Call]:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ImportError:
        return
    yield Call(
        "playground",
        _start_and_stop,
        lambda: {"model": model(), "X": floats(8, 4), "y": np.arange(8) % 3, "open_browser": False},
        {
            "model": sequence(
                (3, TypeError),
                ("m", TypeError),
                (fm.Sequential([fm.Dense(3)]), ValueError),
                (fm.MLP([5, 3], seed=0), ValueError),
            ),
            "X": sequence(
                (3, ValueError),
                ("rows", TypeError),
                (floats(8, 4) * 1j, TypeError),
                (floats(8, 4) * np.nan, ValueError),
                (floats(8), ValueError),
                (np.zeros((8, 201)), ValueError),
                (None, ValueError),
            ),
            "y": sequence(
                (3, ValueError),
                (np.arange(7), ValueError),
                ([1j] * 8, TypeError),
                (np.full(8, np.nan), ValueError),
            ),
            "port": integer(-1, 65536, 2**64),
            "host": sequence((3, TypeError), (None, TypeError), (b"127.0.0.1", TypeError)),
            "open_browser": flag,
        },
        quick=False,
    )

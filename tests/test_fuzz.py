"""Random calls of everything in the table of refusals, in a process of its own.

Where test_refusals.py replaces one argument by a value made for it, here any of them get any of
the values, good and bad, several at once. The process must live, and what it raises must be one of
the kinds that are promised.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys, warnings
import numpy as np
from test_fuzz import fuzz
warnings.simplefilter("error")
print(fuzz(int(sys.argv[1]), int(sys.argv[2])))
"""
PROMISED = (ValueError, TypeError, MemoryError, RuntimeError, OSError)
# Not quick, and still called here.
CALLED = ("fit", "evaluate", "load", "save")


def fuzz(calls: int, seed: int) -> str:
    """Make random calls; return how many were refused and how many went through."""
    import numpy as np

    import fusedmlp as fm
    from refused import table

    rng = np.random.default_rng(seed)
    chosen = [call for call in table() if call.quick or call.title in CALLED]
    pool = _values(chosen)
    refused = 0
    for _ in range(calls):
        call = chosen[rng.integers(len(chosen))]
        arguments = call.good()
        names = [*{*call.kinds, *arguments} - {"self"}]
        for name in rng.choice(names, rng.integers(1, min(3, len(names)) + 1), replace=False):
            arguments[str(name)] = pool[rng.integers(len(pool))]
        if call.title in ("fit", "train_batch", "evaluate"):
            arguments = {key: value for key, value in arguments.items() if key != "callbacks"}
            arguments["epochs"] = min(_small(arguments.get("epochs", 1)), 2)
        if call.title != "fit":
            arguments.pop("epochs", None)
        owner = [arguments.pop("self")] if "self" in arguments else []
        try:
            if isinstance(call.call, fm.schedules.Schedule):
                call.call(*arguments.values())
            else:
                call.call(*owner, **arguments)
        except PROMISED:
            refused += 1
        except fm.DivergedError:
            refused += 1
        for model in owner:
            if isinstance(model, fm.Sequential) and model.in_features is not None:
                assert model.theta.flags.writeable and len(model.theta) == model.num_parameters
    return f"{refused} of {calls} refused"


def _small(value):
    return value if type(value) is int and 0 < value < 3 else 1


def _values(calls):
    """Every bad value of the table once, and good ones."""
    import numpy as np

    found = [0, 1, 3, 0.5, -0.0, 1e300, True, None, "adam", "mse", "relu", np.zeros((0, 4))]
    found += [np.ones((5, 4), np.float32), np.ones((5, 3)), np.arange(8), np.full((8, 4), np.nan)]
    found += [
        np.zeros((8, 4), ">f4"),
        np.ones((4, 8)).T,
        np.broadcast_to(1.0, (8, 4)),
        [[]],
        [0, 1],
    ]
    for call in calls:
        for name, kind in call.kinds.items():
            found += [row.value for row in kind(call.good().get(name)) if not callable(row.value)]
    return found


@pytest.mark.parametrize(
    "calls", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)], ids=["usual", "long"]
)
def test_random_calls_neither_crash_nor_raise_anything_else(calls, tmp_path, record_property):
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", RUN, str(calls), "1"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    assert "refused" in result.stdout
    record_property("figure", "random calls: " + result.stdout.strip())

"""Picks the kernel set once; the only importer of the native modules.

``core`` is the module that all of the package calls: a native ``_core_*`` or the NumPy twin. It is
looked up at each call, so that tests can swap it.
"""

from __future__ import annotations

import importlib
import os
import warnings
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._core import Core

# Best first. "base" is the only native level off x86-64.
NATIVE_LEVELS = ("v4", "v3", "v2", "base")


def _machine_runs(level: str) -> bool:
    try:
        cpu = importlib.import_module("fusedmlp.core._cpu")
    except ImportError:
        return False
    return bool(cpu.machine_runs(level))


@cache
def load(name: str) -> Core:
    """Return the kernel set `name`; ImportError if this machine or this build has none of it."""
    if name == "numpy":
        return importlib.import_module("fusedmlp.core.reference")
    # A module for another machine must not even be imported: it may die of an illegal instruction.
    if not _machine_runs(name):
        raise ImportError(f"this machine cannot run kernels of level {name}")
    return importlib.import_module(f"fusedmlp.core._core_{name}")


@cache
def available() -> tuple[str, ...]:
    """Names of the backends that work here, the fastest first."""
    names = []
    for name in NATIVE_LEVELS:
        try:
            load(name)
        except ImportError:
            continue
        names.append(name)
    return (*names, "numpy")


def _choose(wanted: str) -> Core:
    if wanted == "auto":
        best = available()[0]
        if best == "numpy":
            warnings.warn(
                "fusedmlp: no native kernels could be loaded, using the NumPy twin, which is many "
                "times slower; set FUSEDMLP_BACKEND=numpy to silence this",
                RuntimeWarning,
                stacklevel=3,
            )
        return load(best)
    if wanted not in available():
        raise ImportError(
            f"FUSEDMLP_BACKEND={wanted!r} is not possible here; possible values: "
            f"auto, {', '.join(available())}"
        )
    return load(wanted)


def cpu_name() -> str:
    """Return the processor's own name, as far as it tells."""
    try:
        return str(importlib.import_module("fusedmlp.core._cpu").model_name())
    except ImportError:
        return "unknown"


core: Core = _choose(os.environ.get("FUSEDMLP_BACKEND", "") or "auto")

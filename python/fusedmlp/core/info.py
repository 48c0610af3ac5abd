"""What is installed and what this machine runs: the first thing a bug report needs."""

from __future__ import annotations

from typing import Any

from . import backend


def __getattr__(name: str) -> str:
    # importlib.metadata takes as long to import as all the layers.
    if name == "__version__":
        from importlib.metadata import version

        return version("fusedmlp")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def info() -> dict[str, Any]:
    """Return what is installed and what it runs on.

    Returns
    -------
    dict
        ``version``; ``backend``, the kernel set in use ("v4", "v3", "v2", "base" or "numpy");
        ``backends``, those usable here, fastest first; ``compiler``, ``eigen`` and ``openmp``
        versions of the build; ``num_threads``; ``cpu``.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> "numpy" in fm.info()["backends"]
    True
    """
    return {
        "version": __getattr__("__version__"),
        "backend": backend.core.level,
        "backends": list(backend.available()),
        **backend.core.build_info(),
        "num_threads": backend.core.get_num_threads(),
        "cpu": backend.cpu_name(),
    }

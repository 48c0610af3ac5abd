"""Small real data sets that come with the package."""

from __future__ import annotations

import gzip
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["load_digits"]


def load_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return 1797 handwritten digits as 8x8 grey images with their classes.

    Returns
    -------
    X : float32 array of shape (1797, 64)
        One image a row, row by row from the top left; whole numbers from 0 (white) to 16 (black).
    y : int64 array of shape (1797,)
        The digits, 0 to 9.

    Notes
    -----
    Source: the test set of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak,
    UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0.
    The rows and their order are those of ``sklearn.datasets.load_digits(return_X_y=True)``, which
    returns X as float64.

    Examples
    --------
    >>> X, y = load_digits()
    >>> X.shape, X.dtype.name, y.shape, y.dtype.name
    ((1797, 64), 'float32', (1797,), 'int64')
    >>> y[:10].tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    table: NDArray[Any] = np.array(
        [line.split(",") for line in _digits_text().splitlines()[1:]], dtype=np.float32
    )
    return np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int64)


def digits_table() -> dict[str, NDArray[Any]]:
    """Return the digits as a table: columns by name, the last one, "digit", is the class."""
    X, y = load_digits()
    names = _digits_text().splitlines()[0].split(",")
    return dict(zip(names, [*X.T.astype(np.float64), y], strict=True))


def _digits_text() -> str:
    with digits_path() as path, gzip.open(path, "rt", encoding="ascii") as file:
        return file.read()


def digits_path() -> AbstractContextManager[Path]:
    """Return a context manager that gives the path of the digits as a (gzipped) CSV file."""
    return as_file(files(__name__) / "digits.csv.gz")

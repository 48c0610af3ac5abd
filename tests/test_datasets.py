"""The data sets in the package against their source."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from fusedmlp import datasets


def test_digits_shapes_and_ranges():
    X, y = datasets.load_digits()
    assert X.shape == (1797, 64) and X.dtype == np.float32 and X.flags.c_contiguous
    assert y.shape == (1797,) and y.dtype == np.int64
    assert X.min() == 0 and X.max() == 16
    np.testing.assert_array_equal(X, np.round(X))
    # Counts of the digits 0 to 9, from the description of the UCI data set.
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_fresh_arrays():
    X, _ = datasets.load_digits()
    X[...] = -1
    assert datasets.load_digits()[0].min() == 0


@pytest.mark.peers
def test_digits_equal_scikit_learns():
    peer = pytest.importorskip(
        "sklearn.datasets", reason="scikit-learn is not installed: comparison skipped"
    )
    X, y = datasets.load_digits()
    X_peer, y_peer = peer.load_digits(return_X_y=True)
    np.testing.assert_array_equal(X, X_peer)
    np.testing.assert_array_equal(y, y_peer)


def test_digits_file_has_a_header_and_is_reproducible():
    with datasets.digits_path() as path:
        raw = path.read_bytes()
    header = gzip.decompress(raw).decode("ascii").splitlines()[0].split(",")
    assert header[0] == "pixel_0_0" and header[63] == "pixel_7_7" and header[64] == "digit"
    # No time stamp and no file name inside: the same data give the same bytes.
    assert raw[4:8] == bytes(4) and raw[3] == 0

"""Arrays that users pass in: what is taken by value, and what is refused with which words."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.checks.arrays import raw_array
from fusedmlp.checks.elements import refuse_dtype
from fusedmlp.checks.rows import input_rows

TAKEN = [
    ([1, 2], [1, 2]),
    (np.array([True, False]), [1, 0]),
    (np.array([1.5], ">f8"), [1.5]),
    (np.array([1, 2.5, True], dtype=object), [1, 2.5, 1]),
    (np.array([np.int8(3), np.float16(0.5)], dtype=object), [3, 0.5]),
]


@pytest.mark.parametrize(("value", "wanted"), TAKEN)
def test_real_numbers_are_taken_by_value(value, wanted):
    assert raw_array(value, "f", "x").tolist() == wanted


def _objects(*rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


class NAType:
    """What pandas.NA is to a reader of object arrays."""

    def __repr__(self):
        return "<NA>"


class _Frame:
    """What a DataFrame of two columns is to NumPy."""

    columns = ("size", "city")

    def __array__(self, dtype=None, copy=None):
        return np.array([[1, 2], [3, "Ulm"]], dtype=object)


class _NoArray:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("use .get()")


GAP = "drop these rows or fill the gaps"
LABELS = "for class labels use classes, y = np.unique(labels, return_inverse=True)"
DAYS = "pass days as numbers: d = np.asarray(dates, 'datetime64[D]')"
REFUSED = [
    ([1, None], f"got None (a missing value) at row 1; {GAP}"),
    ([[1, NAType()]], f"got <NA> (a missing value, NAType) at row 0, column 1; {GAP}"),
    ([1.0, np.datetime64("NaT", "s")], f"got NaT (a missing value, datetime64) at row 1; {GAP}"),
    ([2, "cat"], f"got text ('cat' at row 1); {LABELS}"),
    (_objects("2", None), f"got None (a missing value) at row 1; {GAP}"),
    (_objects(2, "cat"), f"got text ('cat') at row 1; {LABELS}"),
    (_objects(2, "7.5"), "got text ('7.5') at row 1; numbers written as text are read by np.asar"),
    (_Frame(), "got text ('Ulm') at row 1, column 1 ('city'); give categories numbers"),
    (["a", "b"], f"got text ('a' at row 0); {LABELS}"),
    ([["1"], ["2"]], "got text ('1' at row 0, column 0); numbers written as text are read by"),
    ([[b"a", b"b"]], "got text"),
    ([1, datetime.date(2020, 2, 1)], f"got a date (2020-02-01) at row 1; {DAYS}"),
    (np.array(["2020-01-01"], "M8[D]"), f"got dates (dtype datetime64[D]); {DAYS}"),
    ([datetime.timedelta(1), 0], "got a duration (1 day, 0:00:00) at row 0; pass seconds or days"),
    (np.array([1], "m8[s]"), "got durations (dtype timedelta64[s]); pass x / np.timedelta64(1, "),
    ([Decimal("1.5")], "got a Decimal (1.5) at row 0; pass np.asarray(x, float)"),
    ([[0, Fraction(1, 2)]], "got a Fraction (1/2) at row 0, column 1; pass np.asarray(x, float)"),
    ([1j], "got dtype complex128; pass its .real part"),
    (_objects(1, 2j), "got a complex number (2j) at row 1; pass its .real part"),
    (_objects([1, 2], [3]), "got a list of 2 at row 0; give every row the same length"),
    ([{"a": 1}], "got an object of type dict at row 0"),
    ({1, 2}, "got an object of type set; pass an array or nested lists"),
    ((i for i in range(3)), "got an object of type generator; pass an array or nested lists"),
    (np.zeros(2, "f4,i4"), "got a structured array with the fields f0, f1; pass np.lib.recfunct"),
    (np.zeros(2, "V3"), "got dtype |V3"),
    (np.full((1, 2, 3), None), "got None (a missing value) at position (0, 0, 0)"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=lambda v: str(v)[:30])
def test_what_is_no_number_is_named_with_its_place_and_the_fix(value, message):
    with pytest.raises(TypeError, match=r"^f: x must hold real numbers, got") as caught:
        raw_array(value, "f", "x")
    assert message in str(caught.value)


def test_other_reasons_are_told():
    with pytest.raises(TypeError, match=r"f: x cannot be read as an array \(_NoArray\): use \.get"):
        raw_array(_NoArray(), "f", "x")
    with pytest.raises(ValueError, match="f: x is not a rectangular array"):
        raw_array([[1, 2], [3]], "f", "x")
    with pytest.raises(TypeError, match=r"masked array; pass x\.filled"):
        raw_array(np.ma.masked_array([1, 2], [True, False]), "f", "x")


def test_the_advice_on_dates_works():
    for dates in (
        [datetime.date(2020, 1, 1), datetime.date(2020, 1, 3)],
        np.array(["2020-01-01", "2020-01-03"], "M8[ns]"),
    ):
        d = np.asarray(dates, "datetime64[D]")
        days = (d - d.min()) / np.timedelta64(1, "D")
        assert raw_array(days, "f", "x").tolist() == [0, 2]


def test_the_message_reaches_every_caller(core):
    model, y = fm.MLP([2, 2], seed=0), [0, 1]
    bad = [[1, 2], [3, None]]
    calls = [
        lambda: model.fit(bad, y, loss="cross_entropy"),
        lambda: model.train_batch(bad, y, loss="cross_entropy", optimizer="sgd"),
        lambda: model.evaluate(bad, y, loss="cross_entropy"),
        lambda: model.predict(bad),
        lambda: model.forward(bad),
        lambda: F.relu(bad),
        lambda: F.mse([[1, 2], [3, 4]], bad),
        lambda: F.dense(bad, [[1.0], [1.0]]),
        lambda: fm.metrics.mse(bad, bad),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"got None \(a missing value\) at row 1, column 1"):
            call()


# Other libraries' arrays: stand-ins, then the real ones.


def test_a_dtype_that_numpy_does_not_compute_with():
    dtype = SimpleNamespace(kind="V", name="bfloat16", names=None)
    array = SimpleNamespace(dtype=dtype, size=1, ndim=1)
    message = r"bfloat16, which NumPy does not compute with; pass x\.astype\(np\.float32\)"
    with pytest.raises(TypeError, match=message):
        refuse_dtype(array, "f", "x")


def _tensor(**change):
    """Return what a torch tensor is to somebody who does not import torch."""
    usual = {"requires_grad": False, "layout": "torch.strided", "dtype": "torch.float32",
             "device": SimpleNamespace(type="cpu"), "is_quantized": False}  # fmt: skip
    cls = type("Tensor", (), {"__module__": "torch", "__array__": lambda self, *_: np.ones(2)})
    tensor = cls()
    tensor.__dict__.update(usual, **change)
    return tensor


class _Device(SimpleNamespace):
    def __str__(self):
        return self.type


TENSORS = [
    ({"requires_grad": True}, "requires grad; pass x.detach()"),
    ({"dtype": "torch.bfloat16"}, "is bfloat16, which NumPy does not know; pass x.float()"),
    ({"dtype": "torch.float8_e5m2"}, "is float8_e5m2, which NumPy does not know; pass x.float()"),
    ({"layout": "torch.sparse_csr"}, "is sparse (torch.sparse_csr); pass x.to_dense()"),
    ({"device": _Device(type="cuda:0")}, "lies on the device cuda:0; pass x.cpu()"),
    ({"is_quantized": True}, "is quantized; pass x.dequantize()"),
    ({"requires_grad": True, "dtype": "torch.bfloat16"},
     "requires grad and is bfloat16, which NumPy does not know; pass x.detach().float()"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), TENSORS)
def test_tensors_that_must_be_converted_first(change, message):
    with pytest.raises(TypeError, match=re.escape(f"f: x is a torch tensor that {message}")):
        raw_array(_tensor(**change), "f", "x")


def test_tensors_without_numbers_and_usual_ones():
    with pytest.raises(TypeError, match="on the meta device, which holds no numbers"):
        raw_array(_tensor(device=_Device(type="meta")), "f", "x")
    assert raw_array(_tensor(), "f", "x").tolist() == [1, 1]


@pytest.mark.parametrize("home", ["scipy.sparse._csr", "sparse.numba_backend._coo"])
def test_sparse_matrices_must_be_made_dense(home):
    convert = "toarray" if home.startswith("scipy") else "todense"
    cls = type("csr_matrix", (), {"__module__": home, "nnz": 2, convert: None})
    with pytest.raises(TypeError, match=rf"x is a sparse matrix \(csr_matrix\).*x\.{convert}\(\)"):
        raw_array(cls(), "f", "x")


@pytest.mark.peers
def test_real_torch_tensors():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    one = torch.ones(2)
    cases = [
        (torch.ones(2, requires_grad=True), "x.detach()"),
        (torch.nn.Parameter(one).bfloat16(), "x.detach().float()"),
        (one.bfloat16(), "x.float()"),
        (torch.eye(2).to_sparse(), "x.to_dense()"),
        (torch.ones(2, device="meta"), "a tensor with data"),
    ]
    for tensor, fix in cases:
        with pytest.raises(TypeError, match=re.escape(f"pass {fix}")):
            raw_array(tensor, "f", "x")
        if fix != "a tensor with data":
            raw_array(eval(fix, {"x": tensor}), "f", "x")
    assert raw_array(one, "f", "x").tolist() == [1, 1]
    with pytest.raises(TypeError, match=r"cannot be read as an array \(list\)"):
        raw_array([torch.ones(2, requires_grad=True)], "f", "x")


@pytest.mark.peers
def test_real_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse", reason="SciPy is not installed")
    for make in (sparse.csr_matrix, sparse.csc_array, sparse.coo_array, sparse.lil_matrix):
        with pytest.raises(TypeError, match=r"layers are dense: pass x\.toarray\(\)"):
            raw_array(make(np.eye(2)), "f", "x")


@pytest.mark.peers
def test_real_pandas_gaps_and_real_bfloat16():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pd.DataFrame({"a": [1, 2], "b": [1, pd.NA]}, dtype=object)
    with pytest.raises(TypeError, match=r"<NA> \(a missing value, NAType\) at row 1, column 1 \('"):
        raw_array(frame, "f", "x")
    with pytest.raises(TypeError, match="got text"):
        raw_array(pd.DataFrame({"a": [1], "b": ["x"]}), "f", "x")
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    x = np.ones(2, ml_dtypes.bfloat16)
    with pytest.raises(TypeError, match=r"dtype bfloat16.*pass x\.astype\(np\.float32\)"):
        raw_array(x, "f", "x")
    assert raw_array(x.astype(np.float32), "f", "x").tolist() == [1, 1]


# Vectors where rows are wanted

VECTORS = [
    (3, 3, r"got \(3,\); for one row pass X\[None\]$"),
    (100, 3, r"got \(100,\); for one row pass X\[None\]$"),
    (100, 1, r"got \(100,\); for one column X\[:, None\]$"),
    (100, None, r"got \(100,\); for one row pass X\[None\], for one column X\[:, None\]$"),
]


@pytest.mark.parametrize(("size", "features", "message"), VECTORS)
def test_a_vector_is_one_row_or_one_column(size, features, message):
    with pytest.raises(ValueError, match=message):
        input_rows(np.zeros(size), "fit", "X", features)

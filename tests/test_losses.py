"""Losses as functions and objects: reductions, weights, shapes, bad input."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp import losses
from fusedmlp.core import backend
from loss_cases import LOG2, PAIRS, VARIANTS, make, value_and_grad
from support import same_bits, tol

X = [[1.0, 2.0], [3.0, 4.0]]


BAD = [
    ("mse", (X, [[1.0, 2.0]]), {}, ValueError, r"target must have shape \(2, 2\).*got \(1, 2\)"),
    ("mse", (X, [1.0, 2.0]), {}, ValueError, r"target must have shape \(2, 2\).*got \(2,\)"),
    ("mse", ([1.0, 2.0], [[1.0, 2.0]]), {}, ValueError, r"shape \(2,\) or \(2, 1\).*got \(1, 2\)"),
    ("mse", ([[[1.0]]], [1.0]), {}, ValueError, r"pred must have shape"),
    ("mse", (np.empty((3, 0)), np.empty((3, 0))), {}, ValueError, "must not be empty"),
    ("mse", (1.0, 1.0), {}, ValueError, "pred must have shape"),
    ("mse", (["a"], [1.0]), {}, TypeError, "pred must hold real numbers"),
    ("mse", (X, X), {"reduction": "avg"}, ValueError, "reduction must be one of mean, sum, none"),
    ("mse", (X, X), {"delta": 1.0}, TypeError, "mse has no parameter 'delta'"),
    ("mse", (X, X), {"sample_weight": [1.0]}, ValueError, r"shape \(2,\).*got \(1,\)"),
    ("mse", (X, X), {"sample_weight": [1.0, -1.0]}, ValueError, "got -1 at row 1"),
    ("mse", (X, X), {"sample_weight": [0.0, 0.0]}, ValueError, "must not be all zero"),
    ("mse", (X, X), {"sample_weight": [1.0, np.nan]}, ValueError, "sample_weight must be finite"),
    ("mse", (X, X), {"sample_weight": [1.0, np.inf]}, ValueError, "sample_weight must be finite"),
    ("huber", (X, X), {"delta": 0.0}, ValueError, r"delta must be in \(0, inf\), got 0"),
    ("huber", (X, X), {"delta": "1"}, TypeError, "delta must be a number"),
    ("quantile", (X, X), {"q": 1.0}, ValueError, r"q must be in \(0, 1\), got 1"),
    ("quantile", (X, X), {"q": [0.1, 0.5, 0.9]}, ValueError, r"one per output \(2\), got 3"),
    ("quantile", (X, X), {"q": [0.1, 1.5]}, ValueError, r"q must be in \(0, 1\)"),
    ("binary_cross_entropy", (X, [[0, 1], [2, 0]]), {}, ValueError, "got 2 at row 1, column 0"),
    ("binary_cross_entropy", ([1.0], [-0.5]), {}, ValueError, r"be in \[0, 1\], got -0.5 at row 0"),
    ("hinge", (X, [[1, -1], [0, 1]]), {}, ValueError, r"be -1 or \+1, got 0 at row 1, column 0"),
    ("cross_entropy", (X, [0, 2]), {}, ValueError, r"indices in \[0, 1\], got 2 at row 1"),
    ("cross_entropy", (X, [-1, 0]), {}, ValueError, r"indices in \[0, 1\], got -1 at row 0"),
    ("cross_entropy", (X, np.array([0, 2**64 - 1], np.uint64)), {}, ValueError, "at row 1"),
    ("cross_entropy", (X, [0.0, 1.0]), {}, ValueError, "integer class indices, got dtype float64"),
    ("cross_entropy", (X, [0, 1, 1]), {}, ValueError, r"must have 2 rows.*\(3,\)"),
    ("cross_entropy", (X, [[0.5, 0.25, 0.25]] * 2), {}, ValueError, r"\(2, 2\) for probabilities"),
    ("cross_entropy", (X, [[0.5, 0.5], [1.5, -0.5]]), {}, ValueError, "negative numbers, got -0.5"),
    ("cross_entropy", ([1.0, 2.0], [0, 1]), {}, ValueError, r"\(batch, classes\), got \(2,\)"),
    ("cross_entropy", (X, [0, 1]), {"label_smoothing": 1.5}, ValueError, r"in \[0, 1\], got 1.5"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": [1.0]}, ValueError, r"shape \(2,\)"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": [1.0, -1.0]}, ValueError, "class_weight"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": {2: 1.0}}, ValueError, "the key 2"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": {"a": 1.0}}, TypeError, "class indices"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": "balanced"}, TypeError, "class_weight must be"),
    ("cross_entropy", (X, [0, 0]), {"class_weight": [0.0, 1.0]}, ValueError, "weight zero"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params"), VARIANTS)
def test_reductions_and_weights(core, dtype, rng, name, params):
    pred, target, own = make(name, 9, 4, rng, dtype, **params)
    w = rng.uniform(0.0, 2.0, 9)
    each, each_grad = value_and_grad(name, pred, target, reduction="none", **own)
    rows = each.astype(np.float64)
    assert each.shape == (9,)
    cases = {
        ("mean", None): (rows.mean(), each_grad / 9),
        ("sum", None): (rows.sum(), each_grad),
        ("mean", 1): (w @ rows / w.sum(), w[:, None] / w.sum() * each_grad),
        ("sum", 1): (w @ rows, w[:, None] * each_grad),
        ("none", 1): (w * rows, w[:, None] * each_grad),
    }
    for (reduction, weighted), (wanted, gradient) in cases.items():
        kwargs = {"reduction": reduction, "sample_weight": w if weighted else None, **own}
        value, dpred = value_and_grad(name, pred, target, **kwargs)
        assert isinstance(value, np.ndarray if reduction == "none" else float)
        np.testing.assert_allclose(value, wanted, rtol=tol(dtype, 2))
        np.testing.assert_allclose(dpred, gradient, rtol=tol(dtype, 2), atol=tol(dtype) / 10)
        assert np.array_equal(value, getattr(F, name)(pred, target, **kwargs))


def test_class_weights_weigh_rows(core, rng):
    pred, target, _ = make("cross_entropy", 12, 3, rng)
    w = np.array([1.0, 5.0, 0.5])
    sample = rng.uniform(0.5, 1.5, 12)
    wanted = F.cross_entropy(pred, target, sample_weight=sample * w[target])
    assert F.cross_entropy(pred, target, sample_weight=sample, class_weight=w) == wanted
    assert (
        F.cross_entropy(pred, target, sample_weight=sample, class_weight={1: 5, 2: 0.5}) == wanted
    )
    loss = fm.Loss("cross_entropy", class_weight={1: 5, 2: 0.5})
    assert loss(pred, target, sample)[0] == wanted
    p = rng.dirichlet(np.ones(3), 12)
    wanted = F.cross_entropy(pred, p, sample_weight=p @ w)
    assert F.cross_entropy(pred, p, class_weight=w) == pytest.approx(wanted, rel=1e-14)
    one_hot = np.eye(3)[target]
    assert F.cross_entropy(pred, one_hot, class_weight=w) == pytest.approx(
        F.cross_entropy(pred, target, class_weight=w), rel=1e-14
    )


def test_one_output_may_be_flat(core, dtype):
    x, t = np.array([1.0, 2.0, 4.0], dtype), np.array([0.0, 0.0, 1.0], dtype)
    for pred in (x, x[:, None]):
        for target in (t, t[:, None]):
            value, dpred = F.mse_value_and_grad(pred, target)
            assert value == pytest.approx(14 / 3)
            assert dpred.shape == pred.shape
            np.testing.assert_allclose(dpred.ravel(), [2 / 3, 4 / 3, 2])


def test_any_layout_and_dtype_is_read_by_value(core, rng):
    pred, target, _ = make("mse", 6, 4, rng)
    wanted, gradient = F.mse_value_and_grad(pred, target)
    forms = [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1][::-1],
             lambda a: a.astype(">f8")]  # fmt: skip
    for form in forms:
        kept = form(pred)
        value, dpred = F.mse_value_and_grad(kept, form(target))
        assert value == wanted
        assert same_bits(dpred, gradient)
        assert np.array_equal(kept, pred)
    assert F.binary_cross_entropy([0.0, 0.0], np.array([True, False])) == pytest.approx(LOG2)
    for kind in (np.int8, np.uint8, np.int32, np.uint64, ">i4"):
        assert F.cross_entropy([[0.0, 0.0]], np.array([1], kind)) == pytest.approx(LOG2)
    assert F.cross_entropy([[0.0, 0.0]], np.array([[1]])) == pytest.approx(LOG2)
    assert F.mse([1], [2]) == 1.0


def test_no_rows(core, dtype):
    empty = np.empty((0, 3), dtype)
    for name, target in (("mse", empty), ("cross_entropy", np.empty(0, int))):
        value, dpred = value_and_grad(name, empty, target, reduction="sum")
        assert value == 0.0
        assert dpred.shape == (0, 3)
        assert getattr(F, name)(empty, target, reduction="none").shape == (0,)
        with pytest.raises(ValueError, match=f"{name}: pred must not be empty"):
            getattr(F, name)(empty, target)


@pytest.mark.parametrize(("name", "args", "kwargs", "error", "message"), BAD)
def test_bad_input_is_named(core, name, args, kwargs, error, message):
    for function in (name, f"{name}_value_and_grad"):
        with pytest.raises(error, match=rf"{function}: .*{message}|{function}: {message}"):
            getattr(F, function)(*args, **kwargs)


def test_bad_values_are_found_before_the_kernel_runs(monkeypatch):
    class Trap:
        def loss_forward_backward(self, *args):
            raise AssertionError("the kernel was called")

        loss_mean_exact = backend.core.loss_mean_exact  # refuses what needs a check

    monkeypatch.setattr(backend, "core", Trap())
    for name, args, kwargs, error, _ in BAD:
        with pytest.raises(error):
            getattr(F, name)(*args, **kwargs)


@pytest.mark.parametrize(("name", "both"), PAIRS)
def test_functions_have_names_signatures_and_docs(name, both):
    for title in (name, both):
        function = getattr(F, title)
        assert function.__name__ == title
        parameters = inspect.signature(function).parameters
        assert list(parameters)[:4] == ["pred", "target", "sample_weight", "reduction"]
        assert parameters["reduction"].kind is inspect.Parameter.KEYWORD_ONLY
        assert set(fm.Loss(name).params) == set(list(parameters)[4:])
        for section in ("Parameters", "Returns", "Raises", "Notes", "Examples", "l_i ="):
            assert section in function.__doc__


def test_loss_is_a_checked_immutable_value():
    loss = fm.Loss("cross_entropy", label_smoothing=0.1, class_weight={0: 2})
    assert repr(loss) == "Loss('cross_entropy', label_smoothing=0.1, class_weight={0: 2.0})"
    assert loss.params == {"label_smoothing": 0.1, "class_weight": {0: 2.0}}
    for twin_loss in (
        pickle.loads(pickle.dumps(loss)),
        copy.deepcopy(loss),
        eval(repr(loss), {"Loss": fm.Loss}),
    ):
        assert twin_loss == loss
        assert hash(twin_loss) == hash(loss)
    assert loss != fm.Loss("cross_entropy")
    assert loss != "cross_entropy"
    for change in ("name", "params", "_params", "new"):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(loss, change, 1)
    with pytest.raises(AttributeError, match="cannot be changed"):
        del loss.name
    with pytest.raises(ValueError, match="Loss: name must be one of mse, mae"):
        fm.Loss("rmse")
    with pytest.raises(TypeError, match=r"Loss: huber has no parameter 'beta' \(it has: delta\)"):
        fm.Loss("huber", beta=1.0)


def test_kernel_params():
    assert fm.Loss("mse").kernel_params(3) == ()
    assert fm.Loss("huber").kernel_params(3) == (1.0,)
    assert fm.Loss("quantile", q=0.9).kernel_params(3) == (0.9, 0.9, 0.9)
    assert fm.Loss("quantile", q=[0.1, 0.9]).kernel_params(2) == (0.1, 0.9)
    assert fm.Loss("cross_entropy", class_weight=[1, 2]).kernel_params(2) == (0.0,)


def test_loss_object_calls_the_kernel(core, dtype, rng):
    pred, target, _ = make("huber", 5, 3, rng, dtype)
    w = rng.uniform(1, 2, 5)
    value, dpred = fm.Loss("huber", delta=0.5)(pred, target, w)
    wanted, gradient = F.huber_value_and_grad(pred, target, sample_weight=w, delta=0.5)
    assert value == wanted
    assert same_bits(dpred, gradient)


def test_get():
    loss = fm.Loss("mse")
    assert losses.get(loss) is loss
    assert losses.get("mse") == loss

    def own(pred, target, sample_weight):
        return 0.0, pred

    assert losses.get(own) is own
    with pytest.raises(ValueError, match="fit: loss must be one of mse"):
        losses.get("nll", "fit")
    for bad in (None, 3, fm.Loss):
        with pytest.raises(TypeError, match=r"loss must be a name, fm\.Loss"):
            losses.get(bad)

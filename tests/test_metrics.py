"""Metrics: hand-worked numbers, scikit-learn, shapes, bad input."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from fusedmlp import metrics

CLASSIFICATION = ["accuracy", "balanced_accuracy", "log_loss", "precision", "recall", "f1"]


def test_hand_worked_classification():
    z = [[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.5], [0.0, 1.0, 4.0]]
    y = [0, 1, 2, 2]  # predicted 0 1 0 2
    assert metrics.accuracy(y, z) == 0.75
    assert metrics.balanced_accuracy(y, z) == pytest.approx((1 + 1 + 0.5) / 3)
    assert metrics.precision(y, z) == pytest.approx((0.5 + 1 + 1) / 3)
    assert metrics.recall(y, z) == pytest.approx((1 + 1 + 0.5) / 3)
    assert metrics.f1(y, z) == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert metrics.top_k_accuracy(y, z, k=1) == 0.75
    assert metrics.top_k_accuracy(y, z, k=2) == 1.0
    assert metrics.top_k_accuracy(y, z) == 1.0
    assert metrics.log_loss([0, 1], [[0.0, math.log(3)]] * 2) == pytest.approx(
        (math.log(4) + math.log(4 / 3)) / 2
    )


def test_one_logit_is_cut_at_zero():
    z, y = np.array([-1.0, 2.0, 3.0, -4.0]), np.array([0, 1, 0, 1])
    for prediction in (z, z[:, None], np.stack([np.zeros(4), z], axis=1)):
        for target in (y, y[:, None], y.astype(float), y.astype(bool)):
            assert metrics.accuracy(target, prediction) == 0.5
            assert metrics.f1(target, prediction) == 0.5
            assert metrics.roc_auc(target, prediction) == 0.25
    assert metrics.accuracy(2 * y - 1, z) == 0.5  # hinge targets
    assert metrics.accuracy([0], [0.0]) == 1.0
    assert metrics.log_loss([1], [0.0]) == pytest.approx(math.log(2))


def test_one_hot_targets(rng):
    y, z = rng.integers(0, 4, 20), rng.standard_normal((20, 4))
    for name in (*CLASSIFICATION, "roc_auc"):
        assert metrics.get(name)(np.eye(4)[y], z) == metrics.get(name)(y, z)


def test_hand_worked_regression():
    y, x = [1.0, 2.0, 4.0], [1.0, 3.0, 2.0]
    assert metrics.mse(y, x) == pytest.approx(5 / 3)
    assert metrics.rmse(y, x) == pytest.approx(math.sqrt(5 / 3))
    assert metrics.mae(y, x) == 1.0
    assert metrics.r2(y, x) == pytest.approx(1 - 5 / (14 / 3))
    assert metrics.mse(y, np.array(x)[:, None]) == metrics.mse(y, x)
    assert metrics.r2([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert metrics.r2([2.0, 2.0], [2.0, 3.0]) == 0.0
    assert math.isnan(metrics.r2([2.0], [2.0]))


@pytest.mark.parametrize("metric", ["mse", "rmse", "mae", "r2"])
def test_infinities_go_through_without_a_warning(metric):
    assert not np.isfinite(getattr(metrics, metric)([0.0, np.inf, 1.0], [0.0, np.inf, 2.0]))


@pytest.mark.parametrize("metric", [*CLASSIFICATION, "roc_auc", "mse", "mae", "r2"])
def test_a_signaling_nan_goes_through_without_a_warning(metric):
    z = np.array([0x7FA00001, 0], np.uint32).view(np.float32)
    getattr(metrics, metric)(np.array([0, 1]), z)


def test_extreme_logits():
    assert metrics.log_loss([0, 1], [[1e30, -1e30], [-1e30, 1e30]]) == 0.0
    assert metrics.log_loss([1], np.array([[1e30, 0.0]], np.float32)) == pytest.approx(1e30)
    assert math.isnan(metrics.roc_auc([1, 1], [0.0, 1.0]))


@pytest.mark.peers
@pytest.mark.parametrize("classes", [1, 2, 5])
def test_scikit_learn_gives_the_same_classification(rng, classes):
    sk = pytest.importorskip(
        "sklearn.metrics", reason="scikit-learn is not installed: the peer comparison is skipped"
    )
    z = rng.standard_normal((200, classes))
    if classes < 3:
        z = z.round(1)  # with ties, which the softmax of several would round apart
    y = rng.integers(0, max(2, classes), 200)
    two = np.hstack([np.zeros_like(z), z]) if classes == 1 else z
    q = np.exp(two) / np.exp(two).sum(axis=1, keepdims=True)
    said = two.argmax(axis=1)
    average = {} if classes < 3 else {"average": "macro"}
    assert metrics.accuracy(y, z) == pytest.approx(sk.accuracy_score(y, said))
    assert metrics.balanced_accuracy(y, z) == pytest.approx(sk.balanced_accuracy_score(y, said))
    assert metrics.f1(y, z) == pytest.approx(sk.f1_score(y, said, **average))
    assert metrics.precision(y, z) == pytest.approx(sk.precision_score(y, said, **average))
    assert metrics.recall(y, z) == pytest.approx(sk.recall_score(y, said, **average))
    assert metrics.log_loss(y, z) == pytest.approx(sk.log_loss(y, q))
    if classes > 2:
        assert metrics.roc_auc(y, z) == pytest.approx(sk.roc_auc_score(y, q, multi_class="ovr"))
        for k in (1, 2, 3):
            assert metrics.top_k_accuracy(y, z, k=k) == pytest.approx(
                sk.top_k_accuracy_score(y, z, k=k)
            )
    else:
        score = (two[:, 1] - two[:, 0]).round(6)
        assert metrics.roc_auc(y, score) == pytest.approx(sk.roc_auc_score(y, score))


@pytest.mark.peers
@pytest.mark.parametrize("outputs", [1, 3])
def test_scikit_learn_gives_the_same_regression(rng, outputs):
    sk = pytest.importorskip(
        "sklearn.metrics", reason="scikit-learn is not installed: the peer comparison is skipped"
    )
    y, x = rng.standard_normal((50, outputs)), rng.standard_normal((50, outputs))
    assert metrics.mse(y, x) == pytest.approx(sk.mean_squared_error(y, x))
    assert metrics.rmse(y, x) == pytest.approx(sk.root_mean_squared_error(y, x))
    assert metrics.mae(y, x) == pytest.approx(sk.mean_absolute_error(y, x))
    assert metrics.r2(y, x) == pytest.approx(sk.r2_score(y, x))


def test_get_and_names():
    assert metrics.get("r2") is metrics.r2
    assert metrics.get(max) is max
    assert set(metrics.LOWER_IS_BETTER) < set(metrics.METRICS)
    assert metrics.name_of("f1") == "f1"
    assert metrics.name_of(partial(metrics.top_k_accuracy, k=2)) == "top_k_accuracy"
    with pytest.raises(ValueError, match="fit: metric must be one of accuracy"):
        metrics.get("acc", "fit")
    with pytest.raises(TypeError, match="metric must be a name"):
        metrics.get(3)


@pytest.mark.parametrize(
    ("name", "y", "prediction", "message"),
    [
        ("accuracy", [0, 1, 1], [[1.0, 0.0]], r"y must have shape \(1,\) or \(1, 2\)"),
        ("accuracy", [0, 2], [[1.0, 0.0]] * 2, r"in \[0, 1\], got 2 at row 1"),
        ("accuracy", [0.5, 1], [[1.0, 0.0]] * 2, "got 0.5 at row 0"),
        ("accuracy", [0, -1], [[1.0, 0.0]] * 2, "got -1 at row 1"),
        ("accuracy", [], np.empty((0, 2)), "hold rows"),
        ("accuracy", [0], [[[1.0]]], r"prediction must have shape"),
        ("mse", [1.0, 2.0], [1.0], r"one shape.*\(2,\) and \(1,\)"),
        ("mse", [[1.0, 2.0]], [1.0, 2.0], "one shape"),
        ("r2", [], [], "hold rows"),
    ],
)
def test_bad_input_is_named(name, y, prediction, message):
    with pytest.raises(ValueError, match=f"{name}: .*{message}"):
        metrics.get(name)(y, prediction)


def test_bad_kinds():
    with pytest.raises(TypeError, match="accuracy: y must hold real numbers"):
        metrics.accuracy(["a"], [[1.0, 0.0]])
    with pytest.raises(TypeError, match="k must be an integer"):
        metrics.top_k_accuracy([0], [[1.0, 0.0]], k=1.5)

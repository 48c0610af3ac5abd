"""The room of a table's model: folds, rows, clock, best weights, heads."""

from __future__ import annotations

import time

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.tabular.classes import ClassHead
from fusedmlp.tabular.clock import Clock, schedules
from fusedmlp.tabular.fitting import fit_table
from fusedmlp.tabular.folds import member_rows
from fusedmlp.tabular.heads import head_from_dict
from fusedmlp.tabular.importance import column_places
from fusedmlp.tabular.keep import KeepBest
from fusedmlp.tabular.network import make_network
from fusedmlp.tabular.rows import distinct_rows
from fusedmlp.tabular.settings import resolve
from fusedmlp.tabular.values import ValueHead, gaussian_nll


def test_every_row_is_held_out_once_and_classes_in_equal_shares():
    classes = np.repeat([0, 1, 2], [50, 30, 20])
    train, held = member_rows(100, 5, 0.2, classes, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate(held)), np.arange(100))
    for a, b in zip(train, held, strict=True):
        np.testing.assert_array_equal(np.sort(np.concatenate([a, b])), np.arange(100))
        np.testing.assert_array_equal(np.bincount(classes[b]), [10, 6, 4])


def test_members_beyond_the_folds_hold_out_another_cut():
    _, held = member_rows(40, 10, 0.2, None, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate(held[5:])), np.arange(40))
    assert not np.array_equal(held[0], held[5])


def test_of_less_than_five_rows_nothing_is_held_out():
    train, held = member_rows(4, 2, 0.2, None, 0)
    assert [len(r) for r in train + held] == [4] * 4


def test_distinct_rows_by_hand():
    X = np.array([[1, 2], [3, 4], [1, 2], [1, 2], [-0.0, 0]], np.float32)
    y = np.array([0, 1, 0, 1, 1])
    order, weights = distinct_rows(X, y, None)
    found = {(*X[i].tolist(), y[i].item()): w for i, w in zip(order, weights, strict=True)}
    assert found == {(1, 2, 0): 2, (3, 4, 1): 1, (1, 2, 1): 1, (0, 0, 1): 1}
    order, weights = distinct_rows(X, y, np.array([0, 1, 0, 3, 0.5]))
    assert dict(zip(order.tolist(), weights, strict=True)) == {1: 1, 3: 3, 4: 0.5}


def test_distinct_rows_have_an_order_of_their_own():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)).astype(np.float32), rng.normal(size=50)
    mixed = rng.permutation(50)
    a, weights = distinct_rows(X, y, None)
    b, _ = distinct_rows(X[mixed], y[mixed], None)
    np.testing.assert_array_equal(X[a], X[mixed][b])
    assert weights is None


def test_the_clock_counts_steps_and_its_schedules_those_of_the_library():
    clock = Clock(40, 4)
    lr, decay, dropout = schedules(clock, 0.1, 0.02)
    steps = np.arange(41)
    np.testing.assert_allclose(lr(steps), fm.schedules.coslog(0.1, 40)(steps), atol=1e-9)
    np.testing.assert_allclose(decay(steps), fm.schedules.flat_cosine(0.02, 40)(steps), atol=1e-9)
    np.testing.assert_allclose(dropout(steps), fm.schedules.flat_cosine(1.0, 40)(steps), atol=1e-9)


def test_a_clock_without_time_brings_the_schedules_to_their_end():
    now = time.monotonic()
    clock = Clock(1000, 100, lambda: now + 10.0)
    clock.optimizer = fm.optim.SGD()
    clock.on_train_begin({})
    clock._began = now - 4.0  # two epochs of two seconds each
    clock.optimizer.step_count = 20
    clock.on_epoch_begin(2, {})
    assert 3 <= (1.0 - clock.shares(20)) / clock._rate / 10 <= 5  # epochs that are planned
    assert clock.shares(20) == pytest.approx(0.02)
    clock._deadline = now + 1.0
    assert clock.on_epoch_end(2, {}) is True and clock.stopped


def test_ties_go_to_the_later_epoch_and_nan_is_never_the_best():
    keep = KeepBest()
    keep.model = model = fm.MLP([1, 1], seed=0)
    for epoch, (value, loss) in enumerate([(1, 0.5), (2, 0.3), (3, 0.3), (4, np.nan), (5, 0.4)]):
        model.theta[:] = value
        keep.on_epoch_end(epoch, {"val_loss": loss})
    keep.on_train_end({})
    assert keep.best_epoch == 2 and (model.theta == 3).all()


def test_the_gradient_of_the_gaussian_loss_against_differences():
    rng = np.random.default_rng(0)
    pred, y = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
    weights = rng.uniform(1, 2, 6)
    value, slope = gaussian_nll(pred, y, weights)
    for i in np.ndindex(pred.shape):
        step = np.zeros_like(pred)
        step[i] = 1e-6
        high, low = (gaussian_nll(pred + s * step, y, weights)[0] for s in (1, -1))
        assert slope[i] == pytest.approx((high - low) / 2e-6, abs=1e-8)
    m, s = pred.T
    by_hand = 0.5 * (np.exp(-s) * (y[:, 0] - m) ** 2 + s)
    assert value == pytest.approx(np.average(by_hand, weights=weights))


def test_the_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5000, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (rng.uniform(size=(5000, 1)) > p.cumsum(axis=1)).sum(axis=1)
    head = ClassHead(3)
    head.calibrate([3.0 * logits], [y], [np.ones(5000)])
    assert 2.6 < head.temperature < 3.4
    np.testing.assert_allclose(head.probabilities(3.0 * logits[None]).sum(axis=1), 1, rtol=1e-12)
    assert head.measure(3.0 * logits[None], y) < ClassHead(3).measure(3.0 * logits[None], y)


def test_values_by_hand():
    head = ValueHead("squared_error")
    head.fit(np.array([0.0, 2.0, 4.0]), None)
    assert (head.center, head.low, head.high) == (2.0, 0.0, 4.0)
    assert head.scale == pytest.approx(np.sqrt(8 / 3))
    np.testing.assert_allclose(head.encode(np.array([2.0, 4.0]))[:, 0], [0, 2 / head.scale], 1e-6)
    outputs = np.array([[[1.0], [5.0]], [[3.0], [5.0]]])
    np.testing.assert_allclose(
        head.values(outputs, False), [2 + 2 * head.scale, 2 + 5 * head.scale]
    )
    np.testing.assert_array_equal(head.values(outputs, True), [4.0, 4.0])
    head.deviation = 3.0
    np.testing.assert_allclose(head.deviations(outputs), [np.sqrt(9 + head.scale**2), 3.0])


def test_residuals_give_intervals():
    head = ValueHead("squared_error", [0.05, 0.5, 0.95])
    rng = np.random.default_rng(0)
    y = rng.normal(size=20000)
    head.fit(y, None)
    head.calibrate([np.zeros((20000, 1))], [y], [np.ones(20000)])
    low, middle, high = head.intervals(np.zeros((1, 1, 1)), False)[0]
    assert (low, middle, high) == pytest.approx((-1.645, 0.0, 1.645), abs=0.05)


def test_quantile_outputs_that_cross_are_put_in_order():
    head = ValueHead("quantile", [0.1, 0.5, 0.9])
    found = head.intervals(np.array([[[2.0, 1.0, 3.0]]]), False)
    np.testing.assert_array_equal(found, [[1, 2, 3]])


@pytest.mark.parametrize("head", [ClassHead(3, 1.5), ValueHead("quantile", [0.2, 0.8])])
def test_heads_go_through_their_dict(head):
    again = head_from_dict(head.to_dict())
    assert again.to_dict() == head.to_dict()
    for name in head.to_dict():
        damaged = {**head.to_dict(), name: "x"}
        with pytest.raises((ValueError, TypeError, KeyError)):
            head_from_dict(damaged)


def settings_of(preset, given, rows=2000, columns=20):
    return resolve(preset, given, rows=rows, columns=columns, classes=True, learning_rate=0.04)


def test_small_tables_take_small_batches():
    settings = [settings_of("default", {}, n) for n in (50, 2000, 10**6)]
    assert [s.batch_size for s in settings] == [32, 64, 256]
    settings = settings_of("fast", {"batch_size": 16, "epochs": 3})
    assert (settings.batch_size, settings.epochs) == (16, 3)


def test_few_columns_have_wide_embeddings_and_no_dropout():
    rng = np.random.default_rng(0)
    assert [settings_of("fast", {}, columns=n).dropout for n in (8, 9)] == [0.0, 0.1]
    assert settings_of("fast", {"dropout": 0.3}, columns=2).dropout == 0.3
    widths, spreads = [], []
    for columns in (8, 9):
        encoder = fm.table.Encoder().fit(rng.normal(size=(60, columns)))
        settings = settings_of("fast", {"embedding": "periodic"}, columns=columns)
        values = make_network(encoder, settings, 2, 0).parameters()
        widths.append(values["0.0.bias"].shape[1])
        spreads.append(float(values["0.0.frequency"].std()))
    assert widths == [15, 3]
    assert spreads == pytest.approx([0.5, 0.1], rel=0.2)


def test_places_of_columns_cover_the_inputs():
    rng = np.random.default_rng(0)
    frame = {
        "a": np.where(rng.random(60) < 0.2, np.nan, rng.normal(size=60)),
        "c": rng.choice(list("xyz"), 60),
        "d": np.datetime64("2020-01-01") + rng.integers(0, 900, 60),
        "e": np.array([f"k{i}" for i in rng.integers(0, 12, 60)]),
    }
    encoder = fm.table.Encoder().fit(frame)
    places = dict(column_places(encoder))
    assert sorted(j for where in places.values() for j in where) == list(
        range(len(encoder.feature_names_out_))
    )
    for name, where in places.items():
        for j in where:
            assert encoder.feature_names_out_[j].startswith(name)


def test_a_fit_keeps_what_it_is_told_and_its_time():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), rng.integers(0, 2, 400)
    began = time.monotonic()
    found = fit_table(X, y, ClassHead(2), given={"epochs": 10**6}, preset="fast", max_seconds=1.0)
    assert time.monotonic() - began < 20  # a busy machine
    assert found.settings.epochs == 10**6
    for history, best in zip(found.histories, found.model.best_epochs, strict=True):
        assert best == len(history.epochs) - 1 - int(np.argmin(history.history["val_loss"][::-1]))

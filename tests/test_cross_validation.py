"""Cross-validation and sweeps: folds, scores, the best point."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.many.folds import checked_folds
from support import classes_data, same_bits


def build(width=8, seed=0):
    return fm.MLP([6, width, 3], seed=seed)


def test_folds_are_random_seeded_and_of_every_class_alike(rng):
    classes = rng.integers(0, 3, 101)
    folds = checked_folds(4, 101, classes, 0, "test")
    held = np.concatenate([h for _, h in folds])
    assert sorted(held) == list(range(101))
    for train, part in folds:
        assert sorted([*train, *part]) == list(range(101)) and np.all(np.diff(part) > 0)
        assert abs(len(part) - 101 / 4) < 1
        for c in range(3):
            assert abs((classes[part] == c).sum() - (classes == c).sum() / 4) < 1
    again, other = (checked_folds(4, 101, classes, seed, "test") for seed in (0, 1))
    assert all(same_bits(a[1], b[1]) for a, b in zip(folds, again, strict=True))
    assert not all(same_bits(a[1], b[1]) for a, b in zip(folds, other, strict=True))


def test_scores_are_those_of_fits_on_the_folds(core, rng):
    x, y = classes_data(rng, 90)
    weights = rng.uniform(0.5, 2, 90)
    scores = fm.cross_validate(build, x, y, folds=3, loss="cross_entropy", metrics=["accuracy"],
                               optimizer=fm.optim.AdamW(0.02), epochs=3, sample_weight=weights,
                               seed=5)  # fmt: skip
    for k, (train, held) in enumerate(checked_folds(3, 90, y, 5, "test")):
        model = build()
        history = model.fit(x[train], y[train], loss="cross_entropy", epochs=3,
                            optimizer=fm.optim.AdamW(0.02),
                            sample_weight=weights[train])  # fmt: skip
        found = model.evaluate(x[held], y[held], loss="cross_entropy", metrics=["accuracy"],
                               sample_weight=weights[held])  # fmt: skip
        assert same_bits(model.theta, scores.models[k].theta)
        row = scores.rows[k]
        assert row["fold"] == k and row["epochs"] == 3 and row["stopped_by"] == "epochs"
        assert row["train_loss"] == history.history["loss"][-1]
        assert row["loss"] == pytest.approx(found["loss"], rel=1e-12)
        assert row["accuracy"] == found["accuracy"]
    losses = [row["loss"] for row in scores.rows]
    assert scores.mean["loss"] == np.mean(losses) and scores.std["loss"] == np.std(losses)
    assert set(scores.mean) == {"loss", "accuracy", "train_loss", "epochs", "seconds"}
    assert "accuracy" in repr(scores)


def test_a_model_is_copied_and_splits_may_be_given(rng):
    x, y = classes_data(rng, 60)
    model, pairs = build(), [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), range(20))]
    before = model.theta.copy()
    scores = fm.cross_validate(model, x, y, folds=pairs, loss="cross_entropy", epochs=1)
    assert same_bits(model.theta, before) and len(scores.rows) == 2
    alone = build()
    alone.fit(x[20:], y[20:], loss="cross_entropy", epochs=1)
    assert same_bits(alone.theta, scores.models[1].theta)


def test_two_classes_of_one_output_are_stratified(rng):
    x, y = rng.standard_normal((40, 6)), np.arange(40) % 10 == 0
    for loss, target in (("binary_cross_entropy", y), ("hinge", 2.0 * y - 1)):
        shares = []

        def share(t, prediction, shares=shares):
            shares.append((np.asarray(t) > 0).sum())
            return 0.0

        fm.cross_validate(lambda: fm.MLP([6, 1], seed=0), x, target, folds=4, loss=loss, epochs=1,
                          metrics=[share])  # fmt: skip
        assert shares == [1, 1, 1, 1]


def test_callbacks_watch_the_rows_held_out(rng):
    x, y = classes_data(rng, 90)
    stop = fm.callbacks.EarlyStopping("val_accuracy", patience=2)
    scores = fm.cross_validate(build, x, y, folds=3, loss="cross_entropy", metrics=["accuracy"],
                               optimizer=fm.optim.Adam(0.05), epochs=200,
                               callbacks=[stop])  # fmt: skip
    assert all(row["stopped_by"] == "callback" and row["epochs"] < 200 for row in scores.rows)
    for history, row in zip(scores.histories, scores.rows, strict=True):
        assert row["accuracy"] == max(history.history["val_accuracy"])  # the best weights are back
    assert stop.best_epoch is None  # copies were used


def test_a_sweep_measures_every_point(rng):
    x, y = classes_data(rng, 90)
    grid = {"width": [2, 16], "batch_size": [16, 90], "optimizer": ["sgd", fm.optim.Adam(0.03)]}
    table = fm.sweep(build, grid, x, y, folds=3, loss="cross_entropy", metrics=["accuracy"],
                     epochs=5, refit=True)  # fmt: skip
    assert len(table.rows) == len(table.models) == 8 and len(table.models[0]) == 3
    for row, models in zip(table.rows, table.models, strict=True):
        alone = fm.cross_validate(
            lambda width=row["width"]: build(width), x, y, folds=3, loss="cross_entropy",
            metrics=["accuracy"], epochs=5, batch_size=row["batch_size"],
            optimizer=row["optimizer"],
        )  # fmt: skip
        for name in ("loss", "accuracy", "train_loss"):
            assert (row[name], row[f"{name}_std"]) == (alone.mean[name], alone.std[name])
        assert same_bits(models[2].theta, alone.models[2].theta)
    assert table.best == min(range(8), key=lambda k: table.rows[k]["loss"])
    best, model = table.rows[table.best], build(table.rows[table.best]["width"])
    model.fit(x, y, loss="cross_entropy", epochs=5, batch_size=best["batch_size"],
              optimizer=fm.optim.Adam(0.03))  # fmt: skip
    assert best["optimizer"] is grid["optimizer"][1] and grid["optimizer"][1].step_count == 0
    assert same_bits(table.best_model.theta, model.theta)
    assert "the best is" in repr(table)


def test_a_sweep_is_judged_by_what_it_is_told_to(rng):
    x, y = classes_data(rng, 90)
    points = [{"width": 2, "seed": 3}, {"width": 9, "epochs": 1}, {"width": 9, "epochs": 4}]
    stop = fm.callbacks.EarlyStopping(patience=1)
    table = fm.sweep(build, points, x, y, loss="cross_entropy", metrics="accuracy", epochs=3,
                     monitor="accuracy", refit=True, callbacks=stop)  # fmt: skip
    scores = [row["accuracy"] for row in table.rows]
    assert scores[table.best] == max(scores) and table.best_model is not None
    assert all(row["epochs"] <= n for row, n in zip(table.rows, (3, 1, 4), strict=True))
    assert table.rows[2]["epochs"] > 1
    assert all(m.seed == 3 for m in table.models[0]) and table.models[1][0].seed == 0


def test_tables_go_to_pandas():
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = fm.Scores([{"fold": 0, "loss": 0.5}, {"fold": 1, "loss": 0.7}]).to_pandas()
    assert list(frame.columns) == ["fold", "loss"] and frame["loss"].sum() == 1.2


X, Y = np.eye(8, dtype=np.float32), np.arange(8) % 2


def one():
    return fm.MLP([8, 2], seed=0)


SAME, CV, SWEEP = one(), fm.cross_validate, fm.sweep


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda **o: CV(one, X, Y, folds=9, **o), ValueError, "at most the number"),
        (lambda **o: CV(one, X, Y, folds=1, **o), ValueError, r"folds must be in"),
        (lambda **o: CV(one, X, Y, folds=[3], **o), TypeError, "must be a number or"),
        (lambda **o: CV(one, X, Y, folds=[([0], None)], **o), TypeError, "got None"),
        (lambda **o: CV(one, X, Y, folds=[([0], [8])], **o), ValueError, "got 8"),
        (lambda **o: CV(3, X, Y, **o), TypeError, "builder must be a function"),
        (lambda **o: CV(lambda: 3, X, Y, **o), TypeError, "must return a Sequential"),
        (lambda **o: CV(lambda: SAME, X, Y, **o), ValueError, "a new model at each"),
        (lambda **o: CV(one, X, Y, epoch=3, **o), TypeError, r"did you mean 'epochs'"),
        (lambda **o: SWEEP(one, {"a": 3}, X, Y, **o), TypeError, r"grid\['a'\] must be a list"),
        (lambda **o: SWEEP(one, {"a": []}, X, Y, **o), ValueError, "at least one point"),
        (lambda **o: SWEEP(one, [{}], X, Y, monitor="mine", **o), ValueError, "give mode="),
        (lambda **o: SWEEP(one, [{}], X, Y, monitor="r2", **o), ValueError, "monitor must be one"),
    ],
)  # fmt: skip
def test_bad_arguments(call, kind, message):
    with pytest.raises(kind, match=message):
        call(loss="cross_entropy")

"""What a fit records, and how it shows."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

import fusedmlp as fm


def _history(rng, **options):
    x = rng.standard_normal((60, 4)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(int)
    model = fm.MLP([4, 8, 2], seed=0)
    return model.fit(x, y, loss="cross_entropy", epochs=5, **options)


def test_everything_is_recorded_for_every_epoch(core, rng):
    history = _history(rng, validation_split=0.25, metrics=["accuracy"], clip_grad_norm=1.0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy", "lr",
                                    "gradient_norm", "seconds"}  # fmt: skip
    assert all(len(values) == 5 for values in history.history.values())
    assert history.epochs == [0, 1, 2, 3, 4] and history.stopped_by == "epochs"
    assert 0 < sum(history.history["seconds"]) <= history.seconds


def test_the_gradient_norm_can_be_recorded_without_clipping(core, rng):
    recorded = _history(rng, clip_grad_norm=math.inf)
    plain = _history(np.random.default_rng(20240))
    assert recorded.history["loss"] == plain.history["loss"]
    assert all(0 < norm < 10 for norm in recorded.history["gradient_norm"])


def test_dict_and_pickle_keep_everything(core, rng):
    history = _history(rng)
    for again in (
        fm.History.from_dict(json.loads(json.dumps(history.to_dict()))),
        pickle.loads(pickle.dumps(history)),
    ):
        assert again == history and again.best_epoch == history.best_epoch
    assert pickle.loads(pickle.dumps(history)).advice == history.advice


def test_the_best_epoch_is_that_of_the_lowest_validation_loss():
    history = fm.History([3, 4, 5], {"loss": [3, 2, 1], "val_loss": [2.0, 1.5, 1.7]})
    assert history.best_epoch == 4
    assert fm.History([0, 1], {"loss": [3, 2]}).best_epoch == 1
    assert fm.History([0, 1], {"loss": [math.nan, 2]}).best_epoch == 1
    assert fm.History().best_epoch is None


def test_repr_tells_the_outcome_and_the_advice(core, rng):
    text = repr(_history(rng))
    assert text.startswith("<History: 5 epochs in ") and "stopped by epochs" in text
    assert "loss 0." in text and "best epoch 4" in text and "\n" not in text
    x = 1000 * rng.standard_normal((60, 4))
    model = fm.MLP([4, 8, 1], seed=0)
    history = model.fit(x, x[:, 0], loss="mse", epochs=1)
    assert repr(history).splitlines()[1].startswith("  advice: The inputs are large")
    assert repr(fm.History()) == "<History: no epoch finished>"


def test_a_failed_fit_still_has_its_history(core, rng):
    x = rng.standard_normal((60, 4))
    model = fm.MLP([4, 8, 1], seed=0)
    with pytest.raises(fm.DivergedError) as caught:
        model.fit(x, x[:, 0], loss="mse", epochs=50, optimizer=fm.optim.SGD(lr=1e5))
    assert caught.value.history is model.history and model.history.stopped_by == "diverged"

"""Many models side by side: the bits of single fits, and none of their faults in each other."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import fusedmlp as fm
from support import classes_data, every_layer, same_bits

ROWS = np.random.default_rng(5).integers(0, 130, 90)  # as a bootstrap: some twice, some never
HELD = np.arange(100, 130)


def stop():
    return [fm.callbacks.EarlyStopping(patience=2, min_delta=0.01)]


# What a model is, how it is fitted, and the callbacks it gets.
NETS = {
    "plain": (lambda **o: fm.MLP([6, 17, 3], **o), {}, None),
    "layer norm": (lambda **o: fm.MLP([6, 24, 3], norm="layer", **o), {"batch_size": 7}, None),
    "batch norm": (lambda **o: fm.MLP([6, 24, 3], norm="batch", **o), {"batch_size": 43}, None),
    "dropout": (lambda **o: fm.MLP([6, 40, 40, 3], "tanh", dropout=0.3, **o), {"seeds": 7}, None),
    "every layer": (lambda **o: every_layer(**o), {"shuffle": False}, None),
    "schedule": (
        lambda **o: fm.MLP([6, 9, 3], **o),
        {"optimizers": fm.optim.SGD(fm.schedules.cosine(0.1, steps=20), momentum=0.9)},
        None,
    ),
    "clipping": (lambda **o: fm.MLP([6, 9, 3], **o), {"clip_grad_norm": 0.1}, None),
    "early stopping": (
        lambda **o: fm.MLP([6, 64, 3], **o),
        {"optimizers": fm.optim.AdamW(0.05), "epochs": 30},
        stop,
    ),
    "average": (lambda **o: fm.MLP([6, 9, 3], **o), {}, lambda: [fm.callbacks.EMA(0.9)]),
    "class weights": (lambda **o: fm.MLP([6, 9, 3], **o), {"class_weight": "balanced"}, None),
}
DEFAULTS = {
    "optimizers": "adam", "epochs": 4, "batch_size": 32, "shuffle": True, "seeds": None,
    "class_weight": None, "clip_grad_norm": None,
}  # fmt: skip
SINGULAR = {"optimizers": "optimizer", "seeds": "seed"}


def test_a_table_of_nets_has_the_bits_of_single_fits(core, rng, dtype):
    x, y = classes_data(rng, 130, dtype=dtype)
    weights = rng.uniform(0.5, 2, 130)
    alone, together = [], []
    for k, (make, options, callbacks) in enumerate(NETS.values()):
        model = make(dtype=dtype, seed=k)
        options = _fresh(options)
        values = {SINGULAR.get(n, n): v for n, v in {**DEFAULTS, **options}.items()}
        rows = np.arange(130) if k % 2 else ROWS
        model.fit(
            x[rows], y[rows], loss="cross_entropy", sample_weight=weights[rows],
            validation_data=(x[HELD], y[HELD], weights[HELD]), metrics=["accuracy"],
            callbacks=callbacks() if callbacks else (), num_threads=1, **values,
        )  # fmt: skip
        alone.append(model)
        together.append(make(dtype=dtype, seed=k))
    columns = {
        name: [{**DEFAULTS, **_fresh(options)}[name] for _, options, _ in NETS.values()]
        for name in DEFAULTS
    }
    histories = fm.fit_many(
        together, x, y, loss="cross_entropy", sample_weight=weights, metrics=["accuracy"],
        rows=[None if k % 2 else ROWS for k in range(len(NETS))], validation_rows=HELD,
        callbacks=[make() if make else [] for _, _, make in NETS.values()], num_threads=2,
        **columns,
    )  # fmt: skip
    for name, a, b, history in zip(NETS, alone, together, histories, strict=True):
        assert same_bits(a.theta, b.theta) and same_bits(a.buffers, b.buffers), name
        assert history is b.history and history.stopped_by == a.history.stopped_by, name
        for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert history.history[column] == a.history.history[column], (name, column)
        assert (a.steps_trained, a.epochs_trained) == (b.steps_trained, b.epochs_trained)
    stopped = histories[list(NETS).index("early stopping")]
    assert stopped.stopped_by == "callback" and 3 < len(stopped.epochs) < 30


def _fresh(options):
    """The options with an optimizer of their own."""
    if "optimizers" not in options:
        return options
    given = options["optimizers"]
    return {**options, "optimizers": type(given)(**given.options())}


def test_losses_targets_and_dtypes_may_differ(rng):
    x = rng.standard_normal((80, 4))
    y = rng.integers(0, 2, 80)
    losses = ["binary_cross_entropy", "hinge", "mse", fm.Loss("huber", delta=0.5)]
    dtypes = ["float32", "float64", "float32", "float64"]

    def models():
        return [fm.MLP([4, 5, 1], seed=k, dtype=d) for k, d in enumerate(dtypes)]

    together, target = models(), 2.0 * y - 1
    fm.fit_many(together[1:], x, target, loss=losses[1:], epochs=3)
    fm.fit_many(together[:1], x, y, loss=losses[:1], epochs=3)
    for model, loss, other in zip(models(), losses, together, strict=True):
        model.fit(x, y if loss == losses[0] else target, loss=loss, epochs=3)
        assert same_bits(model.theta, other.theta)


def test_a_model_that_is_not_built_yet_is_built(rng):
    x, y = classes_data(rng, 40)
    models = [fm.Sequential([fm.Dense(3)], seed=0) for _ in range(2)]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)
    assert models[0].in_features == 6 and same_bits(models[0].theta, models[1].theta)


def test_data_are_checked_once_and_not_copied(rng, monkeypatch):
    x, y = classes_data(rng, 50)
    checked, seen = [], []
    from fusedmlp.many import tasks
    from fusedmlp.training import task

    real = tasks.prepare_task
    monkeypatch.setattr(tasks, "prepare_task", lambda *a, **k: checked.append(1) or real(*a, **k))
    data = task.Task.data
    monkeypatch.setattr(task.Task, "data", lambda self: seen.append(self) or data(self))
    models = [fm.MLP([6, k, 3], seed=k) for k in range(1, 9)]
    rows = [np.arange(k, 50) for k in range(8)]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1, rows=rows)
    assert len(checked) == 1 and len(seen) == 8
    assert all(t.x is x and t.target is seen[0].target for t in seen)


def test_workers_take_the_next_one_without_waiting_for_others(rng):
    """A net that is long does not hold up those behind the short ones."""
    x, y = classes_data(rng, 400)
    ends, lock = [], threading.Lock()

    def callbacks(k):
        def end(logs):
            with lock:
                ends.append(k)

        return fm.callbacks.LambdaCallback(on_train_end=end)

    models = [fm.MLP([6, 256, 256, 3], seed=0), *(fm.MLP([6, 3], seed=k) for k in range(6))]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=[400, *[1] * 6], num_threads=2,
                callbacks=callbacks)  # fmt: skip
    assert ends[-1] == 0


def test_the_largest_come_first(rng):
    x, y = classes_data(rng, 60)
    begun = []

    def callbacks(k):
        return fm.callbacks.LambdaCallback(on_train_begin=lambda logs: begun.append(k))

    models = [fm.MLP([6, width, 3], seed=0) for width in (4, 16, 8, 16)]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=[1, 1, 9, 1], num_threads=1,
                rows=[None, None, None, HELD[:5] - 90], callbacks=callbacks)  # fmt: skip
    assert begun == [2, 1, 0, 3]


@pytest.mark.parametrize("factory", [stop, lambda k: stop() * (k > 0), lambda: stop()[0]])
def test_callbacks_come_from_a_factory(rng, factory):
    x, y = classes_data(rng, 60)
    models = [fm.MLP([6, 3], seed=k) for k in range(3)]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=2, validation_rows=HELD[:5] - 90,
                callbacks=factory)  # fmt: skip


def test_one_bar_for_all(rng, capsys):
    x, y = classes_data(rng, 60)
    models = [fm.MLP([6, 3], seed=k) for k in range(3)]
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=[2, 3, 4], progress=True)
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("epoch 9/9  3/3 models")
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1, progress=False)
    assert capsys.readouterr().err == ""


def test_dropout_scale_is_that_of_each_model():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 4)), rng.integers(0, 2, 60)
    scales = [0.0, fm.schedules.flat_cosine(1.0, 12)]
    models = [fm.MLP([4, 16, 2], dropout=0.5, seed=1) for _ in scales]
    fm.fit_many(models, X, y, loss="cross_entropy", epochs=3, batch_size=16, dropout_scale=scales)
    for model, scale in zip(models, scales, strict=True):
        alone = fm.MLP([4, 16, 2], dropout=0.5, seed=1)
        alone.fit(X, y, loss="cross_entropy", epochs=3, batch_size=16, dropout_scale=scale)
        assert (alone.theta == model.theta).all()
    assert not (models[0].theta == models[1].theta).all()

"""Many models side by side: the bits of single fits, and none of their faults in each other."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import fusedmlp as fm
from support import classes_data, every_layer, interruptible, same_bits

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


def test_one_that_diverges_does_not_stop_the_others(core, rng):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))
    models = [fm.MLP([4, 16, 1], seed=k) for k in range(3)]
    optimizers = [fm.optim.SGD(0.01), fm.optim.SGD(1e6), fm.optim.SGD(0.01)]
    histories = fm.fit_many(models, x, y, loss="mse", optimizers=optimizers, epochs=40)
    assert [h.stopped_by for h in histories] == ["epochs", "diverged", "epochs"]
    assert "the loss became" in histories[1].advice[0] and len(histories[1].epochs) < 40
    assert all(np.isfinite(model.theta).all() for model in models)
    assert len(histories[0].epochs) == len(histories[2].epochs) == 40


def test_an_exception_ends_all_and_reaches_the_caller(core, rng):
    x, y = classes_data(rng, 400)

    def fails(epoch, logs):
        raise KeyError("mine")

    models = [fm.MLP([6, 32, 3], seed=k) for k in range(4)]
    bad = fm.callbacks.LambdaCallback(fails)
    start = time.monotonic()
    with pytest.raises(KeyError, match="mine"):
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=10**6, num_threads=2,
                    callbacks=[[], [bad], [], []])  # fmt: skip
    assert time.monotonic() - start < 20
    assert sum(m.history is not None for m in models) == 2
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)  # all are free again


def test_ctrl_c_stops_all_and_keeps_what_is_done(core, rng):
    x, y = classes_data(rng, 600)
    models = [fm.MLP([6, 32, 3], seed=k) for k in range(4)]
    begun = threading.Event()  # the one that comes after the first
    callbacks = [
        [fm.callbacks.LambdaCallback(lambda epoch, logs: True)],
        [],
        [fm.callbacks.LambdaCallback(lambda epoch, logs: begun.set())],
        [],
    ]

    def press():
        if begun.wait(60):
            signal.raise_signal(signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt), interruptible():
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=10**7, max_seconds=60,
                    num_threads=2, batch_size=300, callbacks=callbacks)  # fmt: skip
    presser.join()
    reasons = [None if m.history is None else m.history.stopped_by for m in models]
    assert reasons == ["callback", "interrupt", "interrupt", None]
    assert all(np.isfinite(m.theta).all() for m in models)
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)


def test_a_long_epoch_ends_too(core, rng):
    """The engine asks while it works, not only after an epoch."""
    x = rng.standard_normal((20000, 64)).astype(np.float32)
    y = rng.integers(0, 5, 20000)
    small, large = fm.MLP([64, 5], seed=0), fm.MLP([64, 512, 512, 512, 5], seed=0)

    def fails(epoch, logs):
        raise KeyError("mine")

    start = time.monotonic()
    with pytest.raises(KeyError):
        fm.fit_many([small, large], x, y, loss="cross_entropy", num_threads=2, batch_size=100,
                    epochs=1000, rows=[np.arange(100), None],
                    callbacks=[[fm.callbacks.LambdaCallback(fails)], []])  # fmt: skip
    assert large.history.stopped_by == "interrupt" and not large.history.epochs
    assert 0 < large.steps_trained < 200 and time.monotonic() - start < 10


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


def test_what_is_finite_depends_on_the_dtype(rng):
    x, y = classes_data(rng, 20, dtype=np.float64)
    x[3, 2] = 1e39
    models = [fm.MLP([6, 3], seed=0, dtype="float64"), fm.MLP([6, 3], seed=0)]
    with pytest.raises(ValueError, match=r"models\[1\]: X must be finite in float32, got 1e\+39"):
        fm.fit_many(models, x, y, loss="cross_entropy", doctor=False)


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


def _fit(**options):
    x, y = np.eye(8, dtype=np.float32), np.arange(8) % 2
    models = options.pop("models", None) or [fm.MLP([8, 2], seed=k) for k in range(2)]
    before = [m.theta.copy() for m in models if isinstance(m, fm.Sequential)]
    try:
        fm.fit_many(models, x, y, **{"loss": "cross_entropy", "epochs": 1, **options})
    finally:
        for model, theta in zip(models, before, strict=False):
            assert same_bits(model.theta, theta)


ONE = fm.MLP([8, 2], seed=0)
OPTIMIZER, CALLBACK = fm.optim.Adam(), fm.callbacks.EarlyStopping("loss")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"models": [ONE, ONE]}, ValueError, r"models\[0\] and models\[1\] are one object"),
        ({"models": [ONE, 3]}, TypeError, r"models\[1\] must be a Sequential"),
        ({"epochs": [1]}, ValueError, r"epochs must be one value for all 2 models or a list"),
        ({"epochs": [1, 0]}, ValueError, r"models\[1\]: epochs must be in"),
        ({"optimizers": [OPTIMIZER] * 2}, ValueError, r"optimizers\[0\] and optimizers\[1\]"),
        ({"rows": [[0, 1], [2, 8]]}, ValueError, r"rows\[1\] must be in \[0, 7\], got 8"),
        ({"rows": [-1, 2]}, ValueError, r"rows must be in \[0, 7\], got -1"),
        ({"rows": []}, ValueError, r"rows must be whole numbers"),
        ({"rows": [0.5, 1.0]}, ValueError, r"rows must be whole numbers"),
        ({"validation_rows": [None, [9]]}, ValueError, r"validation_rows\[1\] must be in"),
        ({"callbacks": [CALLBACK]}, TypeError, r"a callback belongs to one net"),
        ({"callbacks": [[CALLBACK], [CALLBACK]]}, ValueError, r"callbacks\[0\] and callbacks\[1\]"),
        ({"sample_weight": [0.0] * 7 + [1.0], "rows": [0, 1]}, ValueError, r"zero for all of rows"),
        ({"num_threads": 0}, ValueError, r"fit_many: num_threads must be in"),
        ({"models": [fm.MLP([8, 2], seed=0), fm.MLP([7, 2], seed=0)]}, ValueError,
         r"fit_many: models\[1\]: X must have shape \(n, 7\)"),
        ({"seeds": -1}, ValueError, r"fit_many: seed must be in"),
    ],
)  # fmt: skip
def test_bad_options_change_nothing(options, kind, message):
    with pytest.raises(kind, match=message):
        _fit(**options)


def test_models_in_use_are_refused_before_anything_runs(rng):
    x, y = classes_data(rng, 20)
    models = [fm.MLP([6, 3], seed=k) for k in range(2)]
    before = models[0].theta.copy()
    with models[1]._exclusive("test"), pytest.raises(fm.BusyError):
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)
    assert same_bits(models[0].theta, before)
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)


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

"""Factors of learning rate and weight decay per array, and schedules of decay and dropout."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import schedules
from fusedmlp.callbacks import Checkpoint
from support import same_bits


def factored(**options):
    layers = [
        fm.Dense(3, "tanh", lr_scale=2.0, decay_scale=4.0, bias_lr_scale=0.1, bias_decay_scale=3.0),
        fm.BatchNorm(lr_scale=6.0, decay_scale=0.5), fm.LayerNorm(lr_scale=0.0, decay_scale=0.25),
        fm.Residual([fm.Dense(3, lr_scale=0.5)]), fm.Dense(2),
    ]  # fmt: skip
    return fm.Sequential(layers, in_features=4, seed=0, **options)


FACTORS = {
    "0.weight": (2.0, 4.0), "0.bias": (0.1, 3.0), "1.weight": (6.0, 0.5), "1.bias": (6.0, 0.5),
    "2.weight": (0.0, 0.25), "2.bias": (0.0, 0.25), "3.0.weight": (0.5, 1.0),
    "3.0.bias": (1.0, 0.0), "4.weight": (1.0, 1.0), "4.bias": (1.0, 0.0),
}  # fmt: skip


def test_factors_are_segments_and_are_saved(tmp_path):
    model = factored()
    model.save(tmp_path / "model.safetensors")
    for each in (model, model.copy(), fm.load(tmp_path / "model.safetensors")):
        found = [(s.lr, s.decay) for s in each.segments]
        assert dict(zip(each.parameters(), found, strict=True)) == FACTORS
        assert repr(each.layers) == repr(model.layers)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_step_with_factors_is_a_step_of_each_array(core, dtype, rng, optimizer):
    model = factored(dtype=dtype)
    model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
    x, y = rng.standard_normal((20, 4)), rng.standard_normal((20, 2))
    before = {name: p.copy() for name, p in model.parameters().items()}
    ours = fm.optim.get(optimizer)
    ours.lr, ours.weight_decay = 0.05, 0.3
    model.train_batch(x, y, loss="mse", optimizer=ours)
    gradients = model.gradients()
    for name, (lr, decay) in FACTORS.items():
        p, g = before[name].ravel(), gradients[name].ravel().copy()
        if optimizer == "sgd":
            fm.functional.sgd_step(p, g, lr=0.05 * lr, weight_decay=0.3 * decay)
        else:
            m, v = np.zeros_like(p), np.zeros_like(p)
            options = {"lr": 0.05 * lr, "weight_decay": 0.3 * decay}
            fm.functional.adamw_step(p, g, m, v, step=1, **options)
        assert same_bits(model.parameters()[name].ravel(), p), name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fm.Dense(2, lr_scale=-1), r"Dense: lr_scale must be in \[0, inf\), got -1"),
        (lambda: fm.Dense(2, bias_decay_scale=np.nan), "Dense: bias_decay_scale must be in"),
        (lambda: fm.BatchNorm(decay_scale=-1), "BatchNorm: decay_scale must be in"),
        (lambda: fm.LayerNorm(lr_scale=np.inf), "LayerNorm: lr_scale must be in"),
    ],
)
def test_wrong_factors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_of_weight_decay_by_hand(core, dtype):
    """Without a gradient AdamW only shrinks: by 1 - lr wd of each step."""
    model = fm.Sequential([fm.Dense(1, bias=False)], in_features=1, dtype=dtype, seed=0)
    model.theta[:] = 1.0
    x = np.zeros((4, 1), dtype)
    decay = schedules.exponential(0.5, gamma=0.5)
    for value in (decay, lambda step: 0.5 * 0.5**step):
        model.theta[:] = 1.0
        opt = fm.optim.AdamW(lr=0.25, weight_decay=value)
        model.fit(x, x, loss="mse", optimizer=opt, epochs=1, batch_size=2)
        expected = (1 - 0.25 * 0.5) * (1 - 0.25 * 0.25)
        assert model.theta[0] == pytest.approx(expected, rel=1e-6)
        model.train_batch(x, x, loss="mse", optimizer=opt)
        expected *= 1 - 0.25 * 0.125
        assert model.theta[0] == pytest.approx(expected, rel=1e-6)
        model.grad[:] = 0
        opt.step(model)
        expected *= 1 - 0.25 * 0.0625
        assert model.theta[0] == pytest.approx(expected, rel=1e-6)


def test_wrong_schedules(core):
    with pytest.raises(TypeError, match=r"AdamW: weight_decay must be a number.*fm.schedules.cos"):
        fm.optim.AdamW(weight_decay="cosine")
    model = fm.MLP([2, 3, 1], dropout=0.5, seed=0)
    x, y = np.ones((8, 2)), np.ones((8, 1))
    opt = fm.optim.SGD(weight_decay=lambda step: 1.0 - step)
    with pytest.raises(ValueError, match=r"SGD: weight_decay must be in .*got -1.0 at step 2"):
        model.fit(x, y, loss="mse", optimizer=opt, batch_size=2)
    for bad in (-0.1, 1.5):
        with pytest.raises(ValueError, match=r"fit: dropout_scale must be in \[0, 1\]"):
            model.fit(x, y, loss="mse", dropout_scale=bad)
    with pytest.raises(ValueError, match=r"dropout_scale must be in \[0, 1\], got 1.5 at step 3"):
        model.fit(x, y, loss="mse", batch_size=2, dropout_scale=lambda k: 0.5 * k)


def test_dropout_scale_is_a_factor_of_p(core, dtype, rng):
    x, y = rng.standard_normal((30, 4)), rng.standard_normal((30, 2))

    def trained(p, **options):
        layers = [fm.Dropout(p), fm.Dense(8, "tanh"), fm.Dropout(p), fm.Dense(2)]
        model = fm.Sequential(layers, in_features=4, dtype=dtype, seed=0)
        model.fit(x, y, loss="mse", epochs=2, batch_size=10, **options)
        return model.theta

    assert same_bits(trained(0.5, dropout_scale=0.5), trained(0.25))
    assert same_bits(trained(0.5, dropout_scale=lambda k: 0.0), trained(0.0))
    assert same_bits(trained(0.5, dropout_scale=schedules.constant(1)), trained(0.5))
    assert not same_bits(trained(0.5), trained(0.25))
    # Six steps in all: the second epoch drops nothing.
    half = trained(0.5, dropout_scale=schedules.step(1.0, step_size=3, gamma=0.0))
    layers = [fm.Dropout(0.5), fm.Dense(8, "tanh"), fm.Dropout(0.5), fm.Dense(2)]
    model = fm.Sequential(layers, in_features=4, dtype=dtype, seed=0)
    opt = fm.optim.Adam()
    for scale in (1.0, 0.0):
        model.fit(x, y, loss="mse", optimizer=opt, epochs=1, batch_size=10, dropout_scale=scale)
    assert same_bits(half, model.theta)


def test_resume_with_schedules_is_bitwise(core, rng, tmp_path):
    x, y = rng.standard_normal((40, 4)), rng.standard_normal((40, 2))
    path = tmp_path / "run.safetensors"

    def run(epochs, **options):
        model = fm.MLP([4, 8, 2], dropout=0.3, seed=0)
        opt = fm.optim.AdamW(
            lr=schedules.coslog(0.05, steps=24), weight_decay=schedules.flat_cosine(0.1, steps=24)
        )
        scale = schedules.flat_cosine(1.0, steps=24)
        model.fit(
            x, y, loss="mse", optimizer=opt, epochs=epochs, batch_size=10, dropout_scale=scale,
            **options,
        )  # fmt: skip
        return model

    whole = run(6)
    run(4, callbacks=[Checkpoint(path)])
    assert same_bits(run(6, resume_from=path).theta, whole.theta)
    model = fm.MLP([4, 8, 2], dropout=0.3, seed=0)
    opt = fm.optim.AdamW(lr=schedules.coslog(0.05, steps=24))
    with pytest.raises(ValueError, match=r"dropout_scale 'a schedule', got 1.0"):
        model.fit(x, y, loss="mse", optimizer=opt, epochs=6, batch_size=10, resume_from=path)
    with pytest.raises(ValueError, match=r"saved with a schedule as weight_decay, got 0\.01"):
        model.fit(x, y, loss="mse", optimizer=opt, epochs=6, batch_size=10, resume_from=path,
                  dropout_scale=lambda k: 0.5)  # fmt: skip

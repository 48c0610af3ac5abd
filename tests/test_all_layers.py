"""Networks that mix all layers: threads, pieces of a fit, saving, gradients."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors

import fusedmlp as fm
from fusedmlp import functional as F
from support import assert_close, every_layer, same_bits, sealed


def data(rng, n=90, dtype=np.float64):
    x = (rng.standard_normal((n, 6)) + 0.5).astype(dtype)
    return x, (x @ rng.standard_normal((6, 3))).argmax(axis=1)


def test_names_and_summary():
    model = every_layer(seed=0)
    names = list(model.parameters())
    assert names[:3] == ["0.0.weight", "0.0.bias", "1.weight"]
    assert "2.3.0.weight" in names and "2.0.bias" not in names and "2.0.weight" in names
    assert list(model.statistics()) == [
        "0.0.running_mean", "0.0.running_var", "2.1.running_mean", "2.1.running_var",
    ]  # fmt: skip
    text = model.summary()
    assert "Residual(LayerNorm, Dense(16, silu), Dropout(0.25))" in text
    decayed = {i for s in model.segments if s.decay for i in range(s.begin, s.end)}
    offset = 0
    for name, view in model.parameters().items():
        inside = set(range(offset, offset + view.size))
        offset += view.size
        # Weights of dense layers have two dimensions, those of norms one.
        assert inside <= decayed if view.ndim == 2 else not inside & decayed, name


# Small nets wake threads only for large batches.
@pytest.mark.parametrize(("width", "batch_size"), [(7, 3001), (33, 1000), (130, 333)])
def test_same_bits_for_any_number_of_threads(core, dtype, rng, width, batch_size):
    x, y = data(rng, 2 * batch_size + 1, dtype)
    results = []
    for n in (1, 2, 3, 4, 8):
        model = every_layer(width, dtype=dtype, seed=1)
        model.fit(x, y, loss="cross_entropy", epochs=1, batch_size=batch_size, num_threads=n)
        with fm.num_threads(n):
            dx = model.backward(model.forward(x, training=True))
        results.append((model.theta.copy(), model.buffers.copy(), model.predict(x), dx))
    for other in results[1:]:
        assert all(same_bits(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_fit_is_its_python_level_pieces_to_the_last_bit(core, dtype, rng, optimizer):
    if core.level == "numpy":
        pytest.skip("the twin sums losses over a batch in NumPy's own order")
    x, y = data(rng, 49, dtype)  # a lone last row joins the batch before it
    a = every_layer(dtype=dtype, seed=0)
    b = a.copy()
    a.fit(x, y, loss="cross_entropy", optimizer=optimizer, epochs=3, batch_size=16, shuffle=False)
    opt = fm.optim.get(optimizer)
    for _ in range(3):
        for i, end in ((0, 16), (16, 32), (32, 49)):
            pred = b.forward(x[i:end], training=True)
            _, dpred = F.cross_entropy_value_and_grad(pred, y[i:end])
            b.backward(dpred, need_dx=False)
            opt.step(b)
    assert same_bits(a.theta, b.theta) and same_bits(a.buffers, b.buffers)


def test_two_fits_equal_one_of_their_sum(core, rng):
    x, y = data(rng)
    a, b = every_layer(seed=2), every_layer(seed=2)
    options = {"loss": "cross_entropy", "batch_size": 20}
    a.fit(x, y, optimizer=fm.optim.Adam(), epochs=4, **options)
    opt = fm.optim.Adam()
    b.fit(x, y, optimizer=opt, epochs=1, **options)
    b = pickle.loads(pickle.dumps(b))
    b.fit(x, y, optimizer=opt, epochs=3, **options)
    assert same_bits(a.theta, b.theta) and same_bits(a.buffers, b.buffers)


def test_twin_and_native_train_alike(core, rng, monkeypatch):
    x, y = data(rng)
    results = []
    for kernels in (core, fm.core.backend.load("numpy")):
        monkeypatch.setattr(fm.core.backend, "core", kernels)
        model = every_layer(dtype="float64", seed=3)
        model.fit(x, y, loss="cross_entropy", optimizer="sgd", epochs=5, batch_size=16)
        results.append((model.theta.copy(), model.buffers.copy(), model.predict(x)))
    for native, twin in zip(*results, strict=True):
        np.testing.assert_allclose(native, twin, rtol=1e-11, atol=1e-12)


def test_float32_follows_float64(core, rng):
    x, y = data(rng, dtype=np.float32)
    single, double = every_layer(seed=4), every_layer(seed=4, dtype="float64")
    double.theta[:] = single.theta
    for model in (single, double):
        model.fit(x, y, loss="cross_entropy", optimizer="sgd", epochs=3, batch_size=30)
    np.testing.assert_allclose(single.theta, double.theta, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(single.buffers, double.buffers, rtol=1e-4, atol=1e-5)


def test_a_batch_of_two_rows_trains(core, dtype, rng):
    x, y = data(rng, 2, dtype)
    model = every_layer(dtype=dtype, seed=0)
    before = model.buffers.copy()
    model.fit(x, y, loss="cross_entropy", epochs=3)
    assert np.isfinite(model.theta).all() and np.isfinite(model.predict(x)).all()
    assert not same_bits(model.buffers, before)


@pytest.mark.parametrize("n, batch_size", [(1, 32), (5, 1)])
def test_batches_of_one_row_are_refused_by_fit_with_batch_norm(core, rng, n, batch_size):
    x, y = data(rng, n)
    model = every_layer(seed=0)
    before = model.theta.copy(), model.buffers.copy()
    with pytest.raises(ValueError, match=r"fit: .*needs at least 2 rows in training"):
        model.fit(x, y, loss="cross_entropy", batch_size=batch_size)
    assert same_bits(model.theta, before[0]) and same_bits(model.buffers, before[1])


def test_a_lone_last_row_joins_the_batch_before_it(core, rng):
    x, y = data(rng, 33)
    a, b = every_layer(seed=0), every_layer(seed=0)
    options = {"loss": "cross_entropy", "shuffle": False, "epochs": 2}
    history = a.fit(x, y, batch_size=32, **options)
    b.fit(x, y, batch_size=33, **options)
    assert same_bits(a.theta, b.theta) and same_bits(a.buffers, b.buffers)
    assert a.steps_trained == 2 and len(history.epochs) == 2


def test_prediction_does_not_depend_on_the_batch(core, dtype, rng):
    x, y = data(rng, 250, dtype)
    model = every_layer(dtype=dtype, seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=1)
    before = model.buffers.copy()
    p = model.predict(x)
    assert_close(model.forward(x), p, dtype, k=8)
    assert_close(model.predict_one(x[7]), p[7], dtype, k=8)
    if core.level != "numpy":
        assert same_bits(model.forward(x), p)
        assert same_bits(model.predict(x, batch_size=7), p)
        assert same_bits(np.stack([model.predict_one(row) for row in x]), p)
    assert same_bits(model.buffers, before)


def test_files_pickles_and_copies_hold_everything(core, dtype, rng, tmp_path):
    x, y = data(rng)
    model = every_layer(dtype=dtype, seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=2)
    model.save(tmp_path / "model.safetensors")
    for other in (
        fm.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model)), model.copy(),
        copy.copy(model),
    ):  # fmt: skip
        assert repr(other.layers) == repr(model.layers)
        assert same_bits(other.theta, model.theta) and same_bits(other.buffers, model.buffers)
        assert same_bits(other.predict(x), model.predict(x))
        # The stream of masks goes on where it was.
        assert same_bits(other.forward(x, training=True), model.copy().forward(x, training=True))
        assert not same_bits(other.buffers, model.buffers)


def test_a_file_with_another_block_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    every_layer(seed=0).save(path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    description = json.loads(header["__metadata__"]["fusedmlp"])

    def saved(change):
        other = copy.deepcopy(description)
        change(other["layers"])
        return sealed(load_tensors(content), {"fusedmlp": json.dumps(other)})

    def nested(depth):
        block = '{"layer": "Dense", "units": 6}'
        for _ in range(depth):
            block = f'{{"layer": "Residual", "layers": [{block}]}}'
        return block

    def without_statistics(layers):
        layers[0]["layers"][0] = {"layer": "LayerNorm", "eps": 1e-5}

    bad = [
        saved(without_statistics),
        saved(lambda layers: layers[2].update(layers=[])),
        saved(lambda layers: layers[2].update(layers=7)),
        saved(lambda layers: layers[4].update(p=3)),
        saved(lambda layers: layers[2]["layers"][0].update(layer="os.system")),
    ]
    for depth in (300, 5000):
        text = json.dumps({**description, "layers": ["deep"]}).replace('"deep"', nested(depth))
        bad.append(sealed(load_tensors(content), {"fusedmlp": text}))
    for damaged in bad:
        path.write_bytes(damaged)
        with pytest.raises(fm.CheckpointError):
            fm.load(path)

"""Residual blocks, and networks that mix all layers: gradients, threads, saving, peers."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.core import reference
from support import SIZES, assert_close, same_bits


def every_layer(width=16, p=0.25, inputs=6, outputs=3, **options):
    """A network with every kind of layer, blocks within blocks among them."""
    inner = fm.Residual([fm.LayerNorm(), fm.Dense(width, "silu"), fm.Dropout(p)])
    block = fm.Residual([fm.Dense(width, bias=False), fm.BatchNorm(), fm.Activation("elu"), inner])
    layers = [
        fm.Residual([fm.BatchNorm(), fm.Dropout(p / 2)]), fm.Dense(width, "tanh"), block,
        fm.LayerNorm(), fm.Dropout(p), fm.Activation("leaky_relu", negative_slope=0.2),
        fm.Dense(outputs),
    ]  # fmt: skip
    return fm.Sequential(layers, in_features=inputs, **options)


def data(rng, n=90, dtype=np.float64):
    x = (rng.standard_normal((n, 6)) + 0.5).astype(dtype)
    return x, (x @ rng.standard_normal((6, 3))).argmax(axis=1)


def test_hand_worked(core, dtype):
    model = fm.Sequential([fm.Residual([fm.Dense(2, "relu")])], in_features=2, dtype=dtype)
    assert list(model.parameters()) == ["0.0.weight", "0.0.bias"]
    model.theta[:] = [1, 0, 0, -1, 0, 0]
    assert model.forward([[2, 3]]).tolist() == [[4, 3]]
    assert model.predict([[2, 3]]).tolist() == [[4, 3]]
    # Through relu only the first column; the bypass gives both.
    assert model.backward([[1, 10]]).tolist() == [[2, 10]]
    assert model.grad.tolist() == [2, 0, 3, 0, 1, 0]


@pytest.mark.parametrize("width", SIZES[1:])
def test_a_block_adds_its_input(core, dtype, rng, width):
    dense = fm.Dense(width, "tanh", in_features=width)
    block = fm.Sequential([fm.Residual([fm.Residual([dense])])], dtype=dtype, seed=0)
    plain = fm.Sequential([dense], dtype=dtype, seed=0)
    assert same_bits(block.theta, plain.theta)
    for rows in (1, 2, 5):
        x, dy = rng.standard_normal((2, rows, width)).astype(dtype)
        assert same_bits(block.forward(x), plain.forward(x) + x + x)
        assert_close(block.backward(dy), plain.backward(dy) + 2 * dy, dtype, k=2)
        assert same_bits(block.grad, plain.grad)
        assert same_bits(block.predict(x), block.forward(x))


def test_the_first_blocks_bypass_needs_no_gradient(core, dtype, rng):
    model = fm.Sequential(
        [fm.Residual([fm.Activation("tanh")]), fm.Dense(2)], in_features=3, dtype=dtype, seed=0
    )
    x, dy = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    model.forward(x)
    assert model.backward(dy, need_dx=False) is None
    grad = model.grad.copy()
    model.forward(x)
    dx = model.backward(dy)
    assert same_bits(model.grad, grad)
    inner = F.tanh_backward(dy @ model.parameters()["1.weight"].T, x)
    assert_close(dx, inner + dy @ model.parameters()["1.weight"].T, dtype, k=8)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fm.Residual([]), ValueError, "Residual: layers must hold at least one layer"),
        (lambda: fm.Residual(fm.Dense(2)), TypeError, r"layers must be a list"),
        (lambda: fm.Residual([fm.Dense(2), "relu"]), TypeError, r"layers\[1\] must be a layer"),
        (lambda: fm.Sequential([fm.Residual([fm.Dense(2)])], in_features=3), ValueError,
         r"must give back the 3 features they get, got 2; end the block with fm.Dense\(3\)"),
        (lambda: fm.Sequential([fm.Dense(2), fm.Residual([fm.Dense(2, in_features=3)])],
                               in_features=2), ValueError, r"layers\[1\] has in_features=3"),
        (lambda: fm.Sequential(
            [fm.Residual([fm.Dense(2, in_features=2), fm.Dense(2, in_features=3)])]),
         ValueError, r"Residual: layers\[1\] has in_features=3, but the layer before it gives 2"),
    ],
)  # fmt: skip
def test_bad_blocks(make, error, message):
    with pytest.raises(error, match=message):
        make()


# All layers together.


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
    with pytest.raises(ValueError, match="BatchNorm needs batches of at least 2 rows"):
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
        return save_tensors(load_tensors(content), {"fusedmlp": json.dumps(other)})

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
        bad.append(save_tensors(load_tensors(content), {"fusedmlp": text}))
    for damaged in bad:
        path.write_bytes(damaged)
        with pytest.raises(fm.CheckpointError):
            fm.load(path)


class TorchNet:
    """The net of every_layer in PyTorch, with our masks."""

    def __init__(self, torch, model):
        nn = torch.nn
        self.torch, self.masks = torch, None
        width = model.layers[1].units
        self.norm0, self.norm1 = nn.BatchNorm1d(6).double(), nn.BatchNorm1d(width).double()
        self.dense1, self.dense2 = nn.Linear(6, width), nn.Linear(width, width, bias=False)
        self.layer_norm, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dense3, self.dense4 = nn.Linear(width, width), nn.Linear(width, 3)
        self.modules = {
            "0.0": self.norm0, "1": self.dense1, "2.0": self.dense2, "2.1": self.norm1,
            "2.3.0": self.layer_norm, "2.3.1": self.dense3, "3": self.layer_norm2,
            "6": self.dense4,
        }  # fmt: skip
        for name, module in self.modules.items():
            module.double()
            for key, value in module.named_parameters():
                ours = model.parameters()[f"{name}.{key}"]
                value.data = torch.tensor(ours.T.copy())

    def parameters(self):
        return [p for m in self.modules.values() for p in m.parameters()]

    def train(self, mode):
        for module in self.modules.values():
            module.train(mode)

    def __call__(self, x, masks=(1.0, 1.0, 1.0)):
        f = self.torch.nn.functional
        x = x + self.norm0(x) * masks[0]
        x = self.torch.tanh(self.dense1(x))
        h = f.elu(self.norm1(self.dense2(x)))
        h = h + f.silu(self.dense3(self.layer_norm(h))) * masks[1]
        x = self.layer_norm2(x + h) * masks[2]
        return self.dense4(f.leaky_relu(x, 0.2))


def our_masks(model, step, rows):
    """Masks times 1 / (1 - p) of the three dropout layers."""
    masks = []
    for position, op in enumerate(model._built.ops):
        if op.kind == "dropout":
            x = np.ones((rows, 6 if not masks else model.layers[1].units))
            y, mask = np.empty_like(x), np.empty(x.shape, bool)
            reference.dropout_forward(op.settings["p"], model.seed, 16 + position, step, x, y, mask)
            masks.append(y)
    return masks


OPTIMIZERS = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "nesterov": True}, "Adagrad": {}, "Adadelta": {},
    "RMSprop": {"lr": 1e-3}, "Adam": {"weight_decay": 1e-3, "amsgrad": True}, "AdamW": {},
    "Adamax": {}, "NAdam": {}, "RAdam": {"lr": 0.01}, "Rprop": {"lr": 1e-3},
}  # fmt: skip


@pytest.mark.peers
@pytest.mark.parametrize("p", [0.0, 0.25])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fifty_steps_as_torch(core, rng, monkeypatch, p, optimizer):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    torch.set_num_threads(1)  # its threads spin, which small nets pay for
    # torch keeps NAdam's mu_product in the default dtype, not in the parameters'.
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)
    model = every_layer(p=p, dtype="float64", seed=5)
    theirs = TorchNet(torch, model)
    x, y = data(rng, 50 * 17)
    options = OPTIMIZERS[optimizer]
    # PyTorch decays biases and norm parameters, too.
    more = {"decay_all": True} if "weight_decay" in options or optimizer == "AdamW" else {}
    ours = getattr(fm.optim, optimizer)(**options, **more)
    model.fit(x, y, loss="cross_entropy", optimizer=ours, epochs=1, batch_size=17, shuffle=False)
    assert model.steps_trained == 50
    step = getattr(torch.optim, optimizer)(theirs.parameters(), **options)
    for k in range(50):
        rows = slice(17 * k, 17 * k + 17)
        masks = [torch.tensor(m) for m in our_masks(model, k, 17)] if p else (1.0, 1.0, 1.0)
        step.zero_grad()
        pred = theirs(torch.tensor(x[rows]), masks)
        torch.nn.functional.cross_entropy(pred, torch.tensor(y[rows])).backward()
        step.step()
    named = {**model.parameters(), **model.statistics()}
    for name, module in theirs.modules.items():
        for key, value in (*module.named_parameters(), *module.named_buffers()):
            if key != "num_batches_tracked":
                wanted = value.detach().numpy().T
                np.testing.assert_allclose(named[f"{name}.{key}"], wanted, rtol=1e-9, atol=1e-11)
    theirs.train(False)
    with torch.no_grad():
        wanted = theirs(torch.tensor(x[:40])).numpy()
    np.testing.assert_allclose(model.predict(x[:40]), wanted, rtol=1e-9, atol=1e-11)

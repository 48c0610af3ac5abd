"""PyTorch networks in and out."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import LAYERS, agree, model_of, rows_for

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.peers
nn = torch.nn


def network(dtype=torch.float32, end=()):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Flatten(), nn.BatchNorm1d(6),
        nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Dropout(0.5), nn.BatchNorm1d(12)),
        nn.Identity(), nn.Linear(12, 8, bias=False), nn.LayerNorm(8), nn.Softplus(beta=2.0),
        nn.LayerNorm(8, elementwise_affine=False), nn.BatchNorm1d(8, affine=False),
        nn.Linear(8, 4), *end,
    )  # fmt: skip
    for _ in range(5):
        net(torch.randn(30, 6) * 2 + 1)
    return net.to(dtype).eval()


def theirs(net, x):
    with torch.no_grad():
        return net(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("end", [(), (nn.Softmax(dim=1),), (nn.LogSoftmax(-1),)], ids=str)
def test_same_predictions(dtype, tolerance, end):
    net = network(getattr(torch, dtype), end)
    x = rows_for("plain", dtype=dtype)
    for take in (fm.from_torch, fm.accelerate):
        model = take(net)
        assert model.dtype == dtype
        agree(model.predict(x), theirs(net, x), tolerance)
        agree(model.predict_one(x[0]), theirs(net, x[:1])[0], tolerance)


ACTIVATIONS = [
    nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.SELU(), nn.CELU(2.0),
    nn.Softplus(3.0), nn.Softsign(), nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Mish(),
    nn.Hardtanh(-2, 3), nn.ReLU6(), nn.Hardsigmoid(), nn.Hardswish(), nn.Identity(),
]  # fmt: skip


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_every_activation(activation, dtype, tolerance):
    if isinstance(activation, nn.Softplus):
        tolerance = max(tolerance, 1e-9)  # PyTorch's threshold
    net = nn.Sequential(nn.Linear(6, 20), activation).to(getattr(torch, dtype))
    x = rows_for("plain", dtype=dtype) * 3
    agree(fm.from_torch(net).predict(x), theirs(net, x), tolerance)


def test_every_activation_of_ours_is_known():
    from fusedmlp.exchange.from_torch import ACTIVATIONS as known

    ours = {name for name, _ in known.values()} | {"gelu", "gelu_tanh", "identity"}
    assert ours == set(fm.functional.ACTIVATIONS)


def test_a_softmax_outlives_saving(tmp_path):
    model = fm.from_torch(network(end=(nn.Softmax(dim=1),)))
    model.save(tmp_path / "m.safetensors")
    loaded, x = fm.load(tmp_path / "m.safetensors"), rows_for("plain")
    assert type(loaded) is fm.SoftmaxSequential
    assert np.array_equal(loaded.predict(x), model.predict(x))
    assert np.allclose(model.copy().predict(x).sum(axis=1), 1, atol=1e-6)
    assert not np.allclose(model.forward(x).sum(axis=1), 1)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x) * 2


class Twice(nn.Linear):
    def forward(self, x):
        return super().forward(x) * 2


def hooked():
    layer = nn.Linear(3, 2)
    layer.register_forward_hook(lambda *a: None)
    return nn.Sequential(layer)


@pytest.mark.parametrize(
    "net, message",
    [
        (nn.Sequential(nn.Linear(3, 2), nn.Conv1d(2, 2, 1)), r"1 \(Conv1d\) cannot be taken over"),
        (nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.PReLU())), r"1\.0 \(PReLU\).*supported"),
        (Own(), r"the module \(Own\) cannot be taken over; supported are nn.Sequential of"),
        (nn.Sequential(Twice(3, 2)), r"0 \(Twice\) cannot"),
        (hooked(), "has forward hooks"),
        (
            nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2)),
            r"1 \(Linear\) takes 3 .* gets 2",
        ),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(1), nn.ReLU()), "behind a softmax"),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(0)), "must have dim=1 or -1, got 0"),
        (nn.Sequential(nn.BatchNorm1d(3, track_running_stats=False)), "running statistics"),
        (nn.Sequential(nn.LayerNorm((2, 3))), "one dimension"),
        (nn.Sequential(nn.Flatten(2), nn.Linear(3, 2)), "start_dim=1"),
        (nn.Sequential(), "there are no layers"),
        (nn.Sequential(nn.ReLU()), "no layer tells the number of inputs"),
    ],
    ids=lambda v: "" if isinstance(v, str) else type(v).__name__,
)
def test_what_cannot_be_taken_over(net, message):
    with pytest.raises(ValueError, match=f"^from_torch: .*{message}"):
        fm.from_torch(net)


def test_wrong_kinds_and_numbers():
    with pytest.raises(TypeError, match=r"from_torch: module must be a torch.nn.Module.* got list"):
        fm.from_torch([1])
    with pytest.raises(TypeError, match="accelerate: model must be"):
        fm.accelerate(3)
    net = nn.Linear(2, 1)
    net.weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match=r"0.weight holds NaN"):
        fm.from_torch(net)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("kind", LAYERS)
def test_to_torch(kind, dtype, tolerance):
    model, x = model_of(kind, dtype), rows_for(kind, dtype=dtype)
    net = model.to_torch()
    assert not net.training and next(net.parameters()).dtype == getattr(torch, dtype)
    if kind == "activations":
        tolerance = max(tolerance, 1e-9)  # PyTorch's threshold of softplus
    agree(theirs(net, x), model.predict(x), tolerance)


def test_there_and_back():
    model, x = model_of("plain"), rows_for("plain")
    back = fm.from_torch(model.to_torch())
    assert list(back.parameters()) == list(model.parameters())
    assert np.array_equal(back.theta, model.theta)
    assert np.array_equal(back.buffers, model.buffers)
    assert np.array_equal(back.predict(x), model.predict(x))
    assert [layer.label() for layer in back.layers] == [layer.label() for layer in model.layers]
    scaled = fm.Sequential([fm.Dense(3), fm.Scale()], in_features=2, seed=0)
    assert np.array_equal(fm.from_torch(scaled.to_torch()).theta, scaled.theta)


def test_dropout_is_there_for_training_on():
    net = fm.MLP([2, 3, 1], dropout=0.4, seed=0).to_torch()
    assert [m.p for m in net if isinstance(m, nn.Dropout)] == [0.4]


def test_unbuilt():
    with pytest.raises(ValueError, match="to_torch: the model is not built"):
        fm.Sequential([fm.Dense(2)]).to_torch()


@pytest.mark.parametrize("through", ["dict", "arrays", "file"])
def test_state_dict_of_any_network(tmp_path, through):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.norm, self.fc2 = nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 2)

        def forward(self, x):
            return self.fc2(torch.relu(self.norm(self.fc1(x))))

    torch.manual_seed(1)
    net, x = Net(), rows_for("plain")
    net(torch.randn(20, 6))
    state = net.eval().state_dict()
    layers = [fm.Dense(5), fm.BatchNorm(), fm.Activation("relu"), fm.Dense(2)]
    if through == "arrays":
        state = {name: tensor.numpy() for name, tensor in state.items()}
    if through == "file":
        from safetensors.torch import save_file

        save_file(state, tmp_path / "net.safetensors")
        model = fm.Sequential(layers, in_features=6)
        with pytest.raises(ValueError, match=r"do not say their order.*names="):
            model.load_weights(tmp_path / "net.safetensors", transpose=True)
        names = {"fc1": "0", "norm": "1", "fc2": "3"}
        model.load_weights(tmp_path / "net.safetensors", transpose=True, names=names)
    else:
        model = fm.from_torch(state, layers)
    agree(model.predict(x), theirs(net, x), 1e-5)


def test_weights_of_a_sequential_in_a_file(tmp_path):
    from safetensors.torch import load_file, save_file

    # More than ten layers: "10" comes before "2" in the file.
    torch.manual_seed(2)
    net = nn.Sequential(*[m for _ in range(7) for m in (nn.Linear(6, 6), nn.Tanh())])
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    model = fm.Sequential([fm.Dense(6, "tanh") for _ in range(7)], in_features=6)
    model.load_weights(tmp_path / "net.safetensors", transpose=True)
    x = rows_for("plain")
    agree(model.predict(x), theirs(net, x), 1e-5)
    model.save(tmp_path / "ours.safetensors")
    loaded = load_file(tmp_path / "ours.safetensors")
    assert set(loaded) == set(model.parameters())
    for name, array in model.parameters().items():
        assert np.array_equal(loaded[name].numpy(), array)

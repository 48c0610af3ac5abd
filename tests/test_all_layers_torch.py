"""A network of all layers against PyTorch, step by step."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.core import reference
from support import every_layer


def data(rng, n=90, dtype=np.float64):
    x = (rng.standard_normal((n, 6)) + 0.5).astype(dtype)
    return x, (x @ rng.standard_normal((6, 3))).argmax(axis=1)


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

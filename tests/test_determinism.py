"""The weights after a fit are the same to the last bit for any number of threads."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import fusedmlp as fm
from support import every_layer

THREADS = (1, 2, 3, 4, 8)
NETS = {
    "small": lambda: fm.MLP([9, 16, 3], seed=0),
    "wide": lambda: fm.MLP([9, 300, 3], "gelu", seed=0),
    "deep": lambda: fm.MLP([9, 64, 64, 64, 3], "tanh", dropout=0.2, norm="layer", seed=0),
    "batch norm": lambda: fm.MLP([9, 130, 70, 3], "silu", norm="batch", seed=0),
    "float64": lambda: fm.MLP([9, 65, 33, 3], dtype="float64", seed=0),
    # Large enough for pieces that go to whichever worker is free.
    "pieces": lambda: fm.MLP([9, 1040, 1010, 3], seed=0),
    "every layer": lambda: every_layer(width=48, inputs=9, seed=0),
}
SIZES = [(500, 32), (611, 200), (1500, 1024)]  # rows and batch size
OPTIMIZERS = {
    "SGD": {"lr": 0.01, "momentum": 0.9},
    "Adam": {},
    "RMSprop": {},
    "Lion": {},
    "Rprop": {},
}


def weights_after(net: str, size: tuple[int, int], optimizer: str, threads: int) -> str:
    rows, batch = size
    rng = np.random.default_rng(rows)
    x, y = rng.standard_normal((rows, 9)), rng.integers(0, 3, rows)
    model = NETS[net]()
    rule = getattr(fm.optim, optimizer)(**OPTIMIZERS[optimizer])
    model.fit(x, y, loss="cross_entropy", optimizer=rule, epochs=2, batch_size=batch,
              num_threads=threads, sample_weight=rng.random(rows))  # fmt: skip
    with fm.num_threads(threads):
        outputs = model.predict(x)
    return hashlib.sha256(
        model.theta.tobytes() + model.buffers.tobytes() + outputs.tobytes()
    ).hexdigest()


@pytest.mark.skipif(fm.info()["backend"] == "numpy", reason="NumPy's BLAS has threads of its own")
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("net", NETS)
def test_weights_are_hash_equal_over_threads(net, size):
    # One optimizer for each pair, every one of them with every net.
    optimizer = list(OPTIMIZERS)[(list(NETS).index(net) + SIZES.index(size)) % len(OPTIMIZERS)]
    hashes = {threads: weights_after(net, size, optimizer, threads) for threads in THREADS}
    assert len(set(hashes.values())) == 1, hashes


@pytest.mark.slow
@pytest.mark.skipif(fm.info()["backend"] == "numpy", reason="NumPy's BLAS has threads of its own")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("net", NETS)
def test_weights_are_hash_equal_for_the_whole_table(net, optimizer, record_property):
    for size in SIZES:
        hashes = {threads: weights_after(net, size, optimizer, threads) for threads in THREADS}
        assert len(set(hashes.values())) == 1, hashes
    record_property("figure", f"{len(SIZES)} sizes over {len(THREADS)} numbers of threads")

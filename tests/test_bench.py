"""fusedmlp bench: every table in its small size, and the parts they are made of.

Nothing here asserts that anything is fast.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import benchmarks as bench
from fusedmlp.benchmarks import activations, machine, optimizers, peers, table
from fusedmlp.benchmarks.nets import NETS, VGG_HEAD, net
from fusedmlp.core import backend

NAMES = tuple(bench.BENCHMARKS)


# The parts


def test_the_twin_is_swapped_in_for_the_call_alone(core):
    seen = []
    peers.twin(lambda: seen.append(backend.core.level))()
    assert seen == ["numpy"] and backend.core is core

    def fails():
        raise KeyError("x")

    with pytest.raises(KeyError):
        peers.twin(fails)()
    assert backend.core is core


def test_threads_are_restored():
    before = fm.get_num_threads()
    with peers.threads(before + 1, ()):
        assert fm.get_num_threads() == before + 1
    assert fm.get_num_threads() == before


def test_peers_by_name(monkeypatch):
    assert peers.require(("numpy",)) == ("numpy",)
    with pytest.raises(ValueError, match="no peer 'tpu'; the peers are numpy, torch, sklearn, jax"):
        peers.require(("tpu",))
    monkeypatch.setattr(peers, "find_spec", lambda name: None if name == "torch" else object())
    assert peers.importable() == ("numpy", "sklearn", "jax")
    with pytest.raises(ValueError, match="the peer torch is not installed: pip install torch"):
        peers.require(("torch", "numpy"))


def test_jax_keeps_the_threads_it_starts_with(monkeypatch):
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    assert peers.fit_for(("torch", "jax"), (2,)) == ("torch", "jax")
    assert peers.fit_for(("torch", "jax"), (1, 2)) == ("torch",)
    with pytest.raises(ValueError, match=r"measure it with one number, got threads 1, 2"):
        peers.check_threads(("jax",), (1, 2))
    monkeypatch.setitem(sys.modules, "jax", object())
    monkeypatch.setenv("NPROC", "2")
    assert peers.fit_for(("jax",), (2,)) == ("jax",) and peers.fit_for(("jax",), (1,)) == ()


@pytest.mark.peers
def test_jax_trains_the_same_net():
    pytest.importorskip("optax", reason="JAX and optax are not installed")
    code = """
import numpy as np
from fusedmlp.benchmarks.jax_epoch import jax_epoch
from fusedmlp.benchmarks.nets import Net
net = Net("t", (3, 5, 2), 4, 6)
X, y = net.data("float64")
model = net.ours("float64")
model.fit(X, y, loss=net.loss, epochs=1, batch_size=4, shuffle=False, progress=False)
theirs = [np.asarray(a) for layer in jax_epoch(net, "float64", X, y).run() for a in layer]
for a, b in zip(model.parameters().values(), theirs, strict=True):
    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_bytes_counted_per_optimizer():
    """Parameters in and out, gradient in, every state array in and out."""
    assert {cls.name for cls, _, _ in optimizers.ROWS.values()} == set(fm.functional.OPTIMIZERS)
    for name, (cls, options, moved) in optimizers.ROWS.items():
        optimizer = cls(**options)
        optimizer.prepare(np.zeros(5, np.float32))
        arrays = [a for a in optimizer.state.values() if a.size == 5]
        assert moved == 3 + 2 * len(arrays), name


def test_operations_of_a_step():
    # 2-8-1 with 4 rows: forward and dW of both layers, dX of the second; 2 operations each.
    assert net("2-8-1").step_flops == 2 * 4 * (2 * (16 + 8) + 8)
    for one in (*NETS, VGG_HEAD):
        assert one.weights == sum(a * b for a, b in zip(one.sizes, one.sizes[1:], strict=False))


def test_machine_figures_are_positive():
    facts = machine.facts()
    assert facts["backend"] == backend.core.level and facts["numpy"] == np.__version__
    peak = machine.estimated_peak("float32", (), seconds=0.01)
    assert peak["gflops"] > 0 and peak["by"] in ("F.dense", "np.matmul")
    assert machine.copy_bandwidth(2, nbytes=2**16, seconds=0.01) > 0
    assert machine.free_bytes() > 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1234"),
        (12.345, "12.3"),
        (0.1234, "0.123"),
        (0.00012, "0.00012"),
        (1e-6, "1.0e-06"),
    ],
)
def test_short_numbers(value, text):
    assert table.short(value) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [(7, "7"), (4096, "4096"), (16384, "16k"), (2**22, "4M"), (100_000, "100k"), (25088, "25088")],
)
def test_counts_in_words(n, text):
    assert table.count(n) == text


# The tables


def small(names, **options):
    lines = []
    settings = bench.Settings(
        size="small", seconds=0.0, max_rounds=3, sample_seconds=1e-4, **options
    )
    return bench.measure(names, settings, lines.append), "\n".join(lines)


def check_rows(rows, against):
    for row in rows:
        assert set(row["times"]) <= {"fusedmlp", "copy", *against}
        assert set(row["ratios"]) == set(row["times"]) - {"fusedmlp"}
        for times in row["times"].values():
            assert 0 < times["least"] <= times["low"] <= times["median"] <= times["high"]
            assert times["rounds"] >= 3
        for name, ratio in row["ratios"].items():
            medians = row["times"][name]["median"], row["times"]["fusedmlp"]["median"]
            assert ratio == pytest.approx(medians[0] / medians[1])
        assert row.get("rate", 1) > 0 and row.get("share", 1) > 0


@pytest.mark.parametrize("name", NAMES)
def test_small_table_against_the_twin(name):
    result, text = small((name,), against=("numpy",), threads=(1, 2))
    rows = result["rows"]
    cases = bench.BENCHMARKS[name].cases(bench.Settings(size="small"))
    assert len(rows) == 2 * len(cases)
    assert {row["threads"] for row in rows} == {1, 2}
    check_rows(rows, ("numpy",))
    for row, case in zip(rows, [*cases, *cases], strict=True):
        assert {key: row[key] for key in case.labels} == case.labels
        assert "numpy" in row["ratios"]
    assert "1 thread\n" in text and "2 threads\n" in text and "numpy/ours" in text
    json.dumps(result)


def test_all_functions_and_optimizers_are_in_their_tables():
    settings = bench.Settings(size="usual")

    def labels(name, key):
        return {case.labels[key] for case in bench.BENCHMARKS[name].cases(settings)}

    assert labels("activations", "function") == set(fm.functional.ACTIVATIONS)
    assert labels("activations", "elements") == {2**14, 2**18, 2**22}
    assert labels("optimizers", "optimizer") == set(optimizers.ROWS)
    assert labels("optimizers", "parameters") == {100_000, 2**22, 2**26}
    assert labels("train", "net") == {one.name for one in NETS}


def test_vgg_only_when_asked_and_where_memory_is_free(monkeypatch):
    monkeypatch.setattr(machine, "free_bytes", lambda: 1e9)
    settings = bench.Settings(size="all", seconds=0.0, only=lambda l: l["net"] == "VGG16 head")
    lines = []
    assert bench.measure(("train",), settings, lines.append)["rows"] == []
    assert "skipped: needs" in lines[-1]


def test_relu_to_sigmoid_is_printed():
    times = {"relu": 1.0, "sigmoid": 5.5}
    rows = [
        {"threads": 2, "pass": "forward", "elements": 2**14, "function": name,
         "times": {"fusedmlp": {"median": t}}}
        for name, t in times.items()
    ]  # fmt: skip
    assert activations.BENCHMARK.summary(rows) == [
        "ReLU is 5.5 times as fast as sigmoid: forward, 16k elements, threads 2"
    ]
    assert activations.BENCHMARK.summary(rows[:1]) == []


def new_names(torch):
    """What is in our tables, but neither in torch's nor among what it was first compared with."""
    backward = activations.torch_backward(torch)
    ours = [name for name in fm.functional.ACTIVATIONS[18:] if name not in backward]
    rows = {name: cls for name, (cls, _, _) in list(optimizers.ROWS.items())[12:]}
    theirs = [name for name, cls in rows.items() if not hasattr(torch.optim, cls.__name__)]
    return {(name, None) for name in ours} | {(None, name) for name in theirs}


@pytest.mark.peers
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_in_every_table(dtype):
    pytest.importorskip("torch", reason="PyTorch is not installed: its columns are not tested")
    result, _ = small(NAMES, against=("torch",), dtype=dtype)
    check_rows(result["rows"], ("torch",))
    without = [row for row in result["rows"] if "torch" not in row["times"]]
    missing = {(row.get("function"), row.get("optimizer")) for row in without}
    assert missing == {("softsign", None), (None, "lion")} | new_names(
        importlib.import_module("torch")
    )


@pytest.mark.peers
def test_torch_computes_the_same_activations():
    """The operators by hand, scales and all, are the functions that are timed beside them."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(0)
    x, dy = 2 * rng.standard_normal((2, 1000))
    tx, tdy = torch.from_numpy(x), torch.from_numpy(dy)
    forward, backward = activations.torch_forward(torch), activations.torch_backward(torch)

    def assert_same(actual, expected, name):
        # torch keeps some constants, hardsigmoid's 1/6 for one, in float32.
        np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-7, atol=1e-12, err_msg=name)

    names = fm.functional.ACTIVATIONS
    in_torch = {n for n in names if hasattr(torch.nn.functional, n)} | {"identity", "gelu_tanh"}
    assert set(forward) == in_torch and len(in_torch) >= 18
    assert set(backward) <= in_torch - {"softsign"} and len(backward) >= 17
    for name in forward:
        y = getattr(fm.functional, name)(x)
        ty, tdx = torch.empty_like(tx), torch.empty_like(tx)
        result = forward[name](tx, ty)
        assert_same(result, y, name)
        if name in backward:
            dx = getattr(fm.functional, f"{name}_backward")(dy, x, y)
            result = backward[name](tdy, tx, torch.from_numpy(y), tdx)
            assert_same(result, dx, name)


@pytest.mark.peers
def test_sklearn_where_it_makes_sense():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    result, text = small(("train", "predict"), against=("sklearn",))
    assert all("sklearn" in row["ratios"] for row in result["rows"])
    _, text = small(("dense",), against=("sklearn",))
    assert "sklearn" not in text.split("\n", 2)[2]

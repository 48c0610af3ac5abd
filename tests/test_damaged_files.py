"""Every truncation and every flipped bit of a model file is refused; kills lose nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import fusedmlp as fm
from support import every_layer

CHECKPOINTS = ["model", "run", "float64"]


@pytest.fixture(scope="module", params=CHECKPOINTS)
def content(request, tmp_path_factory):
    """The bytes of three kinds of checkpoint, small enough to damage everywhere."""
    path = tmp_path_factory.mktemp("files") / "m.safetensors"
    if request.param == "float64":
        fm.MLP([3, 4, 2], norm="batch", dtype="float64", seed=0).save(path)
    elif request.param == "model":
        every_layer(width=3, seed=0).save(path)
    else:
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((20, 3)), rng.integers(0, 2, 20)
        callbacks = [fm.callbacks.EMA(0.9), fm.callbacks.Checkpoint(path)]
        model = fm.MLP([3, 4, 2], dropout=0.2, seed=0)
        model.fit(x, y, loss="cross_entropy", epochs=2, callbacks=callbacks)
    fm.load(path)
    return path.read_bytes()


def refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(fm.CheckpointError) as caught:
        fm.load(path)
    assert str(path) in str(caught.value)


def test_truncations_are_refused(content, tmp_path):
    for end in (*range(0, len(content), 41), 8, len(content) - 1):
        refused(tmp_path / "m", content[:end])
    refused(tmp_path / "m", content + b"\0")


def flips(content: bytes, count: int, seed: int):
    rng = np.random.default_rng(seed)
    for bit in rng.choice(8 * len(content), min(count, 8 * len(content)), replace=False).tolist():
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


def test_flipped_bits_are_refused(content, tmp_path):
    for damaged in flips(content, 200, 1):
        refused(tmp_path / "m", damaged)


@pytest.mark.slow
def test_every_truncation_is_refused(content, tmp_path, record_property):
    for end in range(len(content)):
        refused(tmp_path / "m", content[:end])
    record_property("figure", f"{len(content)} truncations refused")


@pytest.mark.slow
def test_every_flipped_bit_is_refused(content, tmp_path, record_property):
    for damaged in flips(content, 8 * len(content), 2):
        refused(tmp_path / "m", damaged)
    record_property("figure", f"{8 * len(content)} flipped bits refused")


@pytest.mark.slow
def test_random_damage_is_refused(content, tmp_path):
    """Blocks that are cut out, doubled, zeroed, filled with noise or moved."""
    rng = np.random.default_rng(3)
    for _ in range(30_000):
        a, b, c = np.sort(rng.integers(0, len(content) + 1, 3)).tolist()
        damaged = [
            content[:a] + content[b:],
            content[:b] + content[a:],
            content[:a] + bytes(b - a) + content[b:],
            content[:a] + rng.bytes(b - a) + content[b:],
            content[:a] + content[b:c] + content[a:b] + content[c:],
        ][rng.integers(5)]
        if damaged != content:
            refused(tmp_path / "m", damaged)


def test_the_hash_is_compared(tmp_path):
    path = tmp_path / "m"
    fm.MLP([2, 1], seed=0).save(path)
    tensors = load_file(path)
    header = {"fusedmlp": _entry(path, "fusedmlp"), "sha256": _entry(path, "sha256")}
    path.write_bytes(save(tensors, header))
    fm.load(path)
    tensors["0.weight"][0] += 1
    without = {"fusedmlp": header["fusedmlp"]}
    for entries, words in ((header, "does not match its hash"), (without, "hash .* is missing")):
        path.write_bytes(save(tensors, entries))
        with pytest.raises(fm.CheckpointError, match=f"is damaged: .*{words}"):
            fm.load(path)


def _entry(path: Path, key: str) -> str:
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return file.metadata()[key]


SAVES = """
import sys, fusedmlp as fm
models = [fm.MLP([64, 128, 10], seed=k) for k in range(2)]
for model in models:
    model.metadata["sum"] = float(model.theta.sum(dtype="f8"))
models[0].save(sys.argv[1])
print("ready", flush=True)
while True:
    for model in models:
        model.save(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(
    "kills", [2, pytest.param(1000, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_kills_during_save_lose_nothing(tmp_path, kills, record_property):
    path, rng = tmp_path / "m.safetensors", np.random.default_rng(kills)
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SAVES, str(path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            time.sleep(rng.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
        model = fm.load(path)
        assert model.metadata["sum"] == float(model.theta.sum(dtype="f8"))
    model.save(path)
    assert os.listdir(tmp_path) == ["m.safetensors"]
    record_property("figure", f"{kills} kills during save, nothing lost")

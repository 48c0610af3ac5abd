"""The callback that saves: when, what, and a place where nothing can be saved."""

from __future__ import annotations

import os

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.training.callbacks import Callback, Checkpoint, LambdaCallback
from support import same_bits

# A folder in which nobody, root included, can create files.
LOCKED = "/sys"


class _Keep(Callback):
    """Keeps the weights of every epoch."""

    def __init__(self):
        self.thetas = []

    def on_epoch_end(self, epoch, logs):
        self.thetas.append(self.model.theta.copy())


def _fit(rng, *callbacks, **options):
    x, y = rng.standard_normal((120, 5)).astype(np.float32), rng.integers(0, 3, 120)
    options = {
        "epochs": 60,
        "validation_split": 0.3,
        "model": fm.MLP([5, 32, 3], seed=0),
        **options,
    }
    rule = fm.optim.Adam(lr=0.02)
    fit = options.pop("model").fit
    return fit(x, y, loss="cross_entropy", optimizer=rule, callbacks=callbacks, **options)


def test_every_and_monitor(core, rng, tmp_path):
    _fit(rng, Checkpoint(tmp_path / "{epoch}.safetensors", every=3), epochs=10)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{k}.safetensors" for k in (2, 5, 8)]
    keep, path = _Keep(), tmp_path / "best.safetensors"
    history = _fit(rng, Checkpoint(path, monitor="val_loss"), keep, epochs=20)
    assert same_bits(fm.load(path).theta, keep.thetas[history.best_epoch])
    with pytest.raises(ValueError, match="needs validation_data"):
        _fit(rng, Checkpoint(path, monitor="val_loss"), validation_split=0.0)


@pytest.mark.parametrize("name", ["x.safetensors", "{epoch}.safetensors"])
@pytest.mark.parametrize("every", [1, 1000])
def test_a_path_that_takes_no_files_is_refused_before_the_first_epoch(
    core, rng, tmp_path, name, every
):
    (tmp_path / "file").touch()
    (tmp_path / "folder.safetensors").mkdir()
    model, epochs = fm.MLP([5, 32, 3], seed=0), []
    before = model.theta.copy()
    begin = LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))
    bad = [
        (tmp_path / "no" / name, FileNotFoundError, "the folder '.*no' does not exist"),
        (tmp_path / "file" / name, NotADirectoryError, "no file can be created"),
        (tmp_path / "folder.safetensors", IsADirectoryError, "is a folder"),
    ]
    if os.path.isdir(LOCKED):
        bad.append((os.path.join(LOCKED, name), OSError, "no file can be created in '/sys'"))
    for path, error, message in bad:
        with pytest.raises(error, match=message):
            _fit(rng, begin, Checkpoint(path, every=every), model=model)
        assert epochs == [] and same_bits(model.theta, before)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.safetensors"]


def test_the_file_of_the_last_fit_is_whole_until_the_first_save(rng, tmp_path):
    path = tmp_path / "m.safetensors"
    fm.MLP([2, 1], seed=7).save(path)
    before = path.read_bytes()
    _fit(rng, Checkpoint(path, every=1000), epochs=1)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["m.safetensors"]

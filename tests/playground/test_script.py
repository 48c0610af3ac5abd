"""Copy as Python: the script gives the same weights, whatever was done in the page."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.playground.problem import problem_of
from fusedmlp.playground.script import script_of
from fusedmlp.playground.settings import SCHEDULES, Settings
from fusedmlp.playground.sheet import read_sheet, sheet_of
from fusedmlp.playground.trainer import Trainer


def weights_of(script, folder):
    """Run a script in an empty namespace and return its model."""
    (folder / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return fm.load(folder / "playground.safetensors")


def check(trainer, folder):
    found = weights_of(script_of(trainer), folder)
    np.testing.assert_array_equal(found.theta, trainer.model.theta)
    np.testing.assert_array_equal(found.buffers, trainer.model.buffers)


CASES = [
    {"dataset": "xor"},
    {"dataset": "spiral3", "optimizer": "sgd", "momentum": 0.9, "l1": 1e-3, "norm": "batch"},
    {"dataset": "waves", "norm": "layer", "weight_decay": 0.1, "features": ["x1*x2", "x2"]},
    {"dataset": "drawn", "points": [[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1], [2, 2, 2]]},
]


@pytest.mark.parametrize("changes", CASES, ids=lambda c: c["dataset"])
def test_all_that_can_be_done(changes, tmp_path):
    settings = Settings(batch_size=33).changed({"dropout": 0.2, **changes})
    if changes["dataset"] == "drawn":
        settings = settings.changed({"dropout": 0.0, "batch_size": 2})
    trainer = Trainer(settings, problem_of(settings, None))
    trainer.run(5)
    trainer.step()
    trainer.edit(0, 0, 1, 0.5)
    trainer.run(2)  # ends the epoch first
    trainer.change(settings.changed({"learning_rate": 0.003, "batch_size": 20}))
    trainer.step()
    trainer.change(trainer.settings.changed({"batch_size": 11, "schedule": "cosine"}))
    trainer.run(2)
    trainer.change(trainer.settings.changed({"optimizer": "rmsprop", "l1": 0.01}))
    trainer.run(3)
    check(trainer, tmp_path)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule, tmp_path):
    settings = Settings(schedule=schedule, schedule_epochs=10, samples=60)
    trainer = Trainer(settings, problem_of(settings, None))
    trainer.run(12)
    check(trainer, tmp_path)


def test_a_table(tmp_path):
    rows = [f"{i},{i * 7 % 5},{'yes' if i % 3 else 'no'}" for i in range(60)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c", *rows]))
    sheet = read_sheet(tmp_path / "table.csv")
    settings = Settings(dataset="table")
    trainer = Trainer(settings, problem_of(settings, sheet))
    trainer.run(3)
    check(trainer, tmp_path)


def test_arrays_and_a_given_model(tmp_path, rng):
    X, y = rng.normal(size=(40, 3)).astype(np.float32), rng.integers(0, 2, 40)
    model = fm.MLP([3, 5, 2], "gelu", dropout=0.1, seed=3)
    settings = Settings(dataset="table", network="given")
    trainer = Trainer(settings, problem_of(settings, sheet_of(X, y)), model)
    np.savez(tmp_path / "playground_data.npz", X=trainer.problem.X, y=trainer.problem.y)
    model.save(tmp_path / "playground_start.safetensors")
    trainer.run(4)
    check(trainer, tmp_path)
    assert (model.theta != trainer.model.theta).any(), "the given model itself is not trained"


def test_what_is_forgotten_is_not_made_up():
    trainer = Trainer(Settings(samples=20), problem_of(Settings(samples=20), None))
    for k in range(300):
        trainer.edit(0, 0, 0, float(k))
    with pytest.raises(ValueError, match="more was done to this net than the page remembers"):
        script_of(trainer)

"""Files that earlier versions wrote load from now on, and say the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fusedmlp as fm
from support import every_layer

DATA = Path(__file__).parent / "data"
FORMATS = sorted(path.stem[-1] for path in DATA.glob("model_format_*.safetensors"))


@pytest.mark.parametrize("version", FORMATS)
@pytest.mark.parametrize("kind", ["model", "run"])
def test_a_file_of_each_format_loads(core, version, kind):
    expected = json.loads((DATA / "file_outputs.json").read_text())
    model = fm.load(DATA / f"{kind}_format_{version}.safetensors")
    assert model.metadata == {"classes": ["ä", "b", "c"]} and model.epochs_trained == 2
    outputs = model.predict(np.array(expected["x"], np.float32))
    np.testing.assert_allclose(outputs, expected["outputs"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("version", FORMATS)
def test_a_fit_of_each_format_goes_on(core, rng, version):
    x, y = rng.standard_normal((40, 6)).astype(np.float32), rng.integers(0, 3, 40)
    model = every_layer(width=4, seed=3)
    callbacks = [fm.callbacks.EMA(0.9), fm.callbacks.EarlyStopping(),
                 fm.callbacks.Checkpoint("unused", every=100)]  # fmt: skip
    optimizer = fm.optim.AdamW(lr=fm.schedules.cosine(0.01, 50))
    path = DATA / f"run_format_{version}.safetensors"
    history = model.fit(x, y, loss="cross_entropy", optimizer=optimizer, epochs=3,
                        validation_split=0.25, callbacks=callbacks, resume_from=path)  # fmt: skip
    assert history.epochs == [0, 1, 2] and optimizer.step_count == 3


def test_both_formats_are_kept():
    assert FORMATS == ["1", "2"]

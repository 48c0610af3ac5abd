"""The progress bar: in a terminal, in a notebook, elsewhere."""

from __future__ import annotations

import io

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.training.callbacks import EarlyStopping, ProgressBar


def _fit(rng, *callbacks, **options):
    x, y = rng.standard_normal((120, 5)).astype(np.float32), rng.integers(0, 3, 120)
    return fm.MLP([5, 32, 3], seed=0).fit(
        x, y, loss="cross_entropy", validation_split=0.3, callbacks=callbacks, **options
    )


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("with_tqdm", [True, False])
def test_progress_in_a_terminal(core, rng, monkeypatch, with_tqdm):
    if with_tqdm:
        pytest.importorskip("tqdm", reason="tqdm is not installed")
    else:
        monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    _fit(rng, epochs=3)
    text = screen.getvalue()
    assert ("3/3 [" in text) == with_tqdm and ("epoch 3/3  loss" in text) != with_tqdm
    assert "val_loss" in text and "samples/s" in text and text.endswith("\n")
    screen.truncate(0)
    _fit(rng, epochs=3, progress=False)
    _fit(rng, ProgressBar(show=False), epochs=3)
    assert screen.getvalue().strip("\0") == ""
    _fit(rng, ProgressBar(), epochs=3)
    assert screen.getvalue().count("\n") == 1  # one bar, not a second from progress="auto"


def test_progress_elsewhere_only_when_asked(core, rng, capsys):
    _fit(rng, ProgressBar(), epochs=2)
    assert capsys.readouterr().err == ""
    _fit(rng, ProgressBar(show=True), EarlyStopping(patience=2), epochs=200)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("epoch 1/200  loss") and len(lines) == 2  # the first and the last
    with pytest.raises(TypeError, match="show must be True or False"):
        ProgressBar(show="yes")


def test_progress_in_a_notebook(core, rng, monkeypatch, capsys):
    class ZMQInteractiveShell:
        pass

    class IPython:
        @staticmethod
        def get_ipython():
            return ZMQInteractiveShell()

    monkeypatch.setitem(__import__("sys").modules, "IPython", IPython)
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    _fit(rng, epochs=2)
    assert "epoch 2/2  loss" in capsys.readouterr().err

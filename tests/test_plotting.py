"""Pictures: what is drawn, and what is refused. How they look is for people to judge."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm

XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR_Y = np.array([0, 1, 1, 0])


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def _drawn(ax):
    ax.figure.canvas.draw()
    return ax


HISTORY = fm.History([0, 1, 2], {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.0, 2.5]})


def test_history_with_the_best_epoch_marked(pyplot):
    ax = _drawn(HISTORY.plot())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["training", "validation", "best: 2 in epoch 1"]
    marked = ax.lines[-1]
    assert marked.get_xdata() == [1] and marked.get_ydata() == [2.0]
    assert ax.lines[0].get_ydata().tolist() == [3.0, 2.0, 1.0]
    other = pyplot.figure().add_subplot()
    assert fm.History([0], {"loss": [-1.0]}).plot(other) is other


def test_histories_compared(pyplot):
    exploded = fm.History([0, 1, 2], {"loss": [3.0, 50.0, 1e9]})
    ax = _drawn(fm.plotting.compare({"good": HISTORY, "bad": exploded}))
    assert [line.get_label() for line in ax.lines] == ["good", "bad"]
    assert ax.get_ylim()[1] < 10
    assert fm.plotting.compare({"a": HISTORY}, metric="val_loss", log=True).get_yscale() == "log"
    with pytest.raises(ValueError, match=r"histories\['a'\]: metric must be one of loss, val_loss"):
        fm.plotting.compare({"a": HISTORY}, metric="accuracy")
    with pytest.raises(ValueError, match="at least one History"):
        fm.plotting.compare({})


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_decision_boundary(core, pyplot, outputs):
    model = fm.MLP([2, 8, outputs], "tanh", seed=0)
    loss = "binary_cross_entropy" if outputs == 1 else "cross_entropy"
    model.fit(XOR_X, XOR_Y, loss=loss, optimizer=fm.optim.Adam(lr=0.05), epochs=400)
    ax = _drawn(fm.plotting.decision_boundary(model, XOR_X, XOR_Y, resolution=50))
    image = ax.images[0].get_array()
    assert image.shape[:2] == (50, 50) and image.min() >= 0 and image.max() <= 1
    # Blue above red where class 0 is, orange where class 1 is.
    blue, red = image[..., 2], image[..., 0]
    assert blue[8, 8] > red[8, 8] and blue[41, 41] > red[41, 41]
    assert red[8, 41] > blue[8, 41] and red[41, 8] > blue[41, 8]
    assert len(ax.collections) >= 3  # a line, and the points of both classes


def test_an_undecided_model_has_no_boundary(core, pyplot):
    model = fm.MLP([2, 2], seed=0)
    model.theta[:] = 0
    model.theta[:2] = 1e-9
    ax = _drawn(fm.plotting.decision_boundary(model, XOR_X, XOR_Y))
    assert len(ax.collections) == 2


def test_decision_boundary_refuses_what_has_no_plane(pyplot):
    with pytest.raises(ValueError, match="2 inputs and X the shape"):
        fm.plotting.decision_boundary(fm.MLP([3, 2], seed=0), np.zeros((4, 3)), XOR_Y)
    with pytest.raises(ValueError, match=r"y must have shape \(4,\)"):
        fm.plotting.decision_boundary(fm.MLP([2, 2], seed=0), XOR_X, XOR_Y[:3])


def test_every_activation_with_its_derivative(core, pyplot):
    axes = fm.plotting.activations()
    assert [ax.get_title() for ax in axes] == list(fm.functional.ACTIVATIONS)
    (ax,) = fm.plotting.activations(["tanh"])
    curves = {line.get_label(): line for line in _drawn(ax).lines}
    x = curves["activation"].get_xdata()
    slope = curves["derivative"].get_ydata()
    np.testing.assert_allclose(slope, 1 - np.tanh(x) ** 2, atol=1e-12)
    with pytest.raises(ValueError, match="names must be one of identity"):
        fm.plotting.activations(["step"])


def test_weights(pyplot):
    model = fm.MLP([4, 8, 2], seed=0)
    axes = fm.plotting.weights(model)
    assert [ax.get_title() for ax in axes] == ["0.weight  4 x 8", "1.weight  8 x 2"]
    _drawn(axes[0])
    np.testing.assert_array_equal(axes[0].images[0].get_array(), model.parameters()["0.weight"])
    with pytest.raises(ValueError, match="no weight matrix"):
        fm.plotting.weights(fm.Sequential([fm.Activation("relu")], in_features=2))


def test_matplotlib_is_imported_by_the_first_picture_only(monkeypatch):
    code = "import sys, fusedmlp.plotting; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install fusedmlp\[plot\]"):
        HISTORY.plot()

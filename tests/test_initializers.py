"""Initializers: moments and bounds of large draws with fixed seeds, torch's rules, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.core.catalogue import ACTIVATIONS
from fusedmlp.initializers import HE_ACTIVATIONS, INITIALIZERS, initialize, resolve_auto

SHAPE = FAN_IN, FAN_OUT = 300, 200


def draw(spec, shape=SHAPE, seed=0, **kwargs):
    return initialize(spec, shape, np.random.default_rng(seed), **kwargs)


@pytest.mark.parametrize(
    ("name", "variance"),
    [("he", 2 / FAN_IN), ("glorot", 2 / (FAN_IN + FAN_OUT)), ("lecun", 1 / FAN_IN)],
)
def test_scaled_rules(name, variance):
    for kind, kurtosis in (("normal", 3.0), ("uniform", 1.8)):
        w = draw(f"{name}_{kind}")
        assert w.shape == SHAPE
        assert w.dtype == np.float64
        n, std = w.size, math.sqrt(variance)
        assert abs(w.mean()) < 5 * std / math.sqrt(n)
        # The sample variance scatters by sqrt((kurtosis - 1) / n).
        assert w.var() / variance == pytest.approx(1, abs=5 * math.sqrt((kurtosis - 1) / n))
        assert np.mean((w / std) ** 4) == pytest.approx(kurtosis, rel=0.1)
        if kind == "uniform":
            assert np.abs(w).max() <= math.sqrt(3) * std
            assert np.abs(w).max() > 0.999 * math.sqrt(3) * std
        else:
            assert np.abs(w).max() > 3.5 * std  # nothing cut off


def test_torch_rule_for_weights_and_biases():
    for shape, fan_in in ((SHAPE, None), ((4000,), 300)):
        w = draw("torch", shape, fan_in=fan_in)
        bound = 1 / math.sqrt(300)
        assert 0.99 * bound < np.abs(w).max() <= bound
        assert w.std() == pytest.approx(bound / math.sqrt(3), rel=0.03)


def test_truncated_normal():
    w = draw("truncated_normal")
    assert np.abs(w).max() <= 2
    assert np.abs(w).max() > 1.99
    # Standard deviation of N(0, 1) cut at +-2.
    assert w.std() == pytest.approx(0.87962566, rel=0.01)
    assert abs(w.mean()) < 5 * w.std() / math.sqrt(w.size)


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7), (1, 3), (3, 1)])
def test_orthogonal(shape):
    w = draw("orthogonal", shape)
    assert w.shape == shape
    assert w.flags.c_contiguous
    product = w.T @ w if shape[0] >= shape[1] else w @ w.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_has_no_preferred_sign():
    signs = [np.sign(draw("orthogonal", (3, 3), seed=s)[0, 0]) for s in range(200)]
    assert abs(np.mean(signs)) < 0.25


def test_constants():
    assert not draw("zeros", (3,)).any()
    assert (draw("ones", (2, 3)) == 1).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_auto_looks_at_the_activation(activation):
    rule = "he_normal" if activation in HE_ACTIVATIONS else "glorot_uniform"
    rule = "lecun_normal" if activation == "selu" else rule
    assert resolve_auto(activation) == rule
    wanted = draw(rule)
    assert np.array_equal(draw("auto", activation=activation), wanted)
    assert not draw("auto", (4,), activation=activation, fan_in=3).any()


def test_the_relu_family_is_made_of_activations():
    assert set(HE_ACTIVATIONS) < set(ACTIVATIONS)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_seed_fixes_the_draw(name):
    assert np.array_equal(draw(name, seed=3), draw(name, seed=3))
    if name not in ("zeros", "ones"):
        assert not np.array_equal(draw(name, seed=3), draw(name, seed=4))


def test_callables():
    def small(shape, rng):
        return rng.normal(0, 0.01, shape).astype(np.float32)

    w = draw(small)
    assert w.dtype == np.float64
    assert w.std() == pytest.approx(0.01, rel=0.05)
    assert draw(lambda shape, rng: [[1, 2]], (1, 2)).tolist() == [[1.0, 2.0]]
    with pytest.raises(
        ValueError, match=r"initialize: wrong must return shape \(2, 3\), got \(3,\)"
    ):
        wrong = lambda shape, rng: np.zeros(3)  # noqa: E731
        wrong.__name__ = "wrong"
        draw(wrong, (2, 3))
    with pytest.raises(ValueError, match=r"must be finite, got nan at position \(0, 0\)"):
        draw(lambda shape, rng: np.full(shape, np.nan), (2, 2))
    with pytest.raises(TypeError, match="must hold real numbers"):
        draw(lambda shape, rng: np.zeros(shape, complex), (2, 2))


def test_bad_specs():
    with pytest.raises(ValueError, match="initialize: spec must be one of auto, he_normal"):
        draw("xavier")
    with pytest.raises(TypeError, match="initialize: spec must be a name or a callable"):
        draw(3)
    with pytest.raises(ValueError, match=r"he_normal needs a weight of shape .* got shape \(4,\)"):
        draw("he_normal", (4,))
    with pytest.raises(ValueError, match="must hold positive sizes"):
        draw("he_normal", (0, 4))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_layers_take_every_name(name):
    model = fm.Sequential([fm.Dense(3, "relu", in_features=4, weight_init=name)], seed=0)
    values = model.parameters()["0.weight"]
    assert np.isfinite(values).all()
    assert bool(values.any()) == (name != "zeros")
    assert bool(model.parameters()["0.bias"].any()) == (name == "torch")


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "init", "kwargs"),
    [
        ("he_normal", "kaiming_normal_", {"nonlinearity": "relu"}),
        ("he_uniform", "kaiming_uniform_", {"nonlinearity": "relu"}),
        ("glorot_normal", "xavier_normal_", {}),
        ("glorot_uniform", "xavier_uniform_", {}),
        ("truncated_normal", "trunc_normal_", {}),
    ],
)
def test_torch_draws_from_the_same_distribution(name, init, kwargs):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    generator = torch.Generator().manual_seed(0)
    weight = torch.empty(FAN_OUT, FAN_IN, dtype=torch.float64)
    getattr(torch.nn.init, init)(weight, generator=generator, **kwargs)
    ours, theirs = np.sort(draw(name), axis=None), np.sort(weight.numpy(), axis=None)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    # Kolmogorov-Smirnov distance; beyond 2 sqrt(2/n) once in 1500 pairs of equal distributions.
    grid = np.linspace(theirs[0], theirs[-1], 400)
    distance = np.abs(np.searchsorted(ours, grid) - np.searchsorted(theirs, grid)).max() / ours.size
    assert distance < 2 * math.sqrt(2 / ours.size)

"""JAX's fastest way to train on a CPU: a whole epoch compiled into one call, Adam by optax."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import peers
from .nets import Net
from .timing import Call


def compiled_epoch(step: Any, carry: Any, batches: tuple[Any, ...]) -> Call:
    """Return an epoch of ``step(carry, batch) -> carry, loss`` as one call, a unit for each batch.

    It returns the first of `carry`, the parameters, which the next epoch uses up.
    """
    jax = peers.module("jax")

    def scan(carry: Any, data: Any) -> Any:
        return jax.lax.scan(step, carry, data)

    began = time.perf_counter()
    compiled = jax.jit(scan, donate_argnums=0).lower(carry, batches).compile()
    seconds = time.perf_counter() - began

    def epoch() -> Any:
        nonlocal carry
        carry, losses = compiled(carry, batches)
        losses.block_until_ready()
        return carry[0]

    return Call(epoch, len(batches[0]), seconds)


def jax_epoch(net: Net, dtype: str, X: NDArray[Any], y: NDArray[Any]) -> Call:
    """``jit`` of ``lax.scan`` over the batches of an epoch, cut beforehand: no shuffling.

    Parameters and optimizer state are donated, so that they are updated in place.
    """
    jax, optax = peers.module("jax"), peers.module("optax")
    jax.config.update("jax_enable_x64", dtype == "float64")
    weights = [(jax.numpy.asarray(W), jax.numpy.asarray(b)) for W, b in _first_values(net, dtype)]
    optimizer = optax.adam(1e-3)
    batches = (
        jax.numpy.asarray(X.reshape(-1, net.batch, net.sizes[0])),
        jax.numpy.asarray(y.reshape(-1, net.batch)),
    )

    def loss(layers: Any, x: Any, target: Any) -> Any:
        for W, b in layers[:-1]:
            x = jax.nn.relu(x @ W + b)
        W, b = layers[-1]
        out = x @ W + b
        if net.loss == "mse":
            return ((out[:, 0] - target) ** 2).mean()
        return optax.softmax_cross_entropy_with_integer_labels(out, target).mean()

    def step(carry: Any, batch: Any) -> Any:
        layers, state = carry
        value, gradient = jax.value_and_grad(loss)(layers, *batch)
        updates, state = optimizer.update(gradient, state, layers)
        return (optax.apply_updates(layers, updates), state), value

    return compiled_epoch(step, (weights, optimizer.init(weights)), batches)


def _first_values(net: Net, dtype: str) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Return weight and bias of each layer, those of our own model."""
    values = list(net.ours(dtype).parameters().values())
    return [(np.array(W), np.array(b)) for W, b in zip(values[::2], values[1::2], strict=True)]

"""Layers as plain values, for files and pickles; nothing in a description is ever executed."""

from __future__ import annotations

from typing import Any

from .base import Layer

LAYERS: dict[str, type[Layer]] = {}  # by name; filled by the package


def layer_to_dict(layer: Layer) -> dict[str, Any]:
    """Return a layer as plain values."""
    return {"layer": type(layer).__name__, **layer.config()}


def layer_from_dict(item: dict[str, Any]) -> Layer:
    """Return the layer that :func:`layer_to_dict` described."""
    settings = dict(item)
    name = settings.pop("layer")
    if name not in LAYERS:
        raise ValueError(f"unknown layer {name!r}")
    return LAYERS[name].from_config(settings)

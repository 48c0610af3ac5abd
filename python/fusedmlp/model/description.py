"""A model as plain values, a description (dict) and tensors by name, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks.arrays import Array
from ..checks.numbers import integer
from ..core.exceptions import CheckpointError
from ..layers import layer_from_dict, layer_to_dict
from .parameters import Parameters

# What a damaged or hostile description may raise; blocks nested a thousand deep end the recursion.
_DAMAGED = (
    KeyError, ValueError, TypeError, AttributeError, OverflowError, IndexError, RecursionError,
)  # fmt: skip


def describe(model: Parameters, function: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description of a built model, and views of its parameters and statistics.

    Parameters
    ----------
    model : Parameters
    function : str
        For messages.

    Returns
    -------
    description : dict
        Layers, sizes, seed, position and metadata. A callable initialiser becomes "auto".
    tensors : dict of arrays
    """
    model._require_built(function)
    description = {
        "in_features": model.in_features,
        "dtype": model.dtype,
        "seed": model.seed,
        "epochs_trained": model.epochs_trained,
        "steps_trained": model.steps_trained,
        "layers": [layer_to_dict(layer) for layer in model.layers],
        "metadata": model.metadata,
    }
    return description, {**model.parameters(), **model.statistics()}


def set_up(
    model: Parameters, description: Mapping[str, Any], tensors: Mapping[str, Array], where: str
) -> None:
    """Make `model`, an object whose constructor was not called, the model that is described.

    Sizes are compared before anything is allocated for them: a description that asks for more
    numbers than there are in `tensors` costs no memory.

    Parameters
    ----------
    model : Parameters
    description, tensors
        As :func:`describe` returns them; the tensors are copied.
    where : str
        Beginning of messages, such as "load: model.safetensors".

    Raises
    ------
    CheckpointError
        If the description makes no sense, or the tensors do not fit it.
    """
    try:
        layers = tuple(layer_from_dict(item) for item in description["layers"])
        model._set_up(layers, description["dtype"], description["seed"])
        model._plan(integer(description["in_features"], where, "in_features", low=1))
        _check_tensors(model, tensors, where)
        model._allocate()
        for name, view in {**model.parameters(), **model.statistics()}.items():
            view[...] = tensors[name]
        model.epochs_trained = int(description["epochs_trained"])
        model.steps_trained = int(description["steps_trained"])
        model.metadata = dict(description["metadata"])
    except CheckpointError:
        raise
    except _DAMAGED as error:
        raise CheckpointError(f"{where} describes no valid model: {error!r}") from error


def _check_tensors(model: Parameters, tensors: Mapping[str, Array], where: str) -> None:
    wanted = {name: t.shape for name, t in {**model._parameters, **model._buffers}.items()}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if wanted != found:
        raise CheckpointError(f"{where} holds {found}, but its layers need {wanted}")
    for name, tensor in tensors.items():
        if tensor.dtype != model.dtype:
            raise CheckpointError(f"{where}: {name} is {tensor.dtype}, not {model.dtype}")

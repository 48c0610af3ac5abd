"""Networks of other libraries as models of this one: ``from_torch`` and the like.

Each imports what it reads with when it is called, so that the package starts without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from .exchange.taken import OUTPUTS, Taken
from .layers import Layer, checked_layers
from .sequential import Sequential
from .softmax_sequential import SoftmaxSequential


def from_torch(module: Any, layers: Sequence[Layer] | None = None) -> Sequential:
    """Return a PyTorch network as a model with the same predictions (those of ``eval()``).

    Parameters
    ----------
    module : torch.nn.Module, or dict of tensors
        ``nn.Sequential``, nested as you like, of ``Linear``, the activations of
        ``fm.functional.ACTIVATIONS``, ``Dropout``, ``BatchNorm1d``, ``LayerNorm``, ``Flatten``,
        ``Identity``, and ``Softmax`` or ``LogSoftmax`` at the end. Or a state dict.
    layers : list of layers, with a state dict
        The layers that the weights belong to, in order, such as ``[fm.Dense(64, "relu"), ...]``.

    Returns
    -------
    Sequential
        In float64 if the weights are, else float32. With a softmax a :class:`SoftmaxSequential`.

    Raises
    ------
    TypeError, ValueError
        If a module cannot be taken over: the message names it, and what can. A module with a
        ``forward`` of its own says nothing of the order of its parts: give its ``state_dict()``
        and `layers`.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> state = {"fc.weight": np.array([[1.0, 2.0]]), "fc.bias": np.array([3.0])}
    >>> fm.from_torch(state, [fm.Dense(1)]).predict([[1.0, 1.0]])
    array([[6.]])
    """
    from .exchange.from_torch import take_torch
    from .exchange.state_dicts import assign, read_state

    if layers is None:
        if isinstance(module, Mapping):
            raise ValueError("from_torch: a state dict needs layers=[fm.Dense(...), ...]")
        return _model(take_torch(module))
    arrays, ordered = read_state(module, "from_torch", "module")
    if not arrays:
        raise ValueError("from_torch: module is a state dict without arrays")
    checked = checked_layers(layers, "from_torch")
    name, first = next(iter(arrays.items()))
    if first.ndim == 0:
        raise ValueError(
            f"from_torch: {name!r} must be a weight with a column for each input, got ()"
        )
    dtype = "float64" if any(a.dtype == np.float64 for a in arrays.values()) else "float32"
    model = Sequential(checked, in_features=int(first.shape[-1]), dtype=dtype)
    assign(model, arrays, ordered, True, None, "from_torch")
    return model


def from_keras(model: Any) -> Sequential:
    """Return a Keras 3 network as a model with the same predictions (those of ``predict``).

    Parameters
    ----------
    model : keras.Model, built
        ``keras.Sequential`` or a functional chain of ``Dense``, ``Activation``, ``ReLU``,
        ``LeakyReLU``, ``ELU``, ``Dropout``, ``BatchNormalization``, ``LayerNormalization``,
        ``Normalization``, ``Rescaling``, ``InputLayer``, ``Flatten``, ``Identity``, and
        ``Softmax`` (or the activation) at the end; any backend.

    Returns
    -------
    Sequential
        In float64 if the weights are, else float32. With a softmax a :class:`SoftmaxSequential`.
        A ``Normalization`` is a BatchNorm with its statistics, a ``Rescaling`` a Scale.

    Raises
    ------
    TypeError, ValueError
        If a layer cannot be taken over: the message names it, and what can.
    """
    from .exchange.from_keras import take_keras

    return _model(take_keras(model))


def from_onnx(path: str | PathLike[str]) -> Sequential:
    """Return the network in an ONNX file as a model with the same predictions.

    Parameters
    ----------
    path : path-like, or onnx.ModelProto
        A graph of one input and one output: ``Gemm``, ``MatMul`` and ``Add``, activations,
        ``BatchNormalization``, ``LayerNormalization``, ``Sub``, ``Mul`` and ``Div`` by constants
        (scalers), ``Identity``, ``Flatten``, ``Dropout``, blocks ``x + f(x)``, and ``Softmax`` or
        ``LogSoftmax`` at the end.

    Returns
    -------
    Sequential
        In float64 if the input is, else float32. With a softmax a :class:`SoftmaxSequential`.

    Raises
    ------
    ImportError
        If the package onnx is not installed: ``pip install "fusedmlp[onnx]"``.
    CheckpointError
        If the file is damaged.
    ValueError
        If an operator cannot be taken over: the message names it, and what can.
    """
    from .exchange.from_onnx import take_onnx

    return _model(take_onnx(path))


def accelerate(model: Any) -> Sequential:
    """Return a network of any library as a model that gives the same numbers, faster.

    Parameters
    ----------
    model : torch.nn.Module, keras.Model, fitted scikit-learn MLP, path of an ONNX file, Sequential
        A :class:`Sequential` comes back as it is.

    Returns
    -------
    Sequential
        ``predict`` and ``predict_one`` give what `model` gives: for scikit-learn's classifiers the
        probabilities (of two classes that of the second), for all others their outputs.

    Raises
    ------
    TypeError
        If `model` is none of these.
    ValueError
        If a layer cannot be taken over.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.MLP([2, 3, 1], seed=0)
    >>> fm.accelerate(model) is model
    True
    """
    if isinstance(model, Sequential):
        return model
    homes = {cls.__module__.partition(".")[0] for cls in type(model).__mro__}
    # A Keras model on the torch backend is a torch module too.
    if "keras" in homes:
        return from_keras(model)
    if "torch" in homes:
        return from_torch(model)
    if hasattr(model, "out_activation_") or type(model).__name__ in _ESTIMATORS:
        from .exchange.from_sklearn import take_sklearn

        return _model(take_sklearn(model))
    if isinstance(model, (str, PathLike)) or "onnx" in homes:
        return from_onnx(model)
    raise TypeError(
        "accelerate: model must be a torch.nn.Module, a Keras model, a fitted MLPClassifier or "
        f"MLPRegressor, the path of an ONNX file or a Sequential, got {type(model).__name__}"
    )


_ESTIMATORS = ("MLPClassifier", "MLPRegressor")


def _model(taken: Taken) -> Sequential:
    kind = Sequential if taken.outputs is None else SoftmaxSequential
    dtype = taken.dtype or "float32"
    model = kind(taken.layers, in_features=taken.in_features, dtype=dtype)
    views = {**model.parameters(), **model.statistics()}
    for name, array in taken.tensors().items():
        views[name][...] = array
    if taken.outputs is not None:
        model.metadata[OUTPUTS] = taken.outputs
    return model

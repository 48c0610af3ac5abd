"""Calls that work, and the kind of each of their arguments: the table of test_refusals.py.

A call is a function of no arguments that returns fresh ones by name, because what it gets must be
unchanged after each refusal. Ranges are written out here rather than taken from the catalogue:
they are the promise, not the code's idea of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import fusedmlp as fm
from bad_values import (
    COUNT,
    EPS,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SIZE,
    Bad,
    Kind,
    classes,
    flag,
    inplace,
    integer,
    name,
    needed_array,
    number,
    output,
    pair,
    rows,
    sequence,
    shaped,
    weights,
    without,
)
from fusedmlp import functional as F

Arguments = dict[str, Any]


class Call(NamedTuple):
    """A call that works: what messages call it, how it is made, and its arguments' kinds.

    An empty title stands for messages that do not begin with one.
    """

    title: str
    call: Callable[..., Any]
    good: Callable[[], Arguments]
    kinds: dict[str, Kind]


def table() -> list[Call]:
    """Return all calls."""
    parts = (
        _activations,
        _losses,
        _steps,
        _layers_on_arrays,
        _layers,
        _models,
        _passes,
        _training,
        _optimizers,
        _schedules,
        _callbacks,
        _many,
        _others,
    )
    return [call for part in parts for call in part()]


def _floats(*shape: int, low: float = -1.0, high: float = 1.0) -> Any:
    return np.random.default_rng(sum(shape)).uniform(low, high, shape).astype(np.float32)


# Functions on arrays

_ACTIVATION_NUMBERS = {
    "leaky_relu": {"negative_slope": number()},
    "elu": {"alpha": NOT_NEGATIVE},
    "celu": {"alpha": POSITIVE},
    "softplus": {"beta": POSITIVE},
    "hardtanh": {"min_val": number(), "max_val": number(-1.0, -2.0)},
}


def _activations() -> Iterator[Call]:
    for title in F.ACTIVATIONS:
        numbers = _ACTIVATION_NUMBERS.get(title, {})
        yield Call(
            title,
            getattr(F, title),
            lambda: {"x": _floats(3, 4), "out": np.zeros((3, 4), np.float32)},
            {"x": needed_array, "out": output, **numbers},
        )
        yield Call(
            f"{title}_backward",
            getattr(F, f"{title}_backward"),
            lambda: {
                "dy": _floats(3, 4),
                "x": _floats(3, 4),
                "y": _floats(3, 4),
                "out": np.zeros((3, 4), np.float32),
            },
            {"dy": needed_array, "x": shaped, "y": shaped, "out": output, **numbers},
        )


_LOSS_NUMBERS = {
    "huber": {"delta": POSITIVE},
    "quantile": {"q": without(number(0.0, 1.0, -0.5, 1.5), "[0.5]", repr(np.ones(2)))},
    "cross_entropy": {
        "label_smoothing": number(-0.1, 1.5),
        "class_weight": sequence(
            ("balanced", TypeError),
            ({5: 1.0}, ValueError),
            ({-1: 1.0}, ValueError),
            ({"a": 1}, TypeError),
            ([1.0, 1.0], ValueError),
            ([1.0, -1.0, 1.0], ValueError),
            ([1.0, np.nan, 1.0], ValueError),
            ({0: -1.0}, ValueError),
            ({0: "1"}, TypeError),
            ([0.0, 0.0, 0.0], ValueError),
        ),
    },
}


def _losses() -> Iterator[Call]:
    for loss in F.LOSSES:
        for title in (loss, f"{loss}_value_and_grad"):
            yield Call(
                title,
                getattr(F, title),
                lambda loss=loss: {
                    "pred": _floats(4, 3),
                    "target": np.array([0, 2, 1, 2])
                    if loss == "cross_entropy"
                    else np.sign(_floats(4, 3))
                    if loss == "hinge"
                    else _floats(4, 3, low=0.0),
                    "sample_weight": np.ones(4),
                },
                {
                    "pred": needed_array,
                    "target": classes if loss == "cross_entropy" else shaped,
                    "sample_weight": weights,
                    "reduction": name(None),
                    **_LOSS_NUMBERS.get(loss, {}),
                },
            )


_BETA = pair((1.0, 0.9), (0.9, 1.0))
_RULES = {
    "sgd": (
        ("velocity",),
        {
            "momentum": NOT_NEGATIVE,
            "dampening": number(),
            "nesterov": flag,
            "lr_in_velocity": flag,
            "first": flag,
        },
    ),
    "adagrad": (("sum",), {"lr_decay": NOT_NEGATIVE, "eps": NOT_NEGATIVE}),
    "adadelta": (("square_avg", "acc_delta"), {"rho": SHARE, "eps": NOT_NEGATIVE}),
    "rmsprop": (
        ("square_avg", "velocity", "grad_avg"),
        {"alpha": SHARE, "eps": NOT_NEGATIVE, "momentum": NOT_NEGATIVE, "centered": flag},
    ),
    "adam": (
        ("m", "v", "vmax"),
        {"betas": _BETA, "eps": NOT_NEGATIVE, "amsgrad": flag, "epsilon_hat": flag},
    ),
    "adamw": (
        ("m", "v", "vmax"),
        {"betas": _BETA, "eps": NOT_NEGATIVE, "amsgrad": flag, "epsilon_hat": flag},
    ),
    "adamax": (("m", "u"), {"betas": _BETA, "eps": NOT_NEGATIVE}),
    "nadam": (
        ("m", "v"),
        {
            "betas": _BETA,
            "eps": NOT_NEGATIVE,
            "momentum_decay": NOT_NEGATIVE,
            "decoupled_weight_decay": flag,
        },
    ),
    "radam": (("m", "v"), {"betas": _BETA, "eps": NOT_NEGATIVE, "decoupled_weight_decay": flag}),
    "lion": (("m",), {"betas": _BETA}),
    "rprop": (("previous_grad", "step_size"), {"etas": pair(), "step_sizes": pair()}),
}
# Options under which every array of the state is used.
_ALL_STATE = {
    "sgd": {"momentum": 0.9},
    "rmsprop": {"momentum": 0.9, "centered": True},
    "adam": {"amsgrad": True},
    "adamw": {"amsgrad": True},
}


def _steps() -> Iterator[Call]:
    for rule, (state, options) in _RULES.items():

        def good(rule: str = rule, state: tuple[str, ...] = state) -> Arguments:
            arrays = {key: np.ones(6, np.float32) for key in state}
            extra = {"mu_product": np.ones(1)} if rule == "nadam" else {}
            count = {} if rule == "sgd" else {"step": 3}
            return {
                "p": _floats(6),
                "g": _floats(6),
                **arrays,
                **extra,
                **count,
                "lr": 0.1,
                **_ALL_STATE.get(rule, {}),
            }

        kinds = {
            "p": inplace,
            "g": shaped,
            **dict.fromkeys(state, output),
            "lr": NOT_NEGATIVE,
            "step": integer(0, -1, 2**64),
            "weight_decay": NOT_NEGATIVE,
            **options,
        }
        for key, missing in (("step", rule == "sgd"), ("weight_decay", rule == "rprop")):
            if missing:
                del kinds[key]
        yield Call(f"{rule}_step", getattr(F, f"{rule}_step"), good, kinds)


def _norm() -> Arguments:
    return {"x": _floats(5, 3), "gamma": _floats(3), "beta": _floats(3)}


def _layers_on_arrays() -> Iterator[Call]:
    def out(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    for title in ("softmax", "log_softmax"):
        yield Call(
            title,
            getattr(F, title),
            lambda: {"x": _floats(3, 4), "out": out(3, 4)},
            {"x": needed_array, "out": output},
        )
        yield Call(
            f"{title}_backward",
            getattr(F, f"{title}_backward"),
            lambda: {"dy": _floats(3, 4), "y": _floats(3, 4), "out": out(3, 4)},
            {"dy": needed_array, "y": shaped, "out": output},
        )
    yield Call(
        "dense",
        F.dense,
        lambda: {"x": _floats(5, 4), "W": _floats(4, 3), "b": _floats(3), "out": out(5, 3)},
        {"x": needed_array, "W": shaped, "b": shaped, "activation": name(), "out": output},
    )
    yield Call(
        "dense_backward",
        F.dense_backward,
        lambda: {"dy": _floats(5, 3), "x": _floats(5, 4), "W": _floats(4, 3)},
        {"dy": shaped, "x": shaped, "W": shaped, "need_dx": flag},
    )
    yield Call(
        "dropout",
        F.dropout,
        lambda: {"x": _floats(5, 4), "p": 0.5, "seed": 1, "step": 0, "out": out(5, 4)},
        {
            "x": needed_array,
            "p": SHARE,
            "seed": integer(-1, 2**63),
            "step": integer(-1, 2**64),
            "out": output,
        },
    )
    yield Call(
        "dropout_backward",
        F.dropout_backward,
        lambda: {"dy": _floats(5, 4), "mask": _floats(5, 4) > 0, "p": 0.5, "out": out(5, 4)},
        {"dy": needed_array, "p": SHARE, "out": output},
    )
    yield Call(
        "layer_norm",
        F.layer_norm,
        lambda: {**_norm(), "out": out(5, 3)},
        {"x": needed_array, "gamma": shaped, "beta": shaped, "eps": EPS, "out": output},
    )
    yield Call(
        "layer_norm_backward",
        F.layer_norm_backward,
        lambda: {"dy": _floats(5, 3), "x": _floats(5, 3), "gamma": _floats(3)},
        {"dy": shaped, "x": shaped, "gamma": shaped, "eps": EPS},
    )
    yield Call(
        "batch_norm",
        F.batch_norm,
        lambda: {
            **_norm(),
            "running_mean": np.zeros(3, np.float32),
            "running_var": np.ones(3, np.float32),
            "training": True,
            "out": out(5, 3),
        },
        {
            "x": needed_array,
            "gamma": shaped,
            "beta": shaped,
            "running_mean": output,
            "running_var": output,
            "training": flag,
            "momentum": SHARE,
            "eps": EPS,
            "out": output,
        },
    )
    yield Call(
        "batch_norm_backward",
        F.batch_norm_backward,
        lambda: {
            "dy": _floats(5, 3),
            "x": _floats(5, 3),
            "gamma": _floats(3),
            "running_mean": _floats(3),
            "running_var": np.ones(3, np.float32),
        },
        {
            "dy": shaped,
            "x": shaped,
            "gamma": shaped,
            "running_mean": shaped,
            "running_var": shaped,
            "training": flag,
            "eps": EPS,
        },
    )
    yield Call(
        "clip_grad_norm_",
        F.clip_grad_norm_,
        lambda: {"g": _floats(6), "max_norm": 1.0},
        {"g": inplace, "max_norm": without(NOT_NEGATIVE, "inf")},
    )
    yield Call(
        "clip_grad_value_",
        F.clip_grad_value_,
        lambda: {"g": _floats(6), "limit": 1.0},
        {"g": inplace, "limit": NOT_NEGATIVE},
    )


# Layers and models

_SCALES = {"lr_scale": NOT_NEGATIVE, "decay_scale": NOT_NEGATIVE}
_LAYERS = sequence(
    (3, TypeError),
    (None, TypeError),
    ([], ValueError),
    (["relu"], TypeError),
    ([fm.Dense], TypeError),
    ([None], TypeError),
    ("Dense", TypeError),
)
_SIZES = sequence(
    ("5", TypeError),
    (None, TypeError),
    (3, TypeError),
    ([4], ValueError),
    ([], ValueError),
    ([4, 0], ValueError),
    ([4, -1], ValueError),
    ([4, True], TypeError),
    ([4, 3.0], TypeError),
    ([4, "5"], TypeError),
    ([2**31, 4], ValueError),
    ([4, 2**64], ValueError),
    ({4, 3}, TypeError),
)


def _layers() -> Iterator[Call]:
    yield Call(
        "Dense",
        fm.Dense,
        lambda: {"units": 3},
        {
            "units": SIZE,
            "activation": name(),
            "bias": flag,
            "in_features": without(SIZE, "None"),
            "weight_init": without(name(None), repr(object)),
            "bias_init": without(name(None), repr(object)),
            "weight_scale": name(),
            "trainable_activation": flag,
            **_SCALES,
            "bias_lr_scale": NOT_NEGATIVE,
            "bias_decay_scale": NOT_NEGATIVE,
            "activation_lr_scale": NOT_NEGATIVE,
            "activation_decay_scale": NOT_NEGATIVE,
        },
    )
    yield Call("Activation", fm.Activation, lambda: {"name": "elu"}, {"name": name(None)})
    for title, numbers in _ACTIVATION_NUMBERS.items():
        yield Call("Activation", fm.Activation, lambda title=title: {"name": title}, numbers)
    yield Call("Dropout", fm.Dropout, dict, {"p": SHARE})
    yield Call("BatchNorm", fm.BatchNorm, dict, {"momentum": SHARE, "eps": EPS, **_SCALES})
    yield Call("LayerNorm", fm.LayerNorm, dict, {"eps": EPS, **_SCALES})
    yield Call("Scale", fm.Scale, dict, _SCALES)
    yield Call("Residual", fm.Residual, lambda: {"layers": [fm.LayerNorm()]}, {"layers": _LAYERS})
    columns = sequence(
        (3, TypeError),
        ("0", TypeError),
        ([0.0], TypeError),
        ([-1], ValueError),
        ([0, 0], ValueError),
        ([True], TypeError),
    )
    sizes = sequence(
        (3, TypeError),
        ([], ValueError),
        ([0], ValueError),
        ([3.0], TypeError),
        (["3"], TypeError),
        ([True], TypeError),
        (None, TypeError),
        ([2**40], ValueError),
    )
    yield Call(
        "CategoryEmbedding",
        fm.CategoryEmbedding,
        lambda: {"sizes": [3]},
        {"sizes": sizes, "dim": SIZE, "columns": columns, **_SCALES},
    )
    yield Call(
        "OneHot",
        fm.OneHot,
        lambda: {"sizes": [3]},
        {"sizes": sizes, "columns": columns, "skip_first": flag},
    )
    yield Call(
        "NumericEmbedding",
        fm.NumericEmbedding,
        dict,
        {
            "kind": name(None),
            "dim": SIZE,
            "columns": columns,
            "frequencies": without(SIZE, "None"),
            "frequency_scale": without(NOT_NEGATIVE, "None"),
            **_SCALES,
            "bias_decay_scale": NOT_NEGATIVE,
        },
    )
    yield Call("Loss", fm.Loss, lambda: {"name": "mse"}, {"name": name(None)})
    for title, numbers in _LOSS_NUMBERS.items():
        kinds = {key: kind for key, kind in numbers.items() if key != "class_weight"}
        yield Call("Loss", fm.Loss, lambda title=title: {"name": title}, kinds)


_DTYPES = sequence(
    *((v, ValueError) for v in ("float16", "int32", "", np.float16, int, "f4x")),
    (None, TypeError),
    (3, TypeError),
)
_SEED = sequence(
    ("1", TypeError),
    (True, TypeError),
    (1.0, TypeError),
    ([1], TypeError),
    (-1, ValueError),
    (2**63, ValueError),
    (np.random, TypeError),
)


def _models() -> Iterator[Call]:
    yield Call(
        "MLP",
        fm.MLP,
        lambda: {"sizes": [4, 5, 3]},
        {
            "sizes": _SIZES,
            "activation": name(None),
            "output_activation": name(),
            "dropout": SHARE,
            "norm": name(),
        },
    )
    yield Call(
        "Sequential", fm.MLP, lambda: {"sizes": [4, 5, 3]}, {"dtype": _DTYPES, "seed": _SEED}
    )
    yield Call(
        "Sequential",
        fm.Sequential,
        lambda: {"layers": [fm.Dense(3)]},
        {"layers": _LAYERS, "in_features": without(SIZE, "None"), "dtype": _DTYPES, "seed": _SEED},
    )
    yield Call(
        "Sequential.build",
        fm.Sequential.build,
        lambda: {"self": fm.Sequential([fm.Dense(3)], seed=0), "in_features": 3},
        {"in_features": SIZE},
    )


def _model(**options: Any) -> fm.Sequential:
    return fm.MLP([4, 5, 3], seed=0, **options)


def _passed() -> fm.Sequential:
    model = _model()
    model.forward(_floats(5, 4), training=True)
    return model


_FEW_ROWS = ("one row less", "one row more")  # of inputs: any number of rows is right


def _passes() -> Iterator[Call]:
    inputs = without(shaped, *_FEW_ROWS)
    for make in (_model, _passed):  # without and with the short way for exact arrays
        yield Call(
            "forward",
            fm.Sequential.forward,
            lambda make=make: {"self": make(), "x": _floats(5, 4)},
            {"x": inputs, "training": flag},
        )
        yield Call(
            "predict",
            fm.Sequential.predict,
            lambda make=make: {
                "self": make(),
                "X": _floats(5, 4),
                "out": np.zeros((5, 3), np.float32),
            },
            {"X": inputs, "out": output, "batch_size": without(SIZE, "None")},
        )
        yield Call(
            "predict_one",
            fm.Sequential.predict_one,
            lambda make=make: {"self": make(), "x": _floats(4), "out": np.zeros(3, np.float32)},
            {"x": shaped, "out": output},
        )
        yield Call(
            "input_gradient",
            fm.Sequential.input_gradient,
            lambda make=make: {"self": make(), "X": _floats(5, 4), "dy": _floats(5, 3)},
            {"X": inputs, "dy": shaped},
        )
        yield Call(
            "jacobian",
            fm.Sequential.jacobian,
            lambda make=make: {"self": make(), "X": _floats(5, 4)},
            {"X": inputs},
        )
    yield Call(
        "backward",
        fm.Sequential.backward,
        lambda: {"self": _passed(), "dy": _floats(5, 3)},
        {"dy": shaped, "need_dx": flag},
    )


# Training

_LOSS = name(None)
_INPUTS = without(rows, *_FEW_ROWS)  # rows too many or too few: y is named
_METRICS = sequence(
    (3, TypeError),
    ("accurate", ValueError),
    ([3], TypeError),
    (["loss"], ValueError),
    (["accuracy", "accuracy"], ValueError),
    (None, TypeError),
)
_CLIP = without(number(0.0, -1.0), "None")
_CLASS_WEIGHT = sequence(
    ("even", ValueError),
    ({5: 1.0}, ValueError),
    ({-1: 1.0}, ValueError),
    ([1.0, 1.0], ValueError),
    ([1.0, -1.0, 1.0], ValueError),
    ([1.0, np.nan, 1.0], ValueError),
    ({0: -1.0}, ValueError),
    ({0: "1"}, TypeError),
    ({"a": 1.0}, (TypeError, ValueError)),
)


def _data() -> Arguments:
    return {
        "X": _floats(8, 4),
        "y": np.array([0, 1, 2, 0, 1, 2, 0, 1]),
        "sample_weight": np.ones(8),
    }


def _training() -> Iterator[Call]:
    fit = {
        "X": _INPUTS,
        "y": classes,
        "sample_weight": weights,
        "loss": _LOSS,
        "optimizer": name(None, fm.optim.Adam),
        "epochs": SIZE,
        "batch_size": SIZE,
        "shuffle": flag,
        "class_weight": _CLASS_WEIGHT,
        "validation_split": number(-0.1, 1.0, 2.0),
        "metrics": _METRICS,
        "callbacks": sequence(
            ([print], TypeError),
            ([3], TypeError),
            ([fm.callbacks.EMA], TypeError),
            (3, TypeError),
            (None, TypeError),
        ),
        "clip_grad_norm": without(_CLIP, "inf"),
        "clip_grad_value": _CLIP,
        "dropout_scale": without(number(-0.1, 1.5), repr(print)),
        "max_seconds": _CLIP,
        "progress": sequence(("yes", TypeError), (1, TypeError), (None, TypeError)),
        "num_threads": without(integer(0, -1, 4097, 2**64), "None"),
        "seed": _SEED,
        "on_gradient": sequence((3, TypeError), ("print", TypeError)),
        "doctor": flag,
        "validation_data": sequence(
            (3, TypeError),
            ((1,), TypeError),
            ("ab", TypeError),
            ((_floats(2, 3), [0, 1]), ValueError),
            ((_floats(2, 4), [0, 3]), ValueError),
            ((_floats(2, 4), [0]), ValueError),
            ((_floats(2, 4) * np.nan, [0, 1]), ValueError),
        ),
    }
    yield Call(
        "fit",
        fm.Sequential.fit,
        lambda: {"self": _model(), **_data(), "loss": "cross_entropy", "epochs": 1},
        fit,
    )
    numbers = ("X", "y", "sample_weight")
    yield Call(
        "fit",
        fm.Sequential.fit,
        lambda: {
            "self": _model(dropout=0.5),
            **_data(),
            "y": _floats(8, 3),
            "loss": "mse",
            "epochs": 1,
        },
        {**{key: fit[key] for key in numbers}, "y": rows},
    )
    for steps in (0, 2):  # without and with the short way for exact arrays

        def stepped(loss: str, y: Any, steps: int = steps) -> Arguments:
            data = {
                "self": _model(),
                "x": _floats(8, 4),
                "y": y,
                "loss": loss,
                "optimizer": fm.optim.Adam(),
            }
            for _ in range(steps):
                fm.Sequential.train_batch(**data)
            return {**data, "sample_weight": np.ones(8)}

        kinds = {
            "x": _INPUTS,
            "sample_weight": weights,
            "loss": _LOSS,
            "optimizer": name(None, fm.optim.Adam),
        }
        yield Call(
            "train_batch",
            fm.Sequential.train_batch,
            lambda s=stepped: s("cross_entropy", _data()["y"]),
            {**kinds, "y": classes},
        )
        yield Call(
            "train_batch",
            fm.Sequential.train_batch,
            lambda s=stepped: s("mse", _floats(8, 3)),
            {"x": _INPUTS, "y": rows},
        )
    yield Call(
        "evaluate",
        fm.Sequential.evaluate,
        lambda: {"self": _model(), **_data(), "loss": "cross_entropy"},
        {
            "X": _INPUTS,
            "y": classes,
            "sample_weight": weights,
            "loss": _LOSS,
            "metrics": _METRICS,
            "batch_size": SIZE,
        },
    )


_OPTIMIZER_NUMBERS = {
    "SGD": "sgd",
    "Adagrad": "adagrad",
    "Adadelta": "adadelta",
    "RMSprop": "rmsprop",
    "Adam": "adam",
    "AdamW": "adamw",
    "Adamax": "adamax",
    "NAdam": "nadam",
    "RAdam": "radam",
    "Lion": "lion",
    "Rprop": "rprop",
}


def _optimizers() -> Iterator[Call]:
    rate = without(NOT_NEGATIVE, repr(print))  # a callable is a schedule
    for title, rule in _OPTIMIZER_NUMBERS.items():
        kinds = {"lr": rate, **_RULES[rule][1]}
        kinds.pop("first", None)
        if rule != "rprop":
            kinds |= {"weight_decay": rate, "decay_all": flag}
        if rule == "adagrad":
            kinds["initial_accumulator_value"] = NOT_NEGATIVE
        yield Call(title, getattr(fm.optim, title), dict, kinds)


def _schedules() -> Iterator[Call]:
    s, gamma = fm.schedules, {"lr": NOT_NEGATIVE, "gamma": NOT_NEGATIVE}
    end = {"lr": NOT_NEGATIVE, "steps": SIZE, "eta_min": NOT_NEGATIVE}
    for call, good, kinds in (
        (s.constant, {}, {"lr": NOT_NEGATIVE}),
        (s.step, {"step_size": 3}, {**gamma, "step_size": SIZE}),
        (
            s.multistep,
            {"milestones": [3]},
            {
                **gamma,
                "milestones": sequence(
                    ([-1], ValueError),
                    ([1.0], TypeError),
                    (["a"], TypeError),
                    (3, TypeError),
                    (None, TypeError),
                ),
            },
        ),
        (s.exponential, {"gamma": 0.5}, {**gamma, "steps": SIZE}),
        (s.inverse_time, {"gamma": 0.5}, {**gamma, "steps": SIZE, "power": NOT_NEGATIVE}),
        (s.polynomial, {"steps": 3}, {**end, "power": NOT_NEGATIVE}),
        (s.cosine, {"steps": 3}, end),
        (s.cosine_restarts, {"steps": 3}, {**end, "multiply": SIZE}),
        (s.coslog, {"steps": 3}, {"lr": NOT_NEGATIVE, "steps": SIZE}),
        (s.flat_cosine, {"steps": 3}, {"lr": NOT_NEGATIVE, "steps": SIZE}),
    ):
        yield Call(call.__name__, call, lambda good=good: {"lr": 0.1, **good}, kinds)
    yield Call(
        "one_cycle",
        s.one_cycle,
        lambda: {"max_lr": 0.1, "steps": 9},
        {
            "max_lr": NOT_NEGATIVE,
            "steps": SIZE,
            "pct_start": SHARE,
            "div_factor": POSITIVE,
            "final_div_factor": POSITIVE,
            "anneal": name(None),
        },
    )
    yield Call(
        "warmup",
        s.warmup,
        lambda: {"after": s.constant(0.1), "steps": 3},
        {
            "after": sequence(("cosine", TypeError), (None, TypeError), (-1.0, ValueError)),
            "steps": SIZE,
            "start": NOT_NEGATIVE,
        },
    )
    for call in (s.constant(0.1), s.cosine(0.1, 5), s.step(0.1, 2)):
        yield Call(
            type(call).__name__,
            call,
            lambda: {"step": np.arange(4)},
            {
                "step": sequence(
                    (-1, ValueError),
                    ("1", TypeError),
                    (None, TypeError),
                    ([np.nan], ValueError),
                    (1j, TypeError),
                )
            },
        )


def _callbacks() -> Iterator[Call]:
    c = fm.callbacks
    mode = {"mode": name(None)}
    yield Call("EMA", c.EMA, lambda: {"decay": 0.9}, {"decay": SHARE, "warmup": flag})
    yield Call(
        "EarlyStopping",
        c.EarlyStopping,
        dict,
        {
            **mode,
            "patience": COUNT,
            "min_delta": NOT_NEGATIVE,
            "restore_best": flag,
            "monitor": sequence((3, TypeError), (None, TypeError)),
        },
    )
    yield Call(
        "ReduceLROnPlateau",
        c.ReduceLROnPlateau,
        dict,
        {
            **mode,
            "factor": number(-0.1, 1.5),
            "patience": COUNT,
            "min_delta": NOT_NEGATIVE,
            "cooldown": COUNT,
            "min_lr": NOT_NEGATIVE,
            "monitor": sequence((3, TypeError), (None, TypeError)),
        },
    )
    yield Call(
        "Checkpoint",
        c.Checkpoint,
        lambda: {"path": "m.safetensors"},
        {
            **mode,
            "every": SIZE,
            "path": sequence((None, TypeError), (3, TypeError), ("", ValueError)),
            "monitor": sequence((3, TypeError)),
        },
    )
    wrong = sequence((3, TypeError), ("print", TypeError))
    events = ("on_epoch_end", "on_epoch_begin", "on_train_begin", "on_train_end")
    yield Call("LambdaCallback", c.LambdaCallback, dict, dict.fromkeys(events, wrong))
    yield Call(
        "ProgressBar", c.ProgressBar, dict, {"show": sequence(("yes", TypeError), (1, TypeError))}
    )


# Many models, and what is left


def _each(kind: Kind) -> Kind:
    """`kind` for an argument that may also be a list with a value for each model."""

    def no_lists(good: Any) -> list[Bad]:
        return [row for row in kind(good) if not isinstance(row.value, (list, np.ndarray))]

    return no_lists


def _many() -> Iterator[Call]:
    yield Call(
        "fit_many",
        fm.fit_many,
        lambda: {
            "models": [_model(), _model()],
            "X": _floats(8, 4),
            "y": _data()["y"],
            "loss": "cross_entropy",
            "epochs": 1,
        },
        {
            "X": _INPUTS,
            "y": classes,
            "loss": _each(_LOSS),
            "epochs": _each(SIZE),
            "batch_size": _each(SIZE),
            "shuffle": _each(flag),
            "metrics": _METRICS,
            "models": sequence(
                (3, TypeError), ([], ValueError), ([3], TypeError), ([fm.MLP], TypeError)
            ),
            "optimizers": _each(name(None, fm.optim.Adam)),
            "clip_grad_norm": _each(without(_CLIP, "inf")),
            "clip_grad_value": _each(_CLIP),
            "max_seconds": _each(_CLIP),
            "doctor": flag,
            "num_threads": without(integer(0, -1, 4097), "None"),
            "class_weight": _each(_CLASS_WEIGHT),
        },
    )
    own = {
        "X": _INPUTS,
        "y": classes,
        "loss": _each(_LOSS),
        "metrics": _METRICS,
        "seed": _SEED,
        "folds": sequence(
            (1, ValueError),
            (0, ValueError),
            (-1, ValueError),
            (9, ValueError),
            ("5", TypeError),
            (True, TypeError),
            (2.0, TypeError),
            (None, TypeError),
        ),
    }
    data = {"loss": "cross_entropy", "epochs": 1, "folds": 2}
    yield Call(
        "cross_validate",
        fm.cross_validate,
        lambda: {"builder": _model, "X": _floats(8, 4), "y": _data()["y"], **data},
        {**own, "builder": sequence((3, TypeError), (None, TypeError))},
    )
    yield Call(
        "sweep",
        fm.sweep,
        lambda: {
            "builder": _model,
            "grid": {"dtype": ["float32"]},
            "X": _floats(8, 4),
            "y": _data()["y"],
            **data,
        },
        {
            **own,
            "refit": flag,
            "mode": name(None),
            "builder": sequence((3, TypeError), (None, TypeError)),
            "grid": sequence((3, TypeError), (None, TypeError), ({"dtype": []}, ValueError)),
        },
    )


def _others() -> Iterator[Call]:
    path = sequence((None, TypeError), (3.5, TypeError), ("", ValueError), ([], TypeError))
    yield from _estimators()
    yield Call("load", fm.load, lambda: {"path": "m"}, {"path": path})
    yield Call("save", fm.Sequential.save, lambda: {"self": _model(), "path": "m"}, {"path": path})
    yield Call("read", fm.table.read, lambda: {"path": "m"}, {"path": path})
    yield Call(
        "set_num_threads", fm.set_num_threads, lambda: {"n": 1}, {"n": integer(0, -1, 4097, 2**64)}
    )
    yield Call(
        "Encoder",
        fm.table.Encoder,
        dict,
        {"numeric": name(None), "missing": name(None), "one_hot": COUNT, "max_categories": SIZE},
    )
    yield Call(
        "gradcheck",
        fm.gradcheck,
        lambda: {"model": _model(), "X": _floats(8, 4), "y": _floats(8, 3), "loss": "mse"},
        {
            "X": without(_INPUTS, "1e39"),
            "y": without(rows, "1e39"),
            "loss": _LOSS,
            "training": flag,
            "seed": _SEED,
            "samples": without(SIZE, "None"),
        },
    )
    for metric in ("accuracy", "mse", "rmse", "mae", "r2", "log_loss", "roc_auc", "f1"):
        several = metric in ("accuracy", "log_loss", "f1")
        yield Call(
            metric,
            getattr(fm.metrics, metric),
            lambda several=several, metric=metric: {
                "y": np.array([0, 1, 2, 0]) if several else np.array([0, 1, 1, 0]),
                "prediction": _floats(4, 3) if several else _floats(4, 1),
            },
            {"y": needed_array, "prediction": needed_array},
        )


def _estimators() -> Iterator[Call]:
    try:
        from fusedmlp.sklearn import MLPClassifier, MLPRegressor
    except ImportError:  # scikit-learn is not installed
        return
    kinds = {
        "hidden_layer_sizes": sequence(
            (0, ValueError), ((5, 0), ValueError), ((5, -1), ValueError)
        ),
        "alpha": _each(without(NOT_NEGATIVE, "True", "np.True_")),
        "learning_rate_init": _each(without(POSITIVE, "True", "np.True_")),
        "max_iter": without(integer(0, -1), "True"),
        "tol": _each(without(NOT_NEGATIVE, "True", "np.True_")),
        "momentum": _each(without(SHARE, "True", "np.True_")),
        "beta_1": _each(without(number(-0.1, 1.0), "True", "np.True_")),
        "activation": _each(name(None)),
        "solver": name(None),
        "learning_rate": name(None),
        "validation_fraction": _each(without(number(-0.1, 1.0), "True", "np.True_")),
    }
    for estimator in (MLPClassifier, MLPRegressor):

        def fit(X: Any, y: Any, estimator: Any = estimator, **options: Any) -> None:
            estimator(max_iter=1).set_params(**options).fit(X, y)

        # The messages are in scikit-learn's own words.
        yield Call("", fit, lambda: {"X": _floats(8, 4), "y": np.array([0, 1] * 4)}, kinds)

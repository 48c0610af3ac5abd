"""Everything that repeats or is made from a row of the catalogue agrees with it."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp import optim
from fusedmlp.checks.parameters import check_value
from fusedmlp.core.catalogue import ACTIVATIONS, LOSSES, OPTIMIZERS, Flag, Number, Pair
from fusedmlp.core.reference import optimizers as twin
from fusedmlp.training.doctor import _silent_units

ROOT = Path(__file__).resolve().parents[1]
KEYWORD_ONLY = "keyword-only " if sys.version_info >= (3, 12) else ""  # in Python's own message


def test_files_made_from_the_catalogue_are_up_to_date():
    path = ROOT / "tools" / "from_catalogue.py"
    spec = importlib.util.spec_from_file_location("from_catalogue", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, text in module.files().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, (
            f"{name} is out of date: run python tools/from_catalogue.py"
        )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_classes_have_the_options_of_their_row(name):
    """The signatures are written out, so that people and editors can read them."""
    row = OPTIMIZERS[name]
    cls = getattr(optim, row.title)
    assert cls.name == name and cls.__name__ == row.title
    found = {key: p.default for key, p in inspect.signature(cls).parameters.items()}
    wanted = {"lr": row.lr, **{key: option.default for key, option in row.options.items()}}
    if "weight_decay" in row.options:
        wanted["decay_all"] = False
    assert list(found.items()) == list(wanted.items())
    assert type(optim.get(name)) is cls


@pytest.mark.parametrize("name", [n for n in OPTIMIZERS if OPTIMIZERS[n].title != "AdamW"])
def test_docstrings_of_classes_state_the_defaults(name):
    """AdamW refers to Adam."""
    row = OPTIMIZERS[name]
    doc = getattr(optim, row.title).__doc__
    for key, value in {"lr": row.lr, **{k: o.default for k, o in row.options.items()}}.items():
        line = next(part for part in doc.splitlines() if part.strip().startswith(f"{key} :"))
        assert eval(line.partition("default ")[2]) == value, line


def test_step_functions_have_the_signatures_of_the_api():
    assert str(inspect.signature(F.sgd_step)) == (
        "(p: 'Array', g: 'ArrayLike', velocity: 'Array | None' = None, *, lr: 'float', "
        "momentum: 'float' = 0.0, dampening: 'float' = 0.0, nesterov: 'bool' = False, "
        "weight_decay: 'float' = 0.0, lr_in_velocity: 'bool' = False, first: 'bool' = False) "
        "-> 'None'"
    )
    assert str(inspect.signature(F.adam_step)) == (
        "(p: 'Array', g: 'ArrayLike', m: 'Array', v: 'Array', *, step: 'int', lr: 'float' = 0.001, "
        "betas: 'tuple[float, float]' = (0.9, 0.999), eps: 'float' = 1e-08, "
        "weight_decay: 'float' = 0.0, amsgrad: 'bool' = False, epsilon_hat: 'bool' = False, "
        "vmax: 'Array | None' = None) -> 'None'"
    )


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (3, {"step": 1}, "adam_step: missing a required argument: 'v'"),
        (4, {}, f"adam_step: missing a required {KEYWORD_ONLY}argument: 'step'"),
        (5, {"step": 1}, "adam_step: too many positional arguments"),
        (4, {"step": 1, "m": None}, "adam_step: multiple values for argument 'm'"),
        (4, {"step": 1, "beta": 0.9}, "adam_step: got an unexpected keyword argument 'beta'"),
    ],
)
def test_wrong_arguments_of_a_step_function(args, kwargs, message):
    with pytest.raises(TypeError, match=message):
        F.adam_step(*[np.ones(3) for _ in range(args)], **kwargs)


def test_state_may_be_passed_by_name():
    p, m, v = np.ones(2), np.zeros(2), np.zeros(2)
    F.adam_step(p=p, g=np.ones(2), v=v, m=m, step=1, lr=0.5)
    np.testing.assert_allclose(p, 0.5)
    assert (m[0], v[0]) == pytest.approx((0.1, 0.001))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_twin_agrees_about_weight_decay_and_scalar_states(name):
    row, by = OPTIMIZERS[name], twin._TABLE[name].decoupled
    scalars = twin.scalar_states(name)
    assert tuple(row.state)[len(row.state) - scalars :] == tuple(row.scalar_states)
    assert tuple(twin._TABLE) == tuple(OPTIMIZERS)
    assert row.decoupled == (by if isinstance(by, bool) else list(row.hyper)[by])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_rows_name_options_that_exist(name):
    row = OPTIMIZERS[name]
    for state in row.state.values():
        assert state.needs is None or state.needs in row.hyper
        if isinstance(state.start, str):
            assert state.start == "lr" or not row.options[state.start].kernel
    scalars = [state.scalar for state in row.state.values()]
    assert scalars == sorted(scalars)  # the kernels expect scalar states last


def test_every_default_is_allowed():
    rows = [*ACTIVATIONS.values(), *LOSSES.values()]
    for parameters in [*(row.params for row in rows), *(r.options for r in OPTIMIZERS.values())]:
        for key, parameter in parameters.items():
            assert check_value(parameter, parameter.default, "row", key) == parameter.default


def test_bounds_in_words():
    assert Number(1.0).bounds() == ""
    assert Number(1.0, low=0.0).bounds() == ">= 0"
    assert Number(1.0, high=2.0, open_high=True).bounds() == "< 2"
    assert Number(0.5, low=0.0, high=1.0, open_low=True).bounds() == "in (0, 1]"
    pair = Pair(("a", "b"), Number(1.0), Number(2.0), ascending=True)
    assert (pair.default, pair.flat("both")) == ((1.0, 2.0), {"a": 1.0, "b": 2.0})
    assert Flag(True).flat("yes") == {"yes": 1.0}


def test_a_parameter_of_each_output_is_alone():
    """The kernels receive one list: what follows such a parameter had no fixed place in it."""
    for name, row in LOSSES.items():
        assert not row.per_output or len(row.params) == 1, name


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_outputs_stay_in_the_stated_range(core, name):
    row = ACTIVATIONS[name]
    numbers = tuple(row.defaults.values())
    y = getattr(F, name)(np.linspace(-1e3, 1e3, 20_001))
    if row.output_range is None:
        assert y.max() - y.min() > 100
        return
    low, high = row.ends(row.output_range, numbers)
    assert low <= y.min() < low + 0.01 and high - 0.01 < y.max() <= high
    assert row.limits == (low, high)


@pytest.mark.parametrize("name", [n for n, row in ACTIVATIONS.items() if row.silent is not None])
def test_no_gradient_comes_through_silent_outputs(core, name):
    row = ACTIVATIONS[name]
    low, high = row.ends(row.silent, tuple(row.defaults.values()))
    x = np.linspace(-20.0, 20.0, 2001)
    y, slope = getattr(F, name)(x), getattr(F, f"{name}_backward")(np.ones(2001), x)
    silent = np.zeros(len(x), bool)
    if low is not None:
        silent |= y <= low
    if high is not None:
        silent |= y >= high
    assert silent.any() and not silent.all()
    assert np.abs(slope[silent]).max() < 0.01


def test_the_doctor_looks_at_the_parameters_of_the_layer(core):
    """A hardtanh between -3 and 3 is silent at 3, not at 1."""
    layers = (
        fm.Dense(2, weight_init="ones"),
        fm.Activation("hardtanh", min_val=-3.0, max_val=3.0),
        fm.Dense(1),
    )
    model = fm.Sequential(list(layers), in_features=1, seed=0)
    x = np.array([[10.0], [20.0]], np.float32)

    def silent():
        return [count for _, count, _ in _silent_units(model, x)]

    assert silent() == [2]
    model.theta[:2] = 0.1  # outputs 1 and 2
    assert silent() == [0]


def test_domains_of_targets():
    target = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, np.nan])
    outside = {
        name: row.target and row.target.outside(target).tolist() for name, row in LOSSES.items()
    }
    assert outside["mse"] is None
    assert outside["binary_cross_entropy"] == [True, True, False, False, False, False]
    assert outside["cross_entropy"] == [True, True, False, False, False, False]
    assert outside["hinge"] == [True, False, True, True, False, True]  # NaN is neither -1 nor 1

"""Every public function says what is wrong with a bad argument, and leaves everything as it was.

The table is in refused/ (calls and the kinds of their arguments, by room) and bad_values.py (what
each kind must refuse): each case is one argument of one call replaced by one bad value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fusedmlp as fm
from refused import Call, table

CALLS = table()
ARGUMENTS = [(call, argument) for call in CALLS for argument in call.kinds]


def bad_values(call: Call, argument: str):
    return call.kinds[argument](call.good().get(argument))


def state(value: Any) -> Any:
    """Everything of an argument that a call could change, as plain values."""
    if isinstance(value, fm.Sequential):
        built = value.in_features is not None
        arrays = [value.theta, value.buffers, value.grad] if built else []
        counts = (value.in_features, value.seed, value.epochs_trained, value.steps_trained)
        return [a.tobytes() for a in arrays], counts
    if isinstance(value, fm.optim.Optimizer):
        return value.step_count, {key: a.tobytes() for key, a in value.state.items()}
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, (list, tuple)):
        return [state(item) for item in value]
    return value if isinstance(value, (int, float, str, type(None))) else id(value)


def test_the_table_is_large_and_names_most_of_what_is_public(record_property):
    cases = sum(len(bad_values(*case)) for case in ARGUMENTS)
    assert cases >= 10_500
    record_property("figure", f"{cases} bad calls of {len(CALLS)} good ones refused")
    named = {call.title.removesuffix("_value_and_grad") for call in CALLS}
    missing = {name for name in fm.functional.__all__ if callable(getattr(fm.functional, name))}
    missing = {name.removesuffix("_value_and_grad") for name in missing} - named
    assert not missing


@pytest.mark.parametrize(
    ("call", "argument"), ARGUMENTS, ids=[f"{call.title}-{name}" for call, name in ARGUMENTS]
)
def test_bad_arguments_are_refused(call, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for what, value, error in bad_values(call, argument):
        arguments = {**call.good(), argument: value}
        before = {key: state(item) for key, item in arguments.items()}
        owner = [arguments.pop("self")] if "self" in arguments else []
        # An instance of a class that is called takes its argument by position.
        by_place = not owner and isinstance(call.call, fm.schedules.Schedule)
        with pytest.raises(Exception) as caught:
            if by_place:
                call.call(*arguments.values())
            else:
                call.call(*owner, **arguments)
            pytest.fail(f"{what} was taken")
        message = str(caught.value)
        assert isinstance(caught.value, error), (what, caught.value)
        assert not call.title or message.startswith(f"{call.title}: "), (what, message)
        # "metrics[0]" may be called the metric that it is, and train_batch's x is fit's X.
        if call.named:
            assert argument.removesuffix("s").lower() in message.lower(), (what, message)
        after = {**arguments, **({"self": owner[0]} if owner else {})}
        assert {key: state(item) for key, item in after.items()} == before, what


def test_the_calls_of_the_table_work(tmp_path, monkeypatch):
    """Or a refusal could be of something else in the call."""
    monkeypatch.chdir(tmp_path)
    fm.MLP([2, 1], seed=0).save("m")
    for call in CALLS:
        arguments = call.good()
        owner = [arguments.pop("self")] if "self" in arguments else []
        if not call.works:
            continue
        if isinstance(call.call, fm.schedules.Schedule):
            call.call(*arguments.values())
        else:
            call.call(*owner, **arguments)

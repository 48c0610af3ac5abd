"""The public functions of the playground say what is wrong with a bad argument.

The table is refused_playground.py, the values are those of all tables: bad_values.py.
"""

from __future__ import annotations

import pytest

from .conftest import ours
from .refused_playground import table

CALLS = table()
ARGUMENTS = [(call, argument) for call in CALLS for argument in call.kinds]


@pytest.fixture(autouse=True)
def a_table_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("a,b\n" + "\n".join(f"{k},{k % 2}" for k in range(20)))


@pytest.mark.parametrize(
    ("call", "argument"),
    ARGUMENTS,
    ids=[f"{call.call.__name__}-{name}" for call, name in ARGUMENTS],
)
def test_bad_arguments_are_refused(call, argument):
    for what, value, error in call.kinds[argument](call.good()[argument]):
        with pytest.raises(error) as caught:
            call.call(**{**call.good(), argument: value})
            pytest.fail(f"{what} was taken")
        message = str(caught.value)
        if not isinstance(caught.value, OSError) and "good.csv" not in message:
            assert message.startswith(f"{call.title}: "), (what, message)
        assert argument in message or str(value) in message, (what, message)
        assert "\n" not in message, (what, message)
    assert not ours(), "nothing was started"


@pytest.mark.parametrize("call", [c for c in CALLS if c.call.__name__ != "playground"],
                         ids=lambda c: c.call.__name__)  # fmt: skip
def test_the_calls_of_the_table_work(call):
    """Or a refusal could be of something else in the call."""
    call.call(**call.good())

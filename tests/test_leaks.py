"""Many calls of every function in the table: the process does not grow."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
from collections.abc import Callable

import pytest

import fusedmlp as fm
from refused import table

pytestmark = [
    pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc"),
    pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="a sanitizer keeps freed memory"),
]


def _kilobytes() -> int:
    gc.collect()
    # What was freed goes back to the system: else a leak could grow into it unseen.
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _again(call) -> Callable[[], None]:
    """Return the call with arguments that are made once: a good call and a refused one."""
    arguments = call.good()
    owner = [arguments.pop("self")] if "self" in arguments else []

    def again() -> None:
        if isinstance(call.call, fm.schedules.Schedule):
            call.call(*arguments.values())
            return
        call.call(*owner, **arguments)
        with contextlib.suppress(TypeError, ValueError):  # scikit-learn has the second
            call.call(*owner, **{**arguments, "no_such_argument": 1})

    return again


def _growth(group: list[Callable[[], None]], calls: int) -> int:
    for _ in range(20):
        for again in group:
            again()
    before = _kilobytes()
    for _ in range(calls):
        for again in group:
            again()
    return _kilobytes() - before


def _least_growth(again: Callable[[], None], calls: int, windows: int) -> int:
    """A leak shows in each window of calls; what other libraries keep or give back does not."""
    return min(_growth([again], calls // windows) for _ in range(windows))


def _no_growth(calls, count, record_property, windows=1, most=1500) -> None:
    grown = {
        f"{k} {call.title}": _least_growth(_again(call), count, windows)
        for k, call in enumerate(calls)
    }
    found = max(grown.values())
    within = f" in the least of {windows} parts" if windows > 1 else ""
    record_property(
        "figure", f"{count} calls of each of {len(calls)}: at most {found} KB more{within}"
    )
    assert found < most, {name: size for name, size in grown.items() if size >= most}


def test_calls_do_not_make_the_process_grow():
    quick = [_again(call) for call in table() if call.quick and call.works]
    calls = 70
    assert calls * len(quick) >= 10_000
    # A result that is never freed would be 500 kilobytes or more.
    assert _growth(quick, calls) < 400


@pytest.mark.slow
def test_a_hundred_thousand_calls_do_not_make_the_process_grow(record_property):
    calls = [call for call in table() if call.quick and call.works]
    _no_growth(calls, 100_000, record_property)  # 16 bytes a call show


@pytest.mark.slow
def test_a_thousand_calls_of_what_is_not_quick(tmp_path, monkeypatch, record_property):
    monkeypatch.chdir(tmp_path)
    fm.MLP([2, 1], seed=0).save("m")
    calls = [call for call in table() if not call.quick and call.works]
    # 1 KB a call shows.
    _no_growth(calls, 1000, record_property, windows=3, most=300)

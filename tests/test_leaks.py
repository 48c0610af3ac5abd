"""Many calls of every function in the table: the process does not grow."""

from __future__ import annotations

import contextlib
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


def _growth(group: list[Callable[[], None]], calls: int, first: int = 20) -> int:
    for _ in range(first):
        for again in group:
            again()
    gc.collect()
    before = _kilobytes()
    for _ in range(calls):
        for again in group:
            again()
    gc.collect()
    return _kilobytes() - before


def _no_growth(calls, count, record_property, **options) -> None:
    grown = {
        f"{k} {call.title}": _growth([_again(call)], count, **options)
        for k, call in enumerate(calls)
    }
    most = max(grown.values())
    record_property("figure", f"{count} calls of each of {len(calls)}: at most {most} KB more")
    assert most < 1500, grown  # 16 bytes a call show


def test_calls_do_not_make_the_process_grow():
    quick = [_again(call) for call in table() if call.quick and call.works]
    calls = 70
    assert calls * len(quick) >= 10_000
    # A result that is never freed would be 500 kilobytes or more.
    assert _growth(quick, calls) < 400


@pytest.mark.slow
def test_a_hundred_thousand_calls_do_not_make_the_process_grow(record_property):
    calls = [call for call in table() if call.quick and call.works]
    _no_growth(calls, 100_000, record_property)


@pytest.mark.slow
def test_a_thousand_calls_of_what_is_not_quick(tmp_path, monkeypatch, record_property):
    monkeypatch.chdir(tmp_path)
    fm.MLP([2, 1], seed=0).save("m")
    calls = [call for call in table() if not call.quick and call.works]
    # Other libraries fill stores of their own for a while: matplotlib's fonts, 9 MB.
    _no_growth(calls, 1000, record_property, first=200)

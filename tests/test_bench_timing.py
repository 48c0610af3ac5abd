"""How the benchmarks take and order their samples, on a simulated clock."""

from __future__ import annotations

import threading
import time

import pytest

from fusedmlp.benchmarks import timing
from fusedmlp.benchmarks.timing import Call, Timing, interleave


class Clock:
    """Time that passes only when somebody works."""

    def __init__(self):
        self.now = 0.0
        self.log = []

    def __call__(self):
        return self.now

    def work(self, name, *seconds):
        """A call that takes `seconds`, one after the other, the last for ever."""
        durations = list(seconds)

        def run():
            self.log.append(name)
            self.now += durations.pop(0) if len(durations) > 1 else durations[0]

        return run

    def turns(self):
        """Who worked, without repetitions."""
        return [n for i, n in enumerate(self.log) if i == 0 or self.log[i - 1] != n]


def test_candidates_take_turns():
    clock = Clock()
    calls = {"a": Call(clock.work("a", 1.0)), "b": Call(clock.work("b", 1.0))}
    timings = interleave(calls, seconds=16.5, clock=clock)
    assert clock.log == list("ab" * 9)  # one warm-up each, then eight rounds
    assert timings["a"] == timings["b"] == Timing(1.0, 1.0, 1.0, 1.0, 8)


def test_median_and_quartiles():
    clock = Clock()
    calls = {"a": Call(clock.work("a", 100.0, 5.0, 1.0, 4.0, 2.0, 3.0), units=10.0)}
    timing = interleave(calls, seconds=1e9, max_rounds=5, clock=clock)["a"]
    assert timing == pytest.approx(Timing(0.3, 0.2, 0.4, 0.1, 5))  # the warm-up does not count
    assert timing.spread == pytest.approx(1 / 3)


def test_short_calls_are_repeated_inside_a_sample():
    clock = Clock()
    timing = interleave(
        {"a": Call(clock.work("a", 1e-6))}, seconds=0.0, sample_seconds=2e-3, clock=clock
    )["a"]
    assert timing.median == pytest.approx(1e-6) and timing.rounds == 3
    # Three samples of at least 2 ms, and not much more with all the preparation.
    assert 6000 <= len(clock.log) <= 20000


def test_every_candidate_has_its_rounds_however_slow():
    clock = Clock()
    calls = {"fast": Call(clock.work("f", 1.0)), "slow": Call(clock.work("s", 100.0))}
    timings = interleave(calls, seconds=0.0, clock=clock)
    assert [t.rounds for t in timings.values()] == [3, 3]


def test_a_slow_candidate_sits_out_until_the_others_catch_up():
    clock = Clock()
    calls = {"fast": Call(clock.work("f", 1.0)), "slow": Call(clock.work("s", 10.0))}
    timings = interleave(calls, seconds=200.0, clock=clock)
    assert 3 < timings["slow"].rounds < timings["fast"].rounds
    assert clock.turns()[-1] == "s" or clock.turns()[-2] == "s"  # not only in the beginning
    assert clock.now < 220


def test_no_more_than_max_rounds():
    clock = Clock()
    calls = {"a": Call(clock.work("a", 1.0)), "b": Call(clock.work("b", 2.0))}
    timings = interleave(calls, seconds=1e9, max_rounds=7, clock=clock)
    assert [t.rounds for t in timings.values()] == [7, 7]


def test_waiting_stands_before_every_turn_and_is_not_counted():
    clock = Clock()
    settle = clock.work("wait", 50.0)
    calls = {"a": Call(clock.work("a", 1.0)), "b": Call(clock.work("b", 1.0))}
    timings = interleave(calls, seconds=0.0, settle=settle, clock=clock)
    assert clock.log == ["wait", "a", "wait", "b"] * 4
    assert timings["a"].median == timings["b"].high == 1.0


def test_waiting_for_a_busy_thread(monkeypatch, tmp_path):
    """Until no other thread is in state R; a thread that ends meanwhile does not matter."""
    own = tmp_path / str(threading.get_native_id())
    other, ended = tmp_path / "1", tmp_path / "2"
    for task in (own, other, ended):
        task.mkdir()
    (own / "stat").write_text("5 (python) R 1")
    (other / "stat").write_text("1 (a (strange) name) R 1")
    monkeypatch.setattr(timing, "TASKS", tmp_path)
    start = time.perf_counter()
    timing.wait_until_idle(longest=0.05)
    assert time.perf_counter() - start >= 0.05
    (other / "stat").write_text("1 (a (strange) name) S 1")
    assert not timing._others_run()
    monkeypatch.setattr(timing, "TASKS", tmp_path / "none")
    start, others = time.perf_counter(), True
    while others:  # by processor time: ends once nobody else uses any
        assert time.perf_counter() - start < 30
        begin, used = time.perf_counter(), time.process_time()
        others = timing._others_run()
    assert time.process_time() - used < time.perf_counter() - begin

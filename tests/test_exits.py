"""The interpreter ends while daemon threads compute: exit code 0 and not a word."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BEGIN = """
import threading, time, numpy as np, fusedmlp as fm
x, y = np.ones((500, 20), np.float32), np.zeros(500, int)
m, adam = fm.MLP([20, 64, 64, 3], seed=0), fm.optim.Adam()
started = threading.Event()
"""
LOOP = """
def work():
    while True:
        {call}
        started.set()
for _ in range({threads}):
    threading.Thread(target=work, daemon=True).start()
started.wait()
time.sleep({wait})
"""
FIT = """
begin = fm.callbacks.LambdaCallback(on_epoch_begin=lambda *_: started.set())
options = dict(loss='cross_entropy', epochs=10**6, callbacks=[begin])
threading.Thread(target=m.fit, args=(x, y), kwargs=options, daemon=True).start()
started.wait()
time.sleep(0.05)
"""
MINE = "lambda pred, target, w: fm.functional.cross_entropy_value_and_grad(pred, target)"
CALLS = {
    "predict": ("m.predict(x)", 3),
    "predict_one": ("m.predict_one(x[0])", 3),
    "train_batch": ("m.train_batch(x, y, loss='cross_entropy', optimizer=adam)", 1),
    "evaluate": ("m.evaluate(x, y, loss='cross_entropy')", 3),
    "gelu": ("fm.functional.gelu(x)", 3),
    "short fits": ("m.fit(x, y, loss='cross_entropy', epochs=2)", 1),
    "fit_many": ("fm.fit_many([m], x, y, loss='cross_entropy', epochs=2)", 1),
    "a loss in Python": (f"m.train_batch(x, y, loss={MINE}, optimizer=adam)", 1),
}


def ended(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )  # fmt: skip
    assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr)


def test_while_a_daemon_thread_fits():
    ended(FIT)


@pytest.mark.parametrize("exits", [2, pytest.param(25, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", CALLS)
def test_while_daemon_threads_call_without_end(name, exits, record_property):
    call, threads = CALLS[name]
    for k in range(exits):
        ended(LOOP.format(call=call, threads=threads, wait=0.003 * k))
    record_property("figure", f"{exits} exits in the middle of {name}")

"""Training by executors: the bits of the threads here, and the data sent once to a worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.many import parcel, post, remote
from support import classes_data, interruptible, same_bits


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture
def senders(monkeypatch):
    """The senders that were opened, as they were when they closed."""
    opened = []

    class Noted(post.Sender):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            opened.append(self)

    monkeypatch.setattr(remote, "Sender", Noted)
    return opened


def models(count=5, **options):
    return [fm.MLP([6, 9, 3], seed=k, dropout=0.2 * (k % 2), **options) for k in range(count)]


def fits(x, y, weights, executor, **options):
    nets, optimizers = models(), [fm.optim.AdamW(0.01 * (k + 1)) for k in range(5)]
    callbacks = [[fm.callbacks.EarlyStopping(patience=1, min_delta=0.02)] for _ in nets]
    histories = fm.fit_many(
        nets, x, y, loss="cross_entropy", optimizers=optimizers, epochs=[1, 2, 3, 4, 20],
        rows=[None, np.arange(50), None, np.arange(20, 60), None],
        validation_rows=np.arange(60, 80), sample_weight=[None, weights, weights, None, None],
        class_weight=[[1.0, 2.0, 3.0], None, "balanced", None, None], metrics=["accuracy"],
        callbacks=callbacks, executor=executor, **options,
    )  # fmt: skip
    return nets, optimizers, callbacks, histories


def assert_same(ours, theirs):
    for a, b in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        assert same_bits(a[0].theta, b[0].theta) and b[0].history is b[3]
        assert (a[0].steps_trained, a[1].step_count) == (b[0].steps_trained, b[1].step_count)
        assert same_bits(a[1].state["m"], b[1].state["m"])
        assert (a[2][0].best_epoch, a[2][0].stopped) == (b[2][0].best_epoch, b[2][0].stopped)
        assert b[2][0].model is b[0]
        for name in ("loss", "val_loss", "val_accuracy"):
            assert a[3].history[name] == b[3].history[name]


def test_processes_give_the_bits_of_threads_and_get_the_data_once(rng, pool, senders):
    x, y = classes_data(rng, 80)
    weights = rng.uniform(0.5, 2, 80)
    here = fits(x, y, weights, None)
    for _ in range(2):
        assert_same(here, fits(x, y, weights, pool))
    # Two workers; the second call finds the data where they are.
    assert len(senders) == 2 and 1 <= senders[0].times + senders[1].times <= 2
    with ThreadPoolExecutor(2) as threads:
        assert_same(here, fits(x, y, weights, threads))
    assert senders[2].times == 0 and not parcel._held
    y = y.copy()
    y[0] = (y[0] + 1) % 3
    assert_same(fits(x, y, weights, None), fits(x, y, weights, pool))  # not the old data


def test_a_memmap_is_opened_and_not_sent(rng, pool, senders, tmp_path):
    x, y = classes_data(rng, 80)
    np.save(tmp_path / "x.npy", x)
    x_map = np.load(tmp_path / "x.npy", mmap_mode="r")
    y_map = np.memmap(tmp_path / "y", y.dtype, "w+", 16, y.shape)
    y_map[:] = y
    y_map.flush()
    weights = np.ones(80)
    here = fits(x, y, weights, None)
    assert_same(here, fits(x_map, y_map, weights, pool))
    assert [len(s.arrays) for s in senders] == [1]  # the weights
    assert_same(here, fits(np.concatenate([x, x])[:80], y_map[:], weights, pool))
    assert parcel.file_of(x_map[10:]) is None and parcel.file_of(x) is None
    with pytest.raises(OSError, match=r"memmap of this file, which every worker must see"):
        parcel.File(str(tmp_path / "gone"), "<f4", (3,), 0, False).open()


def test_errors_and_divergence_come_back(rng, pool):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))
    nets = [fm.MLP([4, 16, 1], seed=k) for k in range(3)]
    histories = fm.fit_many(nets, x, y, loss="mse", optimizers=[fm.optim.SGD(lr) for lr in
                            (0.01, 1e6, 0.01)], epochs=20, executor=pool)  # fmt: skip
    assert [h.stopped_by for h in histories] == ["epochs", "diverged", "epochs"]
    stops = [[fm.callbacks.EarlyStopping(monitor=name)] for name in ("loss", "val_loss", "loss")]
    with pytest.raises(ValueError, match="needs validation_data"):
        fm.fit_many(nets, x, y, loss="mse", callbacks=stops, epochs=1, executor=pool)
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor, got 3"):
        fm.fit_many(nets, x, y, loss="mse", executor=3)
    fm.fit_many(nets, x, y, loss="mse", epochs=1, executor=pool)


class Idle(Executor):
    """Begins what it gets, and gives up after 30 seconds."""

    def submit(self, *arguments):
        future = Future()
        future.set_running_or_notify_cancel()
        timer = threading.Timer(30, future.set_exception, [TimeoutError()])
        timer.daemon = True
        timer.start()
        return future


def test_ctrl_c_that_another_thread_takes(rng):
    """Its handler wakes no other thread: a wait without end would sleep on."""
    x, y = classes_data(rng, 20)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interruptible():
        threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
        fm.fit_many(models(2), x, y, loss="cross_entropy", executor=Idle())
    assert time.monotonic() - start < 15


def test_a_sender_refuses_strangers_and_sends_in_parallel():
    arrays = [np.arange(12.0).reshape(3, 4)[:, ::2], np.asfortranarray(np.ones((2, 5), np.int8))]
    sender = post.Sender(arrays, True)
    try:
        with pytest.raises(ValueError, match=r"EOF|magic"):
            post.receive(sender.hosts, sender.port, b"x" * 32, 2)
        results = []

        def fetch():
            results.append(post.receive(sender.hosts, sender.port, sender.token, 2))

        # One that connects and says nothing keeps nobody waiting.
        with socket.create_connection((sender.hosts[0], sender.port)):
            threads = [threading.Thread(target=fetch) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
        assert len(results) == 8 and sender.times == 8
        assert all(np.array_equal(a, b) for r in results for a, b in zip(arrays, r, strict=True))
    finally:
        sender.close()
    with pytest.raises(ConnectionError, match="cannot fetch the data from port"):
        post.receive(sender.hosts, sender.port, sender.token, 2)


def test_content_decides_about_the_key(tmp_path):
    x = np.arange(12.0)
    key = parcel.content_key({"X": x}, {})
    assert key == parcel.content_key({"X": np.repeat(x, 2)[::2]}, {})
    for other in (x.reshape(3, 4), x.astype(np.float32), x + (np.arange(12) == 11)):
        assert key != parcel.content_key({"X": other}, {})
    np.save(tmp_path / "x.npy", x)
    file = parcel.file_of(np.load(tmp_path / "x.npy", mmap_mode="r"))
    before = parcel.content_key({}, {"X": file})
    os.utime(tmp_path / "x.npy", ns=(1, 1))
    assert before != parcel.content_key({}, {"X": file})


SWEEP = """
import sys
import numpy as np
import fusedmlp as fm

def build(width, dropout):
    return fm.MLP([6, width, 3], dropout=dropout, seed=1)

def main(executor):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 6)).astype(np.float32)
    y = (x @ rng.standard_normal((6, 3))).argmax(axis=1)
    grid = {"width": [4, 8], "dropout": [0.0, 0.2], "batch_size": [16, 32]}
    tables = [
        fm.sweep(build, grid, x, y, loss="cross_entropy", epochs=2, metrics=["accuracy"],
                 executor=pool)
        for pool in (None, executor)
    ]
    drop = ("seconds", "seconds_std")
    a, b = ([{k: v for k, v in row.items() if k not in drop} for row in t.rows] for t in tables)
    assert len(a) == 8 and a == b, (a, b)
    print("the same table")
"""


@pytest.mark.slow
def test_a_sweep_by_dask(tmp_path):
    pytest.importorskip("distributed", reason="Dask's distributed is not installed")
    script = tmp_path / "script.py"
    script.write_text(SWEEP + """
if __name__ == "__main__":
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            main(client.get_executor())
""")  # fmt: skip
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0 and "the same table" in run.stdout, run.stderr


@pytest.mark.slow
def test_a_sweep_by_a_pool_of_mpi_ranks(tmp_path):
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    from mpi import mpirun

    script = tmp_path / "script.py"
    script.write_text(SWEEP + """
if __name__ == "__main__":
    from mpi4py.futures import MPIPoolExecutor
    with MPIPoolExecutor() as executor:
        main(executor)
""")  # fmt: skip
    run = mpirun(3, "-m", "mpi4py.futures", str(script))
    assert run.returncode == 0 and "the same table" in run.stdout, run.stderr

"""One model trained by several ranks under mpirun: the same weights everywhere, and no hang."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

import fusedmlp as fm
import mpi_fits
import mpi_rows
from mpi import mpirun
from mpi_fits import TABLE
from mpi_rows import BATCH, ROWS
from support import same_bits

CASES = str(Path(__file__).with_name("mpi_cases.py"))


def run(case, ranks, folder, *kind):
    """What every rank has written."""
    done = mpirun(ranks, CASES, case, str(folder), *kind)
    assert done.returncode == 0, done.stdout + done.stderr
    return [dict(np.load(folder / f"{rank}.npz")) for rank in range(ranks)]


@pytest.mark.parametrize("ranks", [2, 4])
def test_all_ranks_have_the_same_model(ranks, tmp_path):
    found = run("table", ranks, tmp_path)
    for name in found[0]:
        assert all(same_bits(found[0][name], other[name]) for other in found[1:]), name
    for name in TABLE:
        losses = found[0][f"{name}/loss"]
        assert np.isfinite(found[0][f"{name}/theta"]).all() and losses[-1] < losses[0], name
        epochs = len(losses)
        steps = -(-int(sum(ROWS[:ranks])) // BATCH)
        if name != "validation split":
            assert tuple(found[0][f"{name}/counts"]) == (steps * epochs, epochs), name
    assert found[0]["early stopping/stopped_by"] == "callback"
    assert len(found[0]["early stopping/loss"]) < 40
    assert list(found[0]["plateau/lr"]) == pytest.approx([1.0, 1.0, 0.1])


def test_sums_layer_by_layer_have_the_bits_of_one_sum(tmp_path):
    """Of two ranks: a sum of two numbers has no order."""
    (tmp_path / "parts").mkdir()
    whole = run("table", 2, tmp_path)[0]
    for found in run("table", 2, tmp_path / "parts", "parts"):
        assert found.keys() == whole.keys()
        for name in whole:
            assert same_bits(whole[name], found[name]), name


def test_one_rank_has_the_bits_of_fit(tmp_path):
    found = run("table", 1, tmp_path)[0]
    x, y, w = mpi_rows.rows()
    mine = mpi_rows.part(0, 1)
    for name, (_, options) in TABLE.items():
        if isinstance(options.get("optimizer"), fm.optim.Optimizer):
            options["optimizer"].reset()
            if "plateau" in name:
                options["optimizer"].lr = 1.0
        model, history = mpi_fits.fit_of(name, _fit, x[mine], y[mine], w[mine])
        assert same_bits(model.theta, found[f"{name}/theta"]), name
        assert same_bits(model.buffers, found[f"{name}/buffers"]), name
        assert list(found[f"{name}/val_loss"]) == history.history["val_loss"], name


def _fit(model, x, y, **options):
    return model.fit(x, y, **options)


def _interleaved(ranks):
    """The order in which one process takes the rows that the ranks take side by side."""
    steps = -(-sum(ROWS[:ranks]) // BATCH)
    order, cuts = [], []
    for k in range(steps):
        for rank in range(ranks):
            first, n = sum(ROWS[:rank]), ROWS[rank]
            order += range(first + n * k // steps, first + n * (k + 1) // steps)
        cuts.append(len(order))
    return np.array(order), cuts


@pytest.mark.parametrize(("ranks", "kind"), [(2, ()), (4, ()), (4, ("parts",))])
@pytest.mark.parametrize(
    ("case", "dtype", "tolerance", "optimizer"),
    [
        ("joined32", np.float32, 1e-6, fm.optim.SGD(0.1, momentum=0.9)),
        ("joined64", np.float64, 1e-12, fm.optim.Adam(0.01)),
    ],
)
def test_ranks_make_the_steps_of_one_process(
    ranks, kind, case, dtype, tolerance, optimizer, tmp_path
):
    found = run(case, ranks, tmp_path, *kind)[0]
    x, y, w = mpi_rows.rows(dtype)
    order, cuts = _interleaved(ranks)
    model = fm.MLP([6, 17, 3], "tanh", seed=0, dtype=np.dtype(dtype).name)
    optimizer = type(optimizer)(**optimizer.options())
    losses, norms, accuracies = [], [], []
    for _ in range(3):
        total, largest = 0.0, 0.0
        for begin, end in zip([0, *cuts[:-1]], cuts, strict=True):
            part = order[begin:end]
            pred = model.forward(x[part], training=True)
            value, dpred = fm.functional.cross_entropy_value_and_grad(
                pred, y[part], sample_weight=w[part]
            )
            model.backward(dpred)
            largest = max(largest, fm.functional.clip_grad_norm_(model.grad, 0.5))
            optimizer.step(model)
            total += value * w[part].sum()
        losses.append(total / w[order].sum())
        norms.append(largest)
        accuracies.append(fm.metrics.accuracy(y[order], model.predict(x[order])))
    scale = np.abs(model.theta).max()
    np.testing.assert_allclose(found["theta"], model.theta, rtol=0, atol=tolerance * scale)
    np.testing.assert_allclose(found["loss"], losses, rtol=tolerance)
    np.testing.assert_allclose(found["norm"], norms, rtol=4 * tolerance)
    assert list(found["accuracy"]) == accuracies


def test_classes_are_counted_over_all_ranks(tmp_path):
    found = run("balanced", 3, tmp_path)[0]
    x, y, _ = mpi_rows.rows()
    n = sum(ROWS[:3])
    model = fm.MLP([6, 9, 3], seed=0)
    model.fit(x[:n], y[:n], loss="cross_entropy", epochs=3, class_weight="balanced", batch_size=n,
              optimizer="sgd", shuffle=False)  # fmt: skip
    np.testing.assert_allclose(found["theta"], model.theta, rtol=0, atol=1e-6)


def test_shared_data_are_cut_by_the_library(tmp_path):
    found = run("shared", 3, tmp_path)
    for result in found:
        assert same_bits(result["shared"], result["own"])
        assert same_bits(result["shared"], found[0]["shared"])


def test_a_checkpoint_goes_on_to_the_same_bits(tmp_path):
    found = run("resume", 2, tmp_path)
    for result in found:
        assert same_bits(result["whole"], result["resumed"])
        assert same_bits(result["buffers"], result["buffers again"])
        assert same_bits(result["loss"], result["again"]) and len(result["loss"]) == 6
        assert same_bits(result["whole"], found[0]["whole"])


MINE, PEER = "ZeroDivisionError: mine", "PeerError: distributed.fit: rank {} failed: "
# What rank 1, and what rank 0, gets; rank 2 gets what the one without the fault gets.
ERRORS = {
    "hook_fails": (1, MINE),
    "last_hook_fails": (1, MINE),
    "loss_fails": (1, MINE),
    "part_fails": (1, MINE),
    "callback_fails": (0, MINE),
    "begin_fails": (0, "ValueError: EarlyStopping: monitor='val_loss' needs validation_data or "
                    "validation_split in fit"),
    "metric_fails": (0, MINE),
    "data_fail": (1, "ValueError: distributed.fit: X must be finite in float32, got nan at row 3, "
                  "column 2"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "kind"),
    [(case, ()) for case in ERRORS]
    + [(case, ("parts",)) for case in ("hook_fails", "last_hook_fails", "loss_fails")]
    + [("part_fails", ("parts",))],
)
def test_an_error_on_one_rank_ends_all_and_is_told(case, kind, tmp_path):
    found = run(case, 3, tmp_path, *kind)
    where, message = ERRORS[case]
    for rank, result in enumerate(found):
        expected = message if rank == where else PEER.format(where) + message
        assert result["error"] == expected
        assert same_bits(result["theta"], found[0]["theta"])


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("options_fail", "ValueError: distributed.fit: epochs must be the same on all ranks, got 3 "
         "on rank 0 and 4 on rank 1"),
        ("weights_differ", "RuntimeError: distributed.fit: after epoch 0 the weights of rank 1 are "
         "not those of rank 0"),
    ],
)  # fmt: skip
def test_ranks_that_disagree_are_told_so(case, message, tmp_path):
    for result in run(case, 3, tmp_path):
        assert str(result["error"]).startswith(message)


def test_a_rank_with_too_few_rows_is_told_so(tmp_path):
    found = run("few_rows_fail", 2, tmp_path)
    assert "rank 1 must have at least 17 rows for the 17 batches" in str(found[1]["error"])
    assert str(found[0]["error"]).startswith("PeerError")


@pytest.mark.parametrize("kind", [(), ("parts",)], ids=["at once", "parts"])
@pytest.mark.parametrize(
    ("case", "error", "reason"),
    [
        ("ctrl_c", "KeyboardInterrupt", "interrupt"),
        ("diverges", "DivergedError: fit: the loss became", "diverged"),
        ("one_diverges", "DivergedError: fit: the loss became inf", "diverged"),
        ("out_of_time", "", "max_seconds"),
        ("out_of_time_in_an_epoch", "", "max_seconds"),
    ],
)
def test_all_ranks_end_alike(case, error, reason, kind, tmp_path):
    found = run(case, 3, tmp_path, *kind)
    for result in found:
        assert str(result["error"]).startswith(error) and result["stopped_by"] == reason
        assert same_bits(result["theta"], found[0]["theta"])
        assert np.isfinite(result["theta"]).all()
    if case == "out_of_time_in_an_epoch":
        assert list(found[0]["epochs"]) == [0] and 0 < found[0]["steps"] < 38


def test_what_cannot_be_told_ends_the_job_with_its_message(tmp_path):
    done = mpirun(3, CASES, "unforeseen", str(tmp_path), timeout=60)
    assert done.returncode != 0
    assert "distributed.fit: rank 1 ends all ranks:" in done.stderr
    assert "ZeroDivisionError: mine" in done.stderr


@pytest.mark.parametrize("kind", [(), ("parts",)], ids=["at once", "parts"])
def test_a_killed_rank_ends_the_job(kind, tmp_path):
    done = mpirun(3, CASES, "killed", str(tmp_path), *kind, timeout=60)
    assert done.returncode != 0
    at = float(done.stdout.split("killed at")[1].split()[0])
    assert time.time() - at < 10


def test_without_mpi4py_it_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"pip install 'fusedmlp\[mpi\]'"):
        fm.distributed.fit(fm.MLP([2, 1]), [[1.0, 2]], [1.0], loss="mse")
    code = "import sys, fusedmlp; assert 'mpi4py' not in sys.modules"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Paths given to commands: outputs checked before the work, links, inputs kept, ``~``, ``.gz``."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fusedmlp as fm

from .tables import flowers

LOCKED = "/sys" if os.path.isdir("/sys") else "/proc"


@pytest.fixture
def no_work(monkeypatch):
    """Training, predicting and measuring, which must not begin."""

    def begun(*args, **kwargs):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(fm.Sequential, "fit", begun)
    monkeypatch.setattr(fm.Sequential, "predict", begun)
    monkeypatch.setattr("fusedmlp.benchmarks.measure", begun)


@pytest.fixture
def files():
    """What the commands below name as their inputs."""
    flowers("d.csv")
    fm.MLP([2, 3, 1], seed=0).save("m.safetensors")


ARGVS = [
    ["train", "d.csv", "--epochs", "1", "--out"],
    ["train", "d.csv", "--epochs", "1", "--plot"],
    ["predict", "m.safetensors", "d.csv", "--out"],
    ["bench", "dense", "--json"],
    ["bench", "dense", "--plot"],
]


def _outputs(argvs):
    return pytest.mark.parametrize("argv", argvs, ids=lambda argv: f"{argv[0]} {argv[-1]}")


OUTPUTS = _outputs(ARGVS)


def _needs_matplotlib(argv):
    if argv[-1] == "--plot":
        pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plots")


@OUTPUTS
@pytest.mark.skipif(not os.path.isdir(LOCKED), reason="no folder that is closed to root")
def test_a_folder_that_takes_no_files_is_noticed_first(fails, files, no_work, argv):
    message = fails(*argv, f"{LOCKED}/x.png")
    assert message.startswith(f"fusedmlp: {argv[-1]}: ")
    assert f"no file can be created in '{LOCKED}'" in message and ".tmp" not in message


@OUTPUTS
def test_the_check_leaves_nothing_behind(fails, files, monkeypatch, argv):
    _needs_matplotlib(argv)

    def stop(*args, **kwargs):
        raise ValueError("stopped at the first work")

    monkeypatch.setattr("fusedmlp.training.run.Run.fit", stop)
    monkeypatch.setattr("fusedmlp.load", stop)
    monkeypatch.setattr("fusedmlp.benchmarks.measure", stop)
    assert "stopped at the first work" in fails(*argv, "x.png")
    assert sorted(os.listdir()) == ["d.csv", "m.safetensors"]


@OUTPUTS
@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_an_output_that_is_no_plain_file(fails, files, no_work, argv, kind):
    if kind == "pipe":
        os.mkfifo("x.png")
    elif kind == "folder":
        os.mkdir("x.png")
    else:
        os.symlink("/dev/null", "x.png")
    message = fails(*argv, "x.png")
    assert f"{argv[-1]}: 'x.png' is a {kind}, it must be a file" in message


@_outputs([argv for argv in ARGVS if argv[0] != "bench"])
@pytest.mark.parametrize("how", ["same", "dotted", "link", "hard link"])
def test_an_output_never_replaces_an_input(fails, files, no_work, argv, how):
    inputs = [a for a in argv if "." in a]
    assert inputs
    for k, given in enumerate(inputs):
        path = {"same": given, "dotted": os.path.abspath(given)}.get(how, f"{k}.png")
        if how == "link":
            os.symlink(given, path)
        elif how == "hard link":
            os.link(given, path)
        before = Path(given).read_bytes()
        message = fails(*argv, path)
        assert f"{argv[-1]}: {path!r} would replace the input {given!r}" in message
        assert Path(given).read_bytes() == before


@pytest.mark.parametrize(
    "argv", [["train", "d.csv", "--out"], ["bench", "dense", "--json"]], ids=lambda argv: argv[0]
)
def test_two_outputs_are_two_files(fails, files, no_work, argv):
    message = fails(*argv, "x.png", "--plot", "./x.png")
    assert f"--plot: './x.png' would replace the output of {argv[-1]} 'x.png'" in message


@OUTPUTS
def test_outputs_go_through_links(run, files, argv, monkeypatch):
    _needs_matplotlib(argv)
    os.mkdir("real")
    with open("real/x.png", "w") as file:
        file.write("old")
    os.symlink("real/x.png", "link.png")
    os.chmod("real/x.png", 0o640)
    if argv[0] == "predict":
        run("train", "d.csv", "--epochs", 1, "--out", "m.safetensors")
    quick = ["--size", "small", "--seconds", "0.01", "--threads", "1", "--against", "numpy"]
    run(*argv, "link.png", *(quick if argv[0] == "bench" else []))
    assert os.path.islink("link.png") and os.listdir("real") == ["x.png"]
    with open("real/x.png", "rb") as file:
        assert file.read(3) != b"old"
    assert os.stat("real/x.png").st_mode & 0o777 == 0o640


def test_a_picture_that_fails_keeps_the_old_one(fails, files, monkeypatch):
    figure = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")

    def full(self, file, **options):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure.Figure, "savefig", full)
    with open("curve.png", "w") as file:
        file.write("old")
    message = fails("train", "d.csv", "--epochs", 1, "--plot", "curve.png")
    assert message == "fusedmlp: curve.png: No space left on device"
    with open("curve.png") as file:
        assert file.read() == "old"
    assert sorted(os.listdir()) == ["curve.png", "d.csv", "m.safetensors", "model.safetensors"]


def test_a_tilde_is_the_home_folder(run, tmp_path, monkeypatch):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(elsewhere)
    flowers(home / "d.csv")
    output = run("train", "~/d.csv", "--epochs", 1, "--out=~/m")
    assert output.endswith(f"model saved to {home}/m\n")
    run("predict", "~/m", "~/d.csv", "--out", "~/p.csv")
    assert sorted(os.listdir(home)) == ["d.csv", "m", "p.csv"] and os.listdir() == []


def test_predictions_are_compressed_where_the_name_says_so(run, files):
    run("train", "d.csv", "--epochs", 1)
    printed = run("predict", "model.safetensors", "d.csv")
    for name in ("p.csv.gz", "P.CSV.GZ"):
        run("predict", "model.safetensors", "d.csv", "--out", name)
        with gzip.open(name, "rt", encoding="utf-8", newline="") as file:
            assert file.read() == printed


def test_the_empty_path(fails, files):
    assert "argument --out: must name a file" in fails("train", "d.csv", "--out", "")


# Files of the wrong kind


def test_model_and_data_the_wrong_way_round(fails, files):
    os.rename("d.csv", "my data.csv")
    message = fails("predict", "my data.csv", "m.safetensors")
    assert message == (
        "fusedmlp: my data.csv is a text file and m.safetensors is a fusedmlp model; the model "
        "comes first: fusedmlp predict m.safetensors 'my data.csv'"
    )
    with open("latin1.csv", "wb") as file:
        file.write(b"a,b\n\xe9,2\n")
    message = fails("predict", "latin1.csv", "m.safetensors")
    assert "latin1.csv is no model and m.safetensors is a fusedmlp model" in message


def test_a_model_as_data(fails, files, run):
    assert "m.safetensors: a fusedmlp model, not a table" in fails("train", "m.safetensors")
    run("train", "d.csv", "--epochs", 1)
    message = fails("predict", "model.safetensors", "m.safetensors")
    assert "m.safetensors: a fusedmlp model, not a table" in message


def test_data_as_a_model(fails, files):
    message = fails("predict", "d.csv", "d.csv")
    assert "load: d.csv is not a readable fusedmlp model: it is a text file" in message
    message = fails("predict", ".", "d.csv")
    assert message == "fusedmlp: .: is a folder, but load needs a model file"


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no /dev/stdin")
def test_data_from_a_pipe(run, files):
    """Looking at the kind of a file must not use up what a pipe holds."""
    run("train", "d.csv", "--epochs", 1)
    wanted = run("predict", "model.safetensors", "d.csv")
    command = [sys.executable, "-m", "fusedmlp", "predict", "model.safetensors", "/dev/stdin"]
    with open("d.csv", "rb") as file:
        done = subprocess.run(command, input=file.read(), capture_output=True, check=True)
    assert done.stdout.decode() == wanted

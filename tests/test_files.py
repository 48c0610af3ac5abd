"""Files written whole or not at all: links, devices, missing folders, strays of killed saves."""

from __future__ import annotations

import gzip
import os
import re
import socket
import stat
import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.saving.files import check_writable, replacing, replacing_text, write_atomically

# Folders in which nobody, root included, can create files.
LOCKED = [folder for folder in ("/sys", "/proc") if os.path.isdir(folder)]


def _model(seed=0):
    return fm.MLP([2, 3, 1], seed=seed)


def _checkpointed(path):
    x = np.ones((4, 2), np.float32)
    _model().fit(x, x[:, :1], loss="mse", epochs=1, callbacks=[fm.callbacks.Checkpoint(path)])


def _saved(path):
    _model(3).save(path)


WAYS = pytest.mark.parametrize("write", [_saved, _checkpointed], ids=["save", "Checkpoint"])


@WAYS
def test_a_link_stays_and_its_target_is_replaced(tmp_path, write):
    (tmp_path / "models").mkdir()
    target, link = tmp_path / "models" / "v1.safetensors", tmp_path / "latest.safetensors"
    _model(7).save(target)
    old = target.read_bytes()
    os.symlink("models/v1.safetensors", link)
    os.symlink("latest.safetensors", tmp_path / "second")
    write(tmp_path / "second")
    assert link.is_symlink() and (tmp_path / "second").is_symlink()
    assert not target.is_symlink() and target.read_bytes() != old
    fm.load(link)
    assert os.listdir(tmp_path / "models") == ["v1.safetensors"]


def test_a_link_to_nothing_creates_its_target(tmp_path):
    os.symlink("new.safetensors", tmp_path / "link")
    _model().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "new.safetensors").is_file()


def test_a_link_into_a_missing_folder_names_that_folder(tmp_path):
    os.symlink("gone/m", tmp_path / "link")
    with pytest.raises(FileNotFoundError, match=r"the folder '.*/gone' does not exist") as caught:
        _model().save(tmp_path / "link")
    assert caught.value.filename == str(tmp_path / "link")


def test_links_in_a_circle_are_an_error(tmp_path):
    os.symlink("b", tmp_path / "a")
    os.symlink("a", tmp_path / "b")
    with pytest.raises(OSError, match="symbolic links"):
        _model().save(tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


@pytest.fixture(params=["folder", "pipe", "socket", "device", "link to a folder"])
def special(request, tmp_path, monkeypatch):
    """A path that is no plain file, and the words for it."""
    path, words = tmp_path / "special", request.param
    if request.param == "folder":
        path.mkdir()
    elif request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        monkeypatch.chdir(tmp_path)  # the name of a socket has at most 107 bytes
        with socket.socket(socket.AF_UNIX) as s:
            s.bind("special")
    elif request.param == "device":
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))  # another /dev/null
        except PermissionError:
            pytest.skip("only root makes device nodes")
    else:
        words = "folder"
        (tmp_path / "real").mkdir()
        os.symlink("real", path)
    return path, words


@WAYS
def test_what_is_no_plain_file_is_refused_and_stays(special, write):
    path, words = special
    before = os.lstat(path)
    with pytest.raises(OSError, match=f"is a {words}, it must be a file") as caught:
        write(path)
    assert caught.value.filename == str(path)
    assert os.path.samestat(os.lstat(path), before)
    assert len(os.listdir(path.parent)) == 1 + path.is_symlink()
    with pytest.raises(OSError, match=f"is a {words}"):
        check_writable(path)


@WAYS
def test_a_missing_folder_names_the_path_asked_for(tmp_path, write):
    path = tmp_path / "no" / "x.safetensors"
    with pytest.raises(FileNotFoundError, match=r"the folder '.*/no' does not exist") as caught:
        write(path)
    assert caught.value.filename == str(path) and ".tmp" not in str(caught.value)


def test_a_folder_that_is_a_file_names_the_path_asked_for(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="no file can be created") as caught:
        _model().save(tmp_path / "file" / "x")
    assert caught.value.filename == str(tmp_path / "file" / "x") and ".tmp" not in str(caught.value)


@pytest.mark.parametrize("folder", LOCKED)
def test_a_folder_that_takes_no_files(folder):
    for write in (_saved, check_writable):
        with pytest.raises(OSError, match=f"no file can be created in '{folder}'") as caught:
            write(f"{folder}/model")
        assert caught.value.filename == f"{folder}/model" and ".tmp" not in str(caught.value)


def test_errors_while_writing_name_the_path_asked_for(tmp_path, monkeypatch):
    def failing(*args):
        raise OSError(5, "Input/output error", *args[:1])

    for function in ("fsync", "replace"):
        monkeypatch.setattr(os, function, failing if function == "replace" else lambda _: failing())
        with pytest.raises(OSError, match="Input/output error") as caught:
            _model().save(tmp_path / "m")
        assert caught.value.filename == str(tmp_path / "m")
        monkeypatch.undo()
    assert os.listdir(tmp_path) == []


def test_the_permissions_of_a_file_are_kept(tmp_path):
    path = tmp_path / "m.safetensors"
    _model().save(path)
    path.chmod(0o600)
    _model().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["m.safetensors", "e" * 255, "ü" * 127])
def test_names_up_to_the_longest(tmp_path, name):
    _model().save(tmp_path / name)
    assert os.listdir(tmp_path) == [name]


# Strays

KILLED = """
import os, signal, sys
from fusedmlp.saving import files
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomically(sys.argv[1], b"half")
"""


def _kill_a_save(path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)]).returncode == -9


@pytest.mark.parametrize("name", ["m.safetensors", "e" * 255], ids=["short", "long"])
def test_the_next_save_removes_what_a_killed_one_left(tmp_path, name):
    path = tmp_path / name
    _model().save(path)
    old = path.read_bytes()
    _kill_a_save(path)
    assert path.read_bytes() == old and len(os.listdir(tmp_path)) == 2
    _model().save(tmp_path / "other.safetensors")  # not its stray
    assert len(os.listdir(tmp_path)) == 3
    _model(1).save(path)
    assert sorted(os.listdir(tmp_path)) == sorted([name, "other.safetensors"])


def test_files_of_others_are_no_strays(tmp_path):
    names = [".m.tmp", ".m.0123456789abcdef.tmp", "m.fusedmlp.tmp", ".m.xyz.fusedmlp.tmp",
             ".mm.0123456789abcdef.fusedmlp.tmp", ".m.0123456789abcdef.fusedmlp.tmp~"]  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    stray = tmp_path / ".m.0123456789abcdef.fusedmlp.tmp"
    stray.touch()
    _model().save(tmp_path / "m")
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "m"])


def test_a_file_that_is_being_written_is_no_stray(tmp_path):
    path = tmp_path / "m"
    with replacing(path) as file:
        file.write(b"first")
        write_atomically(path, b"second")
        other = "from fusedmlp.saving.files import write_atomically as w; w('m', b'third')"
        subprocess.run([sys.executable, "-c", other], cwd=tmp_path, check=True)
        assert path.read_bytes() == b"third"
    assert path.read_bytes() == b"first" and os.listdir(tmp_path) == ["m"]


def test_a_file_taken_for_a_stray_is_made_again(tmp_path, monkeypatch):
    """Between creation and lock another save may remove it."""
    fcntl = pytest.importorskip("fcntl")
    flock, removed = fcntl.flock, []

    def late(descriptor, how):
        if not removed:
            removed.extend(tmp_path.iterdir())
            removed[0].unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    write_atomically(tmp_path / "m", b"whole")
    assert len(removed) == 1 and (tmp_path / "m").read_bytes() == b"whole"


def test_file_systems_without_locks(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def without(descriptor, how):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", without)
    write_atomically(tmp_path / "m", b"1")
    stray = tmp_path / ".m.0123456789abcdef.fusedmlp.tmp"  # of a live process? nobody can tell
    stray.touch()
    write_atomically(tmp_path / "m", b"2")
    assert stray.exists() and (tmp_path / "m").read_bytes() == b"2"


# Paths


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    yield tmp_path / "home"
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_tilde_is_the_home_folder(home):
    _model().save("~/m.safetensors")
    assert fm.load("~/m.safetensors").in_features == 2
    _checkpointed("~/{epoch}.safetensors")
    x = np.ones((4, 2), np.float32)
    options = {"loss": "mse", "epochs": 2, "resume_from": "~/0.safetensors"}
    assert _model().fit(x, x[:, :1], **options).epochs == [0, 1]
    assert sorted(os.listdir(home)) == ["0.safetensors", "m.safetensors"]
    with pytest.raises(FileNotFoundError, match=re.escape(str(home / "no"))):
        _model().save("~/no/m.safetensors")


@pytest.mark.parametrize(("path", "error"), [(None, TypeError), (3.5, TypeError), ("", ValueError)])
def test_what_is_no_path(path, error):
    with pytest.raises(error, match="save: path must"):
        _model().save(path)
    with pytest.raises(error, match="load: path must"):
        fm.load(path)


# Text


@pytest.mark.parametrize("name", ["t.csv.gz", "T.GZ", "t.csv"])
def test_text_is_compressed_where_the_name_says_so(tmp_path, name):
    contents = []
    for path in (tmp_path / name, tmp_path / f"2{name}"):
        with replacing_text(path) as file:
            file.write("größe\r\n" * 1000)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    if name.lower().endswith("gz"):
        assert len(contents[0]) < 200
        contents[0] = gzip.decompress(contents[0])
    assert contents[0] == ("größe\r\n" * 1000).encode()
    with pytest.raises(RuntimeError), replacing_text(tmp_path / name) as file:
        file.write("half")
        raise RuntimeError
    assert (tmp_path / name).read_bytes() == contents[1]
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"2{name}"])

"""Files of other programs in place of a model or a CSV file: the message says what they are."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save as save_tensors

import fusedmlp as fm
from fusedmlp.checks.contents import content_kind, file_kind
from fusedmlp.table import TableError, read

CSV = "name,größe\nanna,1.5\nberta,2\n"


def _zip(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return buffer.getvalue()


def _npz():
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return buffer.getvalue()


def _model():
    return fm.MLP([2, 3, 1], seed=0)


STATE_DICT = save_tensors(
    {f"fc{k}.weight": np.zeros((4, 2), np.float32) for k in range(5)}, {"format": "pt"}
)
KINDS = {
    "a text file": CSV.encode(),
    "a pickle": pickle.dumps({"weight": np.zeros(3)}),
    "a PyTorch file": _zip("archive/data.pkl", "archive/data/0"),
    "an Excel file": _zip("[Content_Types].xml", "xl/workbook.xml"),
    "a NumPy file": _npz(),
    "a Keras file": _zip("metadata.json", "config.json", "model.weights.h5"),
    "a zip archive": _zip("notes.txt"),
    "a gzip file": gzip.compress(b"abc"),
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "a text file in UTF-16": CSV.encode("utf-16"),
    "a text file in UTF-32": CSV.encode("utf-32"),
}


# Model files


@pytest.mark.parametrize("kind", KINDS)
def test_load_says_what_a_file_is(tmp_path, kind):
    path = tmp_path / "file"
    path.write_bytes(KINDS[kind])
    assert file_kind(path) == kind
    with pytest.raises(fm.CheckpointError, match=f"not a readable fusedmlp model: it is {kind};"):
        fm.load(path)
    model = _model()
    x = np.ones((4, 2), np.float32)
    with pytest.raises(fm.CheckpointError, match=f"fit: resume_from: .* it is {kind};"):
        model.fit(x, x[:, :1], loss="mse", resume_from=path)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (CSV.encode(), "what model.save or `fusedmlp train` wrote"),
        (KINDS["a pickle"], "can run code, so it is never read; .* save the model with model.save"),
        (KINDS["a PyTorch file"], r"torch\.load and use fm\.from_torch, or .* transpose=True"),
        (KINDS["a gzip file"], "gunzip"),
        (STATE_DICT, r"safetensors file of another program \(PyTorch\) with the tensors "
         r"fc0\.weight \(4, 2\), .* and 2 more, but without .* transpose=True"),
        (save_tensors({"a": np.zeros(3)}), r"another program with the tensors a \(3,\), but"),
        (save_tensors({}), "another program without tensors"),
        (b"", "the file is empty"),
    ],
    ids=["CSV", "pickle", "torch", "gzip", "state dict", "tensors", "no tensors", "empty"],
)  # fmt: skip
def test_load_says_what_to_do(tmp_path, content, advice):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(fm.CheckpointError, match=advice):
        fm.load(path)


def test_a_pickle_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was run",))

    (tmp_path / "bomb").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(fm.CheckpointError, match="it is a pickle"):
        fm.load(tmp_path / "bomb")


def test_folders_and_devices(tmp_path):
    for path, kind in ((tmp_path, "folder"), ("/dev/zero", "device")):
        with pytest.raises(OSError, match=f"is a {kind}, but load needs a model file") as caught:
            fm.load(path)
        assert caught.value.filename == str(path)
    with pytest.raises(IsADirectoryError, match="is a folder, it must be a file"):
        _model().save(tmp_path)


def test_a_damaged_model_is_not_called_foreign(tmp_path):
    path = tmp_path / "m"
    _model().save(path)
    content = path.read_bytes()
    assert content_kind(content) == "a fusedmlp model"
    for damaged in (content[:-1], content[:60], content[:30]):
        path.write_bytes(damaged)
        with pytest.raises(fm.CheckpointError, match="not a readable fusedmlp model: ") as caught:
            fm.load(path)
        assert "it is" not in str(caught.value)


@pytest.mark.parametrize("header", [[], {"a": 3}, {"a": {"shape": 5}}, {"__metadata__": {"x": 1}}])
def test_hostile_headers(tmp_path, header):
    text = json.dumps(header).encode().ljust(40)
    (tmp_path / "m").write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(fm.CheckpointError, match="not a readable fusedmlp model"):
        fm.load(tmp_path / "m")


# The dict in between


def test_from_description(rng):
    model = fm.Sequential([fm.Dense(3, "tanh"), fm.BatchNorm(), fm.Dense(1)], in_features=2, seed=4)
    model.fit(rng.standard_normal((9, 2)), np.ones((9, 1)), loss="mse", epochs=1)
    model.metadata["note"] = [1, 2]
    description, tensors = model.to_description()
    assert json.loads(json.dumps(description)) == description
    other = fm.Sequential.from_description(description, tensors)
    assert type(other) is fm.Sequential and repr(other) == repr(model)
    assert (other.theta == model.theta).all() and (other.buffers == model.buffers).all()
    assert other.metadata == model.metadata and other.epochs_trained == 1
    other.theta[:] = 0
    assert model.theta.any()
    with pytest.raises(fm.CheckpointError, match="from_description: the description holds"):
        fm.Sequential.from_description(description, {})
    with pytest.raises(fm.CheckpointError, match=r"from_description: .* describes no valid model"):
        fm.Sequential.from_description({}, tensors)
    with pytest.raises(ValueError, match="to_description: the model is not built yet"):
        fm.Sequential([fm.Dense(2)]).to_description()


# Tables


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "text" not in kind])
def test_what_is_no_table(tmp_path, kind):
    pytest.importorskip("pandas", reason="pandas is not installed: no files are read")
    path = tmp_path / "d.csv"
    path.write_bytes(KINDS[kind])
    # An Excel file is read whatever its name; the one here is damaged.
    wanted = {"an Excel file": "not a readable excel file", "a gzip file": "not a gzip file"}
    if kind == "a gzip file":
        path.write_bytes(KINDS[kind][:-6])
    if kind == "a zip archive":
        assert read(path).shape == (0, 1)
        return
    wanted = wanted.get(kind, f"{kind}, not a table")
    with pytest.raises(TableError, match=f"d.csv: .*{wanted}"):
        read(path)


def test_a_model_is_no_table(tmp_path):
    _model().save(tmp_path / "m")
    with pytest.raises(TableError, match="a fusedmlp model, not a table"):
        read(tmp_path / "m")


def test_the_end_of_the_examined_part_cuts_a_character(tmp_path):
    path = tmp_path / "d.csv"
    path.write_bytes(b"a,b\n" + b"x" * ((1 << 20) - 5) + "ü,2\n".encode())
    assert file_kind(path) == "a text file"


def test_read_expands_the_home_folder(tmp_path, monkeypatch):
    pytest.importorskip("pandas", reason="pandas is not installed: no files are read")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    assert list(read("~/d.csv").columns) == ["a", "b"]
    with pytest.raises(ValueError, match="read: path must name a file"):
        read("")

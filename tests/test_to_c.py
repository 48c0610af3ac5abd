"""C exports: compiled without a warning, tested by themselves, and equal to ``predict``."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import LAYERS, agree, model_of, rows_for
from exchange_tables import table_model

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
COMPILERS = {
    "gcc": ["gcc", "-std=c99"], "clang": ["clang", "-std=c99"],
    "g++": ["g++", "-std=c++11"], "clang++": ["clang++", "-std=c++11"],
}  # fmt: skip
MAIN = """
#include <stdio.h>
#include "{header}"
int main(void) {{
    {given} x[{n}];
    {kind} y[{m}];
    if ({name}_selftest()) return 1;
    while (fread(x, sizeof x, 1, stdin) == 1) {{
        {name}_{function}(x, y);
        fwrite(y, sizeof y, 1, stdout);
    }}
    return 0;
}}
"""


def build(folder, compiler, sources, extra=()):
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    language = ["-x", "c++"] if "++" in compiler else ["-x", "c"]
    done = subprocess.run(
        [*command, *STRICT, *extra, *language, *sources, "-o", "program", "-x", "none", "-lm"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return folder / "program"


def outputs(model, x, folder, compiler="gcc", file="net.h", m=None, function="predict", **options):
    """Export, compile and run; return what the C code gives for rows `x`, as its type has them."""
    model.to_c(folder / file, **options)
    dtype = options.get("dtype", "float32")
    kind = {"float32": "float", "float64": "double"}[dtype]
    given = "double" if function.endswith("_double") else kind
    m = m or model.out_features
    main = MAIN.format(
        header="net.h", kind=kind, given=given, n=x.shape[1], m=m, function=function,
        name=options.get("name", "model"),
    )  # fmt: skip
    (folder / "main.c").write_text(main)
    program = build(folder, compiler, ["main.c", *(["net.c"] if file == "net.c" else [])])
    x = np.ascontiguousarray(x, {"float": np.float32, "double": np.float64}[given])
    done = subprocess.run([program], input=x.tobytes(), capture_output=True, check=False)
    assert done.returncode == 0, "the self-test fails"
    return np.frombuffer(done.stdout, dtype).reshape(len(x), m)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("file", ["net.h", "net.c"])
@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(tmp_path, kind, file, compiler):
    model, x = model_of(kind), rows_for(kind)
    found = outputs(model, x, tmp_path, compiler, file, rows=x)
    agree(found, model.predict(x), 2e-6)


@pytest.mark.parametrize("kind", LAYERS)
def test_in_double(tmp_path, kind):
    model, x = model_of(kind, "float64"), rows_for(kind, dtype=np.float64)
    found = outputs(model, x, tmp_path, dtype="float64", name="other")
    agree(found, model.predict(x), 1e-12)


def digits():
    X, y = fm.datasets.load_digits()
    X = X / 16
    model = fm.MLP([64, 32, 10], "relu", norm="batch", seed=0)
    model.fit(X, y, loss="cross_entropy", epochs=8, progress=False)
    return model, X


def test_digits_in_eight_bits(tmp_path):
    model, X = digits()
    found = outputs(model, X, tmp_path, rows=X)
    agree(found, model.predict(X), 2e-6)
    whole = (tmp_path / "net.h").stat().st_size
    small = outputs(model, X, tmp_path, int8=True, rows=X)
    agree(small, model.predict(X), 0.05)
    assert (small.argmax(axis=1) == model.predict(X).argmax(axis=1)).mean() > 0.99
    assert not np.array_equal(small, found)
    assert (tmp_path / "net.h").stat().st_size < 0.5 * whole


@pytest.mark.parametrize("task", ["classify", "regress"])
def test_a_table_with_categories_dates_and_gaps(tmp_path, task):
    table = table_model(task)
    for options in ({}, {"rows": table.frame}):
        found = outputs(table.model, table.raw, tmp_path, m=table.wanted.shape[1], **options)
        agree(found, table.wanted, 2e-6)
    if task == "classify":
        logits = table.wanted.astype(np.float64)
        found = outputs(table.model, table.raw, tmp_path, m=logits.shape[1],
                        function="probabilities")  # fmt: skip
        agree(found, fm.functional.softmax(logits), 2e-6)


NAMES = r"""
#include <stdio.h>
#include "net.h"
int main(void) {
    for (int k = 0; k < MODEL_INPUTS; k++) printf("%s|", model_input_name(k));
    for (int k = 0; k < MODEL_OUTPUTS; k++) printf("%s|", model_class_name(k));
    printf("[%s]|", model_class_name(99));
    printf("%d %d %d", (int)model_category(1, "gr\303\274n"), (int)model_category(1, "?"),
           (int)model_category(0, "red"));
    return 0;
}
"""


def test_names_in_c(tmp_path):
    table = table_model("classify")
    table.model.to_c(tmp_path / "net.h")
    (tmp_path / "main.c").write_text(NAMES)
    text = subprocess.run([build(tmp_path, "gcc", ["main.c"])], capture_output=True, check=True)
    *names, places = text.stdout.decode().split("|")
    assert names == [*table.inputs, *table.classes, "[]"]
    assert places == "2 0 0"


def test_a_softmax_behind(tmp_path):
    model = fm.SoftmaxSequential([fm.Dense(4)], in_features=6, seed=0)
    x = rows_for("plain")
    agree(outputs(model, x, tmp_path), model.predict(x), 2e-6)


def test_the_selftest_can_fail(tmp_path):
    model_of("plain").to_c(tmp_path / "net.h")
    text = (tmp_path / "net.h").read_text()
    first = text.index("= {\n") + 4
    (tmp_path / "net.h").write_text(f"{text[:first]} 7.5f + {text[first:].lstrip()}")
    (tmp_path / "main.c").write_text(
        '#include "net.h"\nint main(void) { return model_selftest(); }'
    )
    program = build(tmp_path, "gcc", ["main.c"])
    assert subprocess.run([program], check=False).returncode == 8


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"path": "net.txt"}, ValueError, "path must end in .h or .c"),
        ({"name": "2x"}, ValueError, "name must be a C identifier"),
        ({"name": "while"}, ValueError, "name must be a C identifier"),
        ({"name": 3}, TypeError, "name must be a str"),
        ({"dtype": "float16"}, ValueError, "dtype must be"),
        ({"int8": 1}, TypeError, "int8"),
        ({"rows": np.zeros((3, 5))}, ValueError, "rows must have"),
        ({"rows": np.zeros((0, 6))}, ValueError, "at least one row"),
        ({"rows": np.full((1, 6), np.nan)}, ValueError, "finite"),
        ({"path": "missing/net.c"}, OSError, "does not exist"),
    ],
    ids=str,
)
def test_bad_input_writes_nothing(tmp_path, options, error, message):
    path = tmp_path / options.pop("path", "net.c")
    with pytest.raises(error, match=message):
        model_of("plain").to_c(path, **options)
    assert not list(tmp_path.iterdir())


def test_nan_and_unbuilt(tmp_path):
    model = model_of("plain")
    model.theta[3] = np.nan
    with pytest.raises(ValueError, match=r"to_c: 0.weight holds NaN"):
        model.to_c(tmp_path / "net.h")
    with pytest.raises(ValueError, match="not built"):
        fm.Sequential([fm.Dense(2)]).to_c(tmp_path / "net.h")


def test_all_operations_have_a_writer():
    from fusedmlp.exchange import columns, ops, quantized, table, to_c, to_torch

    found = {
        cls
        for module in (ops, columns, table, quantized)
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, ops.Operation)
    } - {ops.Operation, columns.OnColumns}
    # Folding leaves none of the first two.
    assert set(to_c.WRITERS) == found - {ops.BatchNorm, ops.Dropout}
    assert set(to_torch.WRITERS) == found - {quantized.Quantized}


def test_what_cannot_be_exported(tmp_path, monkeypatch):
    from fusedmlp.exchange import formulas, lower

    monkeypatch.delitem(lower.LOWERED, "layer_norm")
    with pytest.raises(ValueError, match=r"to_c: layers\[4\] Residual.* cannot be exported; supp"):
        model_of("plain").to_c(tmp_path / "net.h")
    monkeypatch.delitem(formulas.FORMULAS, "tanh")
    with pytest.raises(ValueError, match=r"to_c: layers\[1\] Dense\(9, tanh\): the activation 'ta"):
        model_of("plain").to_c(tmp_path / "net.h")
    assert not list(tmp_path.iterdir())

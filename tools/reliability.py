"""Runs the tests of docs/reliability.md, the slow ones too, and prints their figures.

    python tools/reliability.py             # everything: under an hour on two cores
    python tools/reliability.py leaks fuzz  # these parts

Two parts run at a time, each in a process of its own. Ends with 1 if a test failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = {  # the longest first
    "leaks": ["test_leaks.py::test_a_hundred_thousand_calls_do_not_make_the_process_grow"],
    "growth": [
        "test_leaks.py::test_calls_do_not_make_the_process_grow",
        "test_leaks.py::test_a_thousand_calls_of_what_is_not_quick",
    ],
    "fuzz": ["test_fuzz.py"],
    "damage": ["test_damaged_files.py", "test_wrong_files.py", "test_old_files.py"],
    "exits": ["test_exits.py"],
    "races": ["test_races.py"],
    "loader": ["test_loader_fuzz.py"],
    "faults": ["test_faults.py", "test_checkpoint.py"],
    "threads": ["test_determinism.py", "test_golden.py", "test_threads.py"],
    "refusals": ["test_refusals.py", "test_distributed_refusals.py", "test_layouts.py"],
    "playground": ["playground/test_server.py"],
}


def run(part: str) -> tuple[str, bool]:
    """Run the files of a part; return a report and whether all is well."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "slow or not slow", f"--junitxml={report}",
             *(f"tests/{name}" for name in PARTS[part])],
            cwd=ROOT, capture_output=True, text=True, env=dict(os.environ),
        )  # fmt: skip
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []
    failed = {}
    for case in cases:
        for found in (*case.iter("failure"), *case.iter("error")):
            failed[case.get("name")] = found.get("message", "")
    skipped = sum(c.find("skipped") is not None for c in cases)
    minutes = (time.monotonic() - start) / 60
    lines = [f"{part}: {len(cases) - skipped - len(failed)} passed, {len(failed)} failed, "
             f"{skipped} skipped, {minutes:.1f} minutes"]  # fmt: skip
    for case in cases:
        figures = [p.get("value") for p in case.iter("property") if p.get("name") == "figure"]
        lines += [f"  {case.get('name')}: {figure}" for figure in figures]
    if done.returncode:
        why = [f"  FAILED {name}: {text[-500:]}" for name, text in failed.items()]
        lines += why or [done.stdout + done.stderr]
    return "\n".join(lines), done.returncode == 0


def main() -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description="The figures of docs/reliability.md.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all without any")
    chosen = parser.parse_args().parts or list(PARTS)
    well = True
    with ThreadPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(run, part) for part in chosen]):
            text, good = done.result()
            print(text, flush=True)
            well = well and good
    return int(not well)


if __name__ == "__main__":
    sys.exit(main())

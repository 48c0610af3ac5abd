"""Writes tests/data/golden_<level>.json: hashes of trained weights, one file for each level.

The level "base" is another one on each processor: its file is golden_base_<processor>.json.

    python tools/golden.py          # write, for the levels that are built and run here
    python tools/golden.py --check  # name the nets whose bits have changed

Run it after a change of a kernel that was meant to change bits, with all levels built
(``-Ccmake.define.FUSEDMLP_ISA_LEVELS=all``); a level that cannot run here keeps its file, which
must then be written on a machine that has it, or removed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fusedmlp.core import backend  # noqa: E402
from golden_nets import NETS, file_of, hashes_of  # noqa: E402


def found_on(level: str) -> dict[str, dict[str, str]]:
    """Return the hashes of all nets on a level."""
    backend.core = backend.load(level)
    return {name: hashes_of(name) for name in NETS}


def main() -> int:
    """Write or compare the files of all levels that run here."""
    parser = argparse.ArgumentParser(description="Hashes of trained weights, by level.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    changed = 0
    for level in backend.available():
        if level == "numpy":
            continue
        path = file_of(level)
        kept = json.loads(path.read_text()) if path.exists() else {}
        found = found_on(level)
        other = [name for name in NETS if kept.get(name) != found[name]]
        changed += len(other)
        if not check:
            path.write_text(json.dumps(found, indent=1) + "\n")
        print(f"{level}: {len(other)} of {len(found)} nets have other bits: {', '.join(other)}")
    here = {file_of(level) for level in backend.available()}
    for path in sorted(set((ROOT / "tests" / "data").glob("golden_*.json")) - here):
        print(f"{path.name}: not built or does not run here; the file stays as it is")
    return int(check and changed > 0)


if __name__ == "__main__":
    sys.exit(main())

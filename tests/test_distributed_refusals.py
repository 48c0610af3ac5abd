"""``distributed.fit`` says what is wrong with a bad argument on every rank, and no rank waits.

This file is its own script under mpirun.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mpi import mpirun


def main(folder: str) -> None:
    """Make all bad calls; write down what was not refused as promised."""
    from mpi4py import MPI

    from refused import distributed

    ranks, wrong, count = MPI.COMM_WORLD.size, [], 0
    for call in distributed.calls(ranks):
        call.call(**call.good())
        for argument, kind in call.kinds.items():
            for what, value, error in kind(call.good().get(argument)):
                arguments = {**call.good(), argument: value}
                before = arguments["model"]
                theta = before.theta.copy() if argument != "model" else None
                count += 1
                try:
                    call.call(**arguments)
                    said = "was taken"
                except Exception as caught:
                    text, said = str(caught), ""
                    if not isinstance(caught, error):
                        said = repr(caught)
                    elif not text.startswith(f"{call.title}: ") or argument[:-1] not in text:
                        said = text
                if theta is not None and (before.theta != theta).any():
                    said += " and the model has changed"
                if said:
                    wrong.append(f"{argument}={what}: {said}")
    rank = MPI.COMM_WORLD.rank
    Path(folder, f"{rank}.json").write_text(json.dumps({"wrong": wrong, "count": count}))


@pytest.mark.parametrize("ranks", [1, 2])
def test_every_rank_refuses(ranks, tmp_path, record_property):
    done = mpirun(ranks, str(Path(__file__)), str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for rank in range(ranks):
        found = json.loads((tmp_path / f"{rank}.json").read_text())
        assert not found["wrong"]
        assert found["count"] >= (10 if ranks == 1 else 200)
    record_property("figure", f"{found['count']} bad calls on {ranks} ranks refused")


if __name__ == "__main__":
    main(sys.argv[1])

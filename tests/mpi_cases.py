"""What test_distributed.py runs under mpirun: python mpi_cases.py CASE FOLDER [parts].

The cases are the functions of mpi_fits.py and mpi_faults.py. Every rank writes what it has got to
FOLDER/RANK.npz. With "parts" the gradients of these small nets are summed layer by layer, as those
of large nets are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from mpi4py import MPI

import mpi_faults
import mpi_fits
from fusedmlp.distributed import gradient_sum

if __name__ == "__main__":
    if "parts" in sys.argv[3:]:
        gradient_sum.LEAST_BYTES = 4
    case = {**vars(mpi_fits), **vars(mpi_faults)}[sys.argv[1]]
    np.savez(Path(sys.argv[2]) / f"{MPI.COMM_WORLD.rank}.npz", **case(MPI.COMM_WORLD))

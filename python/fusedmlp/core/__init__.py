"""What all else stands on: the kernels in use, their contract, the catalogue, memory, seeds."""

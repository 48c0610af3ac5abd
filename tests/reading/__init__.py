"""Tests of ``fusedmlp.table.read``; a package, so that its conftest.py is not the one of tests/."""

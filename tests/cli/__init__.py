"""Tests of the command line; a package, so that its conftest.py is not the one of tests/."""

"""Atomic writing, model files, and the files of interrupted fits."""

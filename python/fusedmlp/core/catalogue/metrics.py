"""Metrics that the engine computes; all others are computed in Python from the outputs."""

METRICS = ("accuracy", "mse", "rmse", "mae", "r2")

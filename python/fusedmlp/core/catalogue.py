"""Names, parameters and defaults of every activation, loss and optimizer, in the kernels' order.

The native kernels take their numbers as one flat list; the order of the keys here is that order.
Names and defaults are those of ``torch.nn.functional`` and ``torch.optim``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ACTIVATIONS: dict[str, dict[str, float]] = {
    "identity": {},
    "sigmoid": {},
    "tanh": {},
    "relu": {},
    "leaky_relu": {"negative_slope": 0.01},
    "elu": {"alpha": 1.0},
    "selu": {},
    "celu": {"alpha": 1.0},
    "softplus": {"beta": 1.0},
    "softsign": {},
    "gelu": {},
    "gelu_tanh": {},
    "silu": {},
    "mish": {},
    "hardtanh": {"min_val": -1.0, "max_val": 1.0},
    "relu6": {},
    "hardsigmoid": {},
    "hardswish": {},
}

LOSSES: dict[str, dict[str, Any]] = {
    "mse": {},
    "mae": {},
    "huber": {"delta": 1.0},
    "log_cosh": {},
    "quantile": {"q": 0.5},  # in the kernels one q per output: q_0 ... q_{outputs-1}
    "poisson_nll": {},
    "binary_cross_entropy": {},
    "cross_entropy": {"label_smoothing": 0.0},
    "hinge": {},
}


class OptimizerRow(NamedTuple):
    """Hyperparameters with defaults (``lr`` apart), and the state arrays each parameter owns.

    NAdam's ``mu_product`` alone is one float64 number of shape (1,), whatever the parameters are.
    """

    lr: float
    hyper: dict[str, float]
    state: tuple[str, ...]
    weight_decay: float = 0.0


_BETAS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}

OPTIMIZERS: dict[str, OptimizerRow] = {
    "sgd": OptimizerRow(1e-3, {"momentum": 0.0, "dampening": 0.0, "nesterov": 0.0}, ("velocity",)),
    "adagrad": OptimizerRow(1e-2, {"lr_decay": 0.0, "eps": 1e-10}, ("sum",)),
    "adadelta": OptimizerRow(1.0, {"rho": 0.9, "eps": 1e-6}, ("square_avg", "acc_delta")),
    "rmsprop": OptimizerRow(
        1e-2,
        {"alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": 0.0},
        ("square_avg", "velocity", "grad_avg"),
    ),
    "adam": OptimizerRow(1e-3, {**_BETAS, "amsgrad": 0.0}, ("m", "v", "vmax")),
    "adamw": OptimizerRow(1e-3, {**_BETAS, "amsgrad": 0.0}, ("m", "v", "vmax"), 1e-2),
    "adamax": OptimizerRow(2e-3, _BETAS, ("m", "u")),
    "nadam": OptimizerRow(
        2e-3,
        {**_BETAS, "momentum_decay": 4e-3, "decoupled_weight_decay": 0.0},
        ("m", "v", "mu_product"),
    ),
    "radam": OptimizerRow(1e-3, {**_BETAS, "decoupled_weight_decay": 0.0}, ("m", "v")),
    "lion": OptimizerRow(1e-4, {"beta1": 0.9, "beta2": 0.99}, ("m",)),
    "rprop": OptimizerRow(
        1e-2,
        {"etaminus": 0.5, "etaplus": 1.2, "step_min": 1e-6, "step_max": 50.0},
        ("previous_grad", "step_size"),
    ),
}

"""Optimizers: options and defaults of ``torch.optim``, state arrays, documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .adam_family import ADAM_FAMILY
from .common_options import betas, eps, weight_decay
from .optimizer import Optimizer, State
from .parameters import Flag, Number, Pair


def _nesterov_conflict(values: Mapping[str, Any]) -> str | None:
    momentum, dampening = values["momentum"], values["dampening"]
    if not values["nesterov"] or (momentum != 0 and dampening == 0):
        return None
    return (
        "nesterov needs momentum > 0 and dampening = 0, "
        f"got momentum {momentum:g} and dampening {dampening:g}"
    )


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(
        title="SGD",
        lr=1e-3,
        options={
            "momentum": Number(0.0, low=0.0),
            "dampening": Number(0.0, high=1.0),
            "nesterov": Flag(False),
            "weight_decay": weight_decay(),
            "lr_in_velocity": Flag(False),
        },
        conflict=_nesterov_conflict,
        state={"velocity": State(needs="momentum")},
        counts="first",
        update=(
            "`v = mu v + (1 - dampening) g` (first step `v = g`); `p -= lr v`, "
            "Nesterov `p -= lr (g + mu v)`; lr_in_velocity: `g = lr g` first, then a step of 1"
        ),
        doc="""
            Gradient descent with momentum: ``v = mu v + (1 - dampening) g; p -= lr v``.

            ``nesterov`` steps by ``g + mu v`` instead of ``v``. ``first=True`` sets ``v = g``,
            whatever ``velocity`` held, as torch does at the first step. Without momentum
            ``velocity`` is not used. The velocity does not contain lr; with ``lr_in_velocity`` g
            is multiplied by lr first and the step is that of lr 1, as in Keras and scikit-learn,
            which differs once lr changes. Polyak 1964; Sutskever et al. 2013.
            """,
        example="""
            >>> p, v = np.array([1.0, 2.0]), np.zeros(2)
            >>> F.sgd_step(p, [0.5, -0.5], v, lr=0.1, momentum=0.9, first=True)
            >>> p, v
            (array([0.95, 2.05]), array([ 0.5, -0.5]))
            """,
    ),
    "adagrad": Optimizer(
        title="Adagrad",
        lr=1e-2,
        options={
            "lr_decay": Number(0.0, low=0.0),
            "weight_decay": weight_decay(),
            "initial_accumulator_value": Number(0.0, low=0.0, kernel=False),
            "eps": eps(1e-10),
        },
        state={"sum": State(start="initial_accumulator_value")},
        update="`s += g²`; `p -= lr / (1 + (t-1) lr_decay) · g / (√s + eps)`",
        doc="""
            Adagrad: ``sum += g^2; p -= lr / (1 + (step - 1) lr_decay) g / (sqrt(sum) + eps)``.

            Duchi, Hazan & Singer 2011. ``step`` counts from 1.
            """,
        example="""
            >>> p, total = np.array([1.0]), np.zeros(1)
            >>> F.adagrad_step(p, [2.0], total, step=1, lr=0.5)
            >>> p, total
            (array([0.5]), array([4.]))
            """,
    ),
    "adadelta": Optimizer(
        title="Adadelta",
        lr=1.0,
        options={
            "rho": Number(0.9, low=0.0, high=1.0),
            "eps": eps(1e-6),
            "weight_decay": weight_decay(),
        },
        state={"square_avg": State(), "acc_delta": State()},
        counts="nothing",
        update=(
            "`s = rho s + (1-rho) g²`; `δ = √(d + eps) / √(s + eps) · g`; "
            "`d = rho d + (1-rho) δ²`; `p -= lr δ`"
        ),
        doc="""
            Adadelta: steps in the units of the parameters.

            ``delta = sqrt(acc_delta + eps) / sqrt(square_avg + eps) g; p -= lr delta``.
            ``square_avg`` and ``acc_delta`` are moving averages (rate ``rho``) of g^2, updated
            before, and delta^2, updated after. ``step`` is not used. Zeiler 2012.
            """,
        example="""
            >>> p, square, delta = np.array([1.0]), np.zeros(1), np.zeros(1)
            >>> F.adadelta_step(p, [3.0], square, delta, rho=0.5)
            >>> p.round(6), square
            (array([0.998586]), array([4.5]))
            """,
    ),
    "rmsprop": Optimizer(
        title="RMSprop",
        lr=1e-2,
        options={
            "alpha": Number(0.99, low=0.0, high=1.0),
            "eps": eps(1e-8),
            "weight_decay": weight_decay(),
            "momentum": Number(0.0, low=0.0),
            "centered": Flag(False),
        },
        state={
            "square_avg": State(),
            "velocity": State(needs="momentum"),
            "grad_avg": State(needs="centered"),
        },
        counts="nothing",
        update=(
            "`s = alpha s + (1-alpha) g²`; `p -= lr g / (√s + eps)`; centered: "
            "`√(s - a²)` with `a = alpha a + (1-alpha) g`; momentum: "
            "`v = mu v + g / (√s + eps)`, `p -= lr v`"
        ),
        doc="""
            RMSprop: ``s = alpha s + (1 - alpha) g^2; p -= lr g / (sqrt(s) + eps)``.

            ``centered`` takes ``sqrt(s - grad_avg^2)``, ``momentum`` steps by ``velocity =
            momentum velocity + g / (...)``; each needs its array. ``step`` is not used. eps
            stands outside the root (TensorFlow 1 had it inside). Hinton 2012; Graves 2013.
            """,
        example="""
            >>> p, square = np.array([1.0]), np.zeros(1)
            >>> F.rmsprop_step(p, [2.0], square, lr=0.1, alpha=0.75)
            >>> p.round(6), square
            (array([0.8]), array([1.]))
            """,
    ),
    **ADAM_FAMILY,
    "lion": Optimizer(
        title="Lion",
        lr=1e-4,
        options={"betas": betas(0.9, 0.99), "weight_decay": weight_decay()},
        decoupled=True,
        state={"m": State()},
        counts="nothing",
        update="`p *= 1 - lr weight_decay`; `p -= lr sign(β1 m + (1-β1) g)`; `m = β2 m + (1-β2) g`",
        doc="""
            Lion: ``p -= lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g``.

            Weight decay is decoupled: first ``p *= 1 - lr weight_decay``. ``step`` is not used.
            Chen et al. 2023; not in torch.optim.
            """,
        example="""
            >>> p, m = np.array([1.0, 1.0]), np.zeros(2)
            >>> F.lion_step(p, [0.001, -7.0], m, lr=0.25)
            >>> p
            array([0.75, 1.25])
            """,
    ),
    "rprop": Optimizer(
        title="Rprop",
        lr=1e-2,
        options={
            "etas": Pair(
                ("etaminus", "etaplus"),
                Number(0.5, low=0.0, high=1.0, open_low=True, open_high=True),
                Number(1.2, low=1.0, open_low=True),
            ),
            "step_sizes": Pair(
                ("step_min", "step_max"), Number(1e-6, low=0.0), Number(50.0), ascending=True
            ),
        },
        state={"previous_grad": State(), "step_size": State(start="lr")},
        counts="nothing",
        update=(
            "`s *= 1.2` where g and g' agree in sign, `s *= 0.5` and `g = 0` where they do not, "
            "s within (1e-6, 50); `p -= sign(g) s`; `g' = g`"
        ),
        doc="""
            Rprop: ``p -= sign(g) step_size``, a step size for every parameter; for full batches.

            The size grows by ``etas[1]`` while the sign of g holds and shrinks by ``etas[0]``
            after a change, where g counts as 0 for this step; it stays within ``step_sizes``. It
            starts at lr: fill ``step_size`` with lr; ``lr`` and ``step`` themselves are not used.
            Signs are compared, not multiplied gradients: tiny ones do not underflow as in torch.
            Riedmiller & Braun 1993.
            """,
        example="""
            >>> p, previous, size = np.array([1.0]), np.ones(1), np.full(1, 0.5)
            >>> F.rprop_step(p, [3.0], previous, size)
            >>> p, size
            (array([0.4]), array([0.6]))
            """,
    ),
}

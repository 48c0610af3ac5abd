"""The rows of Adam and its relatives."""

from __future__ import annotations

from .common_options import betas, eps, weight_decay
from .optimizer import Optimizer, State
from .parameters import Flag, Number

_BETAS = betas(0.9, 0.999)

ADAM_FAMILY: dict[str, Optimizer] = {
    "adam": Optimizer(
        title="Adam",
        lr=1e-3,
        options={
            "betas": _BETAS,
            "eps": eps(1e-8),
            "weight_decay": weight_decay(),
            "amsgrad": Flag(False),
            "epsilon_hat": Flag(False),
        },
        state={"m": State(), "v": State(), "vmax": State(needs="amsgrad", keyword_only=True)},
        update=(
            "`m = β1 m + (1-β1) g`; `v = β2 v + (1-β2) g²`; "
            "`p -= lr · m / (1-β1ᵗ) / (√(v / (1-β2ᵗ)) + eps)`; amsgrad: the largest v so far; "
            "epsilon_hat: `eps / √(1-β2ᵗ)`"
        ),
        doc="""
            Adam with bias correction, eps after it.

            ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g^2``, ``p -= lr m / (1 -
            beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)``. ``step`` counts from 1.
            ``amsgrad`` puts the largest v so far, kept in ``vmax``, in the place of v.
            ``weight_decay`` adds ``weight_decay p`` to g. ``epsilon_hat`` adds eps before v is
            corrected, as Keras and scikit-learn do, which makes it larger in the first steps.
            Kingma & Ba 2015; Reddi et al. 2018.
            """,
        example="""
            >>> p, m, v = np.array([1.0, 1.0]), np.zeros(2), np.zeros(2)
            >>> F.adam_step(p, [0.5, -4.0], m, v, step=1, lr=0.1)
            >>> p.round(6)
            array([0.9, 1.1])
            """,
    ),
    "adamw": Optimizer(
        title="AdamW",
        lr=1e-3,
        options={
            "betas": _BETAS,
            "eps": eps(1e-8),
            "weight_decay": weight_decay(1e-2),
            "amsgrad": Flag(False),
            "epsilon_hat": Flag(False),
        },
        decoupled=True,
        state={"m": State(), "v": State(), "vmax": State(needs="amsgrad", keyword_only=True)},
        update="`p *= 1 - lr weight_decay`, then Adam's step",
        doc="""
            Adam with decoupled weight decay: first ``p *= 1 - lr weight_decay``, then Adam's step.

            Loshchilov & Hutter 2019. Parameters as in :func:`adam_step`.
            """,
        example="""
            >>> p, m, v = np.array([1.0]), np.zeros(1), np.zeros(1)
            >>> F.adamw_step(p, [0.5], m, v, step=1, lr=0.1, weight_decay=0.5)
            >>> p.round(6)
            array([0.85])
            """,
    ),
    "adamax": Optimizer(
        title="Adamax",
        lr=2e-3,
        options={"betas": _BETAS, "eps": eps(1e-8), "weight_decay": weight_decay()},
        state={"m": State(), "u": State()},
        update="`u = max(β2 u, abs(g) + eps)`; `p -= lr / (1-β1ᵗ) · m / u`",
        doc="""
            Adamax: ``u = max(beta2 u, |g| + eps); p -= lr / (1 - beta1^step) m / u``.

            Kingma & Ba 2015, section 7.1.
            """,
        example="""
            >>> p, m, u = np.array([1.0]), np.zeros(1), np.zeros(1)
            >>> F.adamax_step(p, [4.0], m, u, step=1, lr=0.1)
            >>> p.round(6), u.round(6)
            (array([0.9]), array([4.]))
            """,
    ),
    "nadam": Optimizer(
        title="NAdam",
        lr=2e-3,
        options={
            "betas": _BETAS,
            "eps": eps(1e-8),
            "weight_decay": weight_decay(),
            "momentum_decay": Number(4e-3, low=0.0),
            "decoupled_weight_decay": Flag(False),
        },
        decoupled="decoupled_weight_decay",
        # One number for all parameters, in double: float32 is too coarse for a long product.
        state={"m": State(), "v": State(), "mu_product": State(start=1.0, scalar=True)},
        update=(
            "`μₜ = β1 (1 - 0.96^(t·momentum_decay) / 2)`, `M = μ₁···μₜ`; "
            "`p -= lr ((1-μₜ)/(1-M) g + μₜ₊₁/(1-M μₜ₊₁) m) / (√(v / (1-β2ᵗ)) + eps)`"
        ),
        doc="""
            NAdam: Adam with Nesterov momentum of growing strength.

            ``mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)``, ``M = mu_1 ... mu_t``, ``p -= lr
            (a g + b m) / (sqrt(v / (1 - beta2^t)) + eps)`` with ``a = (1 - mu_t) / (1 - M)`` and
            ``b = mu_{t+1} / (1 - M mu_{t+1})``. ``mu_product`` holds M: float64, shape (1,),
            starts at 1. Dozat 2016.
            """,
        example="""
            >>> p, m, v, mu = np.array([1.0]), np.zeros(1), np.zeros(1), np.ones(1)
            >>> F.nadam_step(p, [2.0], m, v, mu, step=1, lr=0.1)
            >>> p.round(6), mu.round(6)
            (array([0.894355]), array([0.450073]))
            """,
    ),
    "radam": Optimizer(
        title="RAdam",
        lr=1e-3,
        options={
            "betas": _BETAS,
            "eps": eps(1e-8),
            "weight_decay": weight_decay(),
            "decoupled_weight_decay": Flag(False),
        },
        decoupled="decoupled_weight_decay",
        state={"m": State(), "v": State()},
        update=(
            "`rho_inf = 2/(1-β2) - 1`, `rho_t = rho_inf - 2 t β2ᵗ/(1-β2ᵗ)`; "
            "`p -= lr m̂` while `rho_t ≤ 5`, then `p -= lr rₜ m̂ √(1-β2ᵗ) / (√v + eps)`, "
            "`rₜ² = (rho_t-4)(rho_t-2)rho_inf / ((rho_inf-4)(rho_inf-2)rho_t)`, "
            "`m̂ = m/(1-β1ᵗ)`"
        ),
        doc="""
            RAdam: plain momentum for the first steps, then Adam scaled by a rectification.

            ``p -= lr m^``, later ``p -= lr r_t m^ sqrt(1 - beta2^t) / (sqrt(v) + eps)``, with
            ``m^ = m / (1 - beta1^t)``; r_t makes up for the large variance of 1 / sqrt(v) in the
            first steps (with the default beta2 it is used from the sixth step on). Liu et al.
            2020.
            """,
        example="""
            >>> p, m, v = np.array([1.0]), np.zeros(1), np.zeros(1)
            >>> F.radam_step(p, [2.0], m, v, step=1, lr=0.1)
            >>> p.round(6)
            array([0.8])
            """,
    ),
}

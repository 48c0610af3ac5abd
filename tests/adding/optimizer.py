"""A new optimizer: signum (sign of the averaged gradient), with one option and one state array."""

from __future__ import annotations

from . import Edit

NAME = "signum"
UNITS = ("cpp/kernels/optimizers.cpp",)
TESTS = ("test_catalogue.py", "test_optimizers.py", "test_optimizer_state.py")
WHOLE = (
    "test_optimizer_state.py::test_state_arrays",
    "test_bench.py::test_bytes_counted_per_optimizer",
)
DOCTESTS = ("functional.optimizers", "optim.signs")

EDITS = (
    Edit(
        "cpp/kernels/optimizers/signum.hpp",
        """
// Signum (Bernstein et al. 2018): m = momentum m + (1 - momentum) g, then p -= lr sign(m).
#pragma once

#include "kernels/optimizers/rule.hpp"

namespace fusedmlp {

template <typename T>
struct Signum {
  static constexpr unsigned uses = 0b001;
  T lr, one_minus_momentum;

  explicit Signum(const StepNumbers& s)
      : lr(static_cast<T>(s.lr)), one_minus_momentum(static_cast<T>(1.0 - s.hyper[0])) {}

  EIGEN_STRONG_INLINE void operator()(Vec<T>& p, Vec<T> g, StateVecs<T>& state) const {
    Vec<T>& m = state[0];
    m = moving_average(m, g, one_minus_momentum);
    p = fma(-lr, sign(m), p);
  }
};

// hyper: momentum; state: m.
template <typename T>
OptimizerStep<T> prepare_signum(const StepNumbers& s) {
  return make_step<T, Signum<T>>(s, true);
}

}  // namespace fusedmlp
""",
    ),
    Edit(
        "cpp/kernels/optimizers.cpp",
        """#include "kernels/optimizers/signum.hpp"\n""",
        after=r'^#include "kernels/optimizers/.*\n',
    ),
    Edit(
        "cpp/kernels/optimizers.cpp",
        """      {"signum", 1, 1, 0, prepare_signum<T>},\n""",
        after=r'^      {"\w+", \d.*},\n',
    ),
    Edit(
        "python/fusedmlp/core/catalogue/optimizers.py",
        '''\
    "signum": Optimizer(
        title="Signum",
        lr=1e-4,
        options={
            "momentum": Number(0.9, low=0.0, high=1.0, open_high=True),
            "weight_decay": weight_decay(),
        },
        decoupled=True,
        state={"m": State()},
        counts="nothing",
        update="`m = mu m + (1-mu) g`; `p -= lr sign(m)`",
        doc="""
            Signum: ``m = momentum m + (1 - momentum) g; p -= lr sign(m)``.

            ``step`` is not used. Bernstein et al. 2018.
            """,
        example="""
            >>> p, m = np.array([1.0]), np.zeros(1)
            >>> F.signum_step(p, [7.0], m, lr=0.25)
            >>> p
            array([0.75])
            """,
    ),
''',
        before=r"^}$",
    ),
    Edit(
        "python/fusedmlp/core/reference/optimizers.py",
        """\
def _signum(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    (momentum,) = h
    (m,) = state
    m += (1 - momentum) * (g - m)
    p -= lr * np.sign(m)


""",
        before=r"^class _Row\(",
    ),
    Edit(
        "python/fusedmlp/core/reference/optimizers.py",
        """    "signum": _Row(_signum, decoupled=True),\n""",
        after=r'^    "\w+": _Row\(.*\n',
    ),
    Edit(
        "python/fusedmlp/optim/signs.py",
        '''

class Signum(Optimizer):
    """Signum: ``m = momentum m + (1 - momentum) g; p -= lr sign(m)``.

    Parameters
    ----------
    lr : float or schedule, default 1e-4
    momentum : float, default 0.9
        Rate of m, in [0, 1).
    weight_decay : float, default 0.0
        Decoupled: first ``p *= 1 - lr weight_decay``.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Examples
    --------
    >>> from fusedmlp.optim import Signum
    >>> Signum().momentum
    0.9
    """

    name = "signum"

    def __init__(
        self,
        lr: LearningRate = 1e-4,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        *,
        decay_all: bool = False,
    ):
        self.momentum = momentum
        super().__init__(lr, weight_decay, decay_all)
''',
        after=r"\Z",
    ),
    Edit("python/fusedmlp/optim/signs.py", ', "Signum"', after=r"^__all__ = \[.*(?=\]$)"),
)


def check() -> None:
    """The rule by hand, its gradient-free step on a bowl, training, docs and errors, by name."""
    import numpy as np

    import fusedmlp as fm
    from fusedmlp import functional as F
    from support import raises

    p, m = np.array([2.0, 2.0]), np.array([4.0, -4.0])
    # m = 2 + 1, -2 + 1; decay first: p = 1.5
    F.signum_step(p, [2.0, 2.0], m, lr=0.5, momentum=0.5, weight_decay=0.5)
    assert (p.tolist(), m.tolist()) == ([1.0, 2.0], [3.0, -1.0])
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 4))
    y = (X @ rng.standard_normal((4, 3))).argmax(axis=1)
    model = fm.Sequential([fm.Dense(16, "relu"), fm.Dense(3)], in_features=4, seed=0)
    signum = fm.optim.Signum(lr=1e-3)
    fit = {"loss": "cross_entropy", "epochs": 30, "progress": False}
    loss = model.fit(X, y, optimizer=signum, **fit).history["loss"]
    assert loss[-1] < 0.95 * loss[0] and signum.state["m"].shape == model.theta.shape
    again = fm.optim.Signum()
    again.load_state_dict(signum.state_dict())
    assert (
        repr(again)
        == repr(signum)
        == "Signum(lr=0.001, momentum=0.9, weight_decay=0.0, decay_all=False)"
    )
    assert fm.optim.get("signum").lr == 1e-4 and "signum" in F.OPTIMIZERS
    assert "Bernstein" in F.signum_step.__doc__ and "Rate of m" in fm.optim.Signum.__doc__
    raises(
        ValueError, r"Signum: momentum must be in \[0, 1\)", lambda: fm.optim.Signum(momentum=1.0)
    )
    raises(ValueError, "signum_step: lr must be in", lambda: F.signum_step(p, p + 1, m, lr=-1.0))

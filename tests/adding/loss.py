"""A new loss: charbonnier, with one parameter."""

from __future__ import annotations

from . import Edit

NAME = "charbonnier"
UNITS = ("cpp/kernels/losses/table.cpp",)
TESTS = ("test_losses.py", "test_loss_values.py")
WHOLE = ("test_catalogue.py::test_every_default_is_allowed",)
DOCTESTS = ("functional.losses",)

EDITS = (
    Edit(
        "cpp/kernels/losses/formulas.hpp",
        """\
// d^2 / (r + eps) is r - eps with r = sqrt(d^2 + eps^2), without its cancellation near 0.
template <typename T>
struct Charbonnier {
  T eps;
  explicit Charbonnier(const double* params) : eps(T(params[0])) {}
  EIGEN_STRONG_INLINE LossAndSlope<T> operator()(Vec<T> x, Vec<T> t) const {
    const Vec<T> d = x - t, square = d * d, root = sqrt(square + eps * eps);
    return {square / (root + eps), d / root};
  }
};

""",
        before=r"^}  // namespace fusedmlp$",
    ),
    Edit(
        "cpp/kernels/losses/table.cpp",
        """    {"charbonnier", false, rows_of<T, Charbonnier>},\n""",
        after=r'^    {"\w+", (true|false), .*},\n',
    ),
    Edit(
        "python/fusedmlp/core/catalogue/losses.py",
        '''\
    "charbonnier": Loss(
        params={"eps": Number(1.0, low=0.0, open_low=True, doc="Where it turns linear.")},
        summary="A smooth absolute error.",
        formula="""
            With d = x_ij - t_ij: l_i = mean_j sqrt(d^2 + eps^2) - eps; the gradient is
            d / sqrt(d^2 + eps^2) / outputs.
            """,
        element="sqrt((x - t)^2 + eps^2) - eps",
        derivative="(x - t) / sqrt((x - t)^2 + eps^2)",
        notes="Charbonnier, Blanc-Feraud, Aubert & Barlaud 1994.",
        example="""
            >>> F.charbonnier([3.0], [0.0], eps=4.0)
            1.0
            """,
        gradient_example="""
            >>> F.charbonnier_value_and_grad([3.0], [0.0], eps=4.0)
            (1.0, array([0.6], dtype=float32))
            """,
    ),
''',
        before=r"^}$",
    ),
    Edit(
        "python/fusedmlp/core/reference/losses.py",
        """\
def _charbonnier(x: Array, t: Array, eps: float) -> Pair:
    d = x - t
    root = np.sqrt(d * d + eps * eps)
    return d * d / (root + eps), d / root


""",
        before=r"^_ELEMENTWISE: ",
    ),
    Edit(
        "python/fusedmlp/core/reference/losses.py",
        """    "charbonnier": _charbonnier,\n""",
        after=r'^    "\w+": _\w+,\n',
    ),
)


def check() -> None:
    """Central differences, training, docs and errors, by name."""
    import numpy as np

    import fusedmlp as fm
    from fusedmlp import functional as F
    from support import central_difference, raises

    rng = np.random.default_rng(0)
    x, t, w = rng.standard_normal((7, 3)), rng.standard_normal((7, 3)), rng.uniform(1, 2, 7)
    settings = {"sample_weight": w, "eps": 0.3}
    numeric = central_difference(lambda v: F.charbonnier(v, t, **settings), x)
    np.testing.assert_allclose(
        F.charbonnier_value_and_grad(x, t, **settings)[1], numeric, rtol=1e-6, atol=1e-9
    )
    X = rng.standard_normal((200, 4))
    y = X @ rng.standard_normal((4, 2))
    model = fm.Sequential(
        [fm.Dense(16, "tanh"), fm.Dense(2)], in_features=4, dtype="float64", seed=0
    )
    loss = fm.Loss("charbonnier", eps=0.5)
    assert fm.gradcheck(model, X[:5], y[:5], loss=loss) < 1e-6
    values = model.fit(X, y, loss=loss, epochs=30, progress=False).history["loss"]
    assert values[-1] < 0.9 * values[0]
    assert "charbonnier" in F.LOSSES and "eps : float, default 1.0" in F.charbonnier.__doc__
    raises(
        ValueError, r"charbonnier: eps must be in \(0, inf\)", lambda: F.charbonnier(x, t, eps=0)
    )
    raises(TypeError, "charbonnier has no parameter 'delta'", lambda: F.charbonnier(x, t, delta=1))
    raises(ValueError, "got 'charbonier'", lambda: fm.Loss("charbonier"))

"""A new activation: softshrink, with one parameter and a backward pass from the output."""

from __future__ import annotations

from . import Edit

NAME = "softshrink"
UNITS = ("cpp/kernels/activations/table.cpp",)
TESTS = ("test_activations.py", "test_activation_values.py")
WHOLE = (
    "test_activations.py::test_every_table_agrees",
    "test_activation_values.py::test_the_values_of_the_rows",
)
DOCTESTS = ("functional.activations",)

EDITS = (
    Edit(
        "cpp/kernels/activations/functors.hpp",
        """\
template <typename T>
struct Softshrink {
  T lambd;
  explicit Softshrink(const double* params) : lambd(T(params[0])) {}
  Vec<T> forward(Vec<T> x) const {
    return where(x > lambd, x - lambd, where(x < -lambd, x + lambd, x * T(0)));
  }
  Vec<T> derivative(Vec<T> x) const {
    return where(x > lambd, Vec<T>::all(1), where(x < -lambd, T(1), T(0)));
  }
  Vec<T> derivative_from_output(Vec<T> y) const {
    return where(y > T(0), Vec<T>::all(1), where(y < T(0), T(1), T(0)));
  }
};

""",
        before=r"^}  // namespace fusedmlp$",
    ),
    Edit(
        "cpp/kernels/activations/table.cpp",
        """    row<T, Softshrink>("softshrink"),\n""",
        after=r"^    row<T, .*\n",
    ),
    Edit(
        "python/fusedmlp/core/catalogue/activations.py",
        """\
    "softshrink": Activation(
        params={"lambd": Number(0.5, low=0.0, doc="Half the width of the flat part.")},
        from_output=True,
        summary="The input drawn towards 0.",
        formula="f(x) = x - lambd for x > lambd, x + lambd for x < -lambd, else 0",
        derivative="f'(x) = 1 for |x| > lambd, else 0",
        source="Donoho, De-noising by soft-thresholding, 1995.",
        values=(-0.5, 0.0, 1.5),
        slopes=(1.0, 0.0, 1.0),
    ),
""",
        before=r"^}$",
    ),
    Edit(
        "python/fusedmlp/core/reference/activations.py",
        """\
    "softshrink": _Row(
        lambda x, low: np.where(x > low, x - low, np.where(x < -low, x + low, 0 * x)),
        lambda x, low: np.where(np.abs(x) > low, 1, 0),
        lambda y, low: np.where(y != 0, 1, 0),
    ),
""",
        before=r"^}\n\n# Activations whose backward",
    ),
)


def check() -> None:
    """Central differences, training, docs and errors, by name."""
    import numpy as np

    import fusedmlp as fm
    from fusedmlp import functional as F
    from support import central_difference, raises

    x = np.linspace(-2.03, 2.01, 41)
    dy = np.cos(x)
    numeric = central_difference(lambda v: float(dy @ F.softshrink(v, lambd=0.7)), x)
    np.testing.assert_allclose(F.softshrink_backward(dy, x, lambd=0.7), numeric, atol=1e-8)
    y = F.softshrink(x, lambd=0.7)
    np.testing.assert_array_equal(
        F.softshrink_backward(dy, None, y, lambd=0.7), F.softshrink_backward(dy, x, lambd=0.7)
    )
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 4))
    t = X @ rng.standard_normal((4, 2))
    for layers in (
        [fm.Dense(16, "softshrink"), fm.Dense(2)],
        [fm.Dense(16), fm.Activation("softshrink", lambd=0.1), fm.Dense(2)],
    ):
        model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
        assert fm.gradcheck(model, X[:5], t[:5], loss="mse") < 1e-6
        loss = model.fit(X, t, loss="mse", epochs=30, progress=False).history["loss"]
        assert loss[-1] < 0.8 * loss[0]
    assert "softshrink" in F.ACTIVATIONS and "lambd : float >= 0" in F.softshrink.__doc__
    raises(ValueError, "softshrink: lambd must be in", lambda: F.softshrink(x, lambd=-1.0))
    raises(TypeError, r"softshrink has no parameter 'beta' \(it has: lambd\)",
           lambda: fm.Activation("softshrink", beta=1.0))  # fmt: skip

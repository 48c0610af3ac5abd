"""A new layer with a kernel of its own: RMSNorm, with one parameter per feature."""

from __future__ import annotations

from . import Edit

NAME = "RMSNorm"
UNITS = ("cpp/kernels/rms_norm.cpp", "cpp/network/plan.cpp")
TESTS = ("test_gradients.py",)
WHOLE = ("test_architecture.py::test_the_twin_imports_numpy_alone",)
DOCTESTS = ("layers.rms_norm",)

EDITS = (
    Edit(
        "cpp/kernels/rms_norm.hpp",
        """
// RMS norm: y = gamma x / sqrt(mean(x^2) + eps) for each row.
#pragma once

#include "kernels/parallel.hpp"

namespace fusedmlp {

// inverse[i] receives 1 / sqrt(mean(x^2) + eps) of row i.
template <typename T>
void rms_norm_forward(Index rows, Index columns, const T* x, const T* gamma, double eps, T* inverse,
                      T* y);
template <typename T>
void rms_norm_backward(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                       const T* inverse, T* dx);
// Columns `part` of the gradient, over the whole batch.
template <typename T>
void rms_norm_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                                  const T* inverse, T* dgamma);

}  // namespace fusedmlp
""",
    ),
    Edit(
        "cpp/kernels/rms_norm.cpp",
        """
#include "kernels/rms_norm.hpp"

#include <cmath>

namespace fusedmlp {

template <typename T>
void rms_norm_forward(Index rows, Index columns, const T* x, const T* gamma, double eps, T* inverse,
                      T* y) {
  for (Index i = 0; i < rows; ++i, x += columns, y += columns) {
    double square = 0.0;
    for (Index j = 0; j < columns; ++j) {
      square += static_cast<double>(x[j]) * static_cast<double>(x[j]);
    }
    inverse[i] = static_cast<T>(1.0 / std::sqrt(square / static_cast<double>(columns) + eps));
    for (Index j = 0; j < columns; ++j) y[j] = gamma[j] * x[j] * inverse[i];
  }
}

template <typename T>
void rms_norm_backward(Index rows, Index columns, const T* dy, const T* x, const T* gamma,
                       const T* inverse, T* dx) {
  for (Index i = 0; i < rows; ++i, x += columns, dy += columns, dx += columns) {
    double sum = 0.0;
    for (Index j = 0; j < columns; ++j) {
      sum += static_cast<double>(gamma[j] * dy[j]) * static_cast<double>(x[j] * inverse[i]);
    }
    const T mean = static_cast<T>(sum / static_cast<double>(columns));
    for (Index j = 0; j < columns; ++j) {
      dx[j] = inverse[i] * (gamma[j] * dy[j] - x[j] * inverse[i] * mean);
    }
  }
}

template <typename T>
void rms_norm_parameter_gradients(Index rows, Index columns, Range part, const T* dy, const T* x,
                                  const T* inverse, T* dgamma) {
  for (Index j = part.begin; j < part.end; ++j) {
    double sum = 0.0;
    for (Index i = 0; i < rows; ++i) {
      const Index at = i * columns + j;
      sum += static_cast<double>(dy[at]) * static_cast<double>(x[at] * inverse[i]);
    }
    dgamma[j] = static_cast<T>(sum);
  }
}

#define FUSEDMLP_RMS_NORM(T)                                                                     \\
  template void rms_norm_forward<T>(Index, Index, const T*, const T*, double, T*, T*);           \\
  template void rms_norm_backward<T>(Index, Index, const T*, const T*, const T*, const T*, T*);  \\
  template void rms_norm_parameter_gradients<T>(Index, Index, Range, const T*, const T*,         \\
                                                const T*, T*);
FUSEDMLP_RMS_NORM(float)
FUSEDMLP_RMS_NORM(double)
#undef FUSEDMLP_RMS_NORM

}  // namespace fusedmlp
""",
    ),
    Edit(
        "cpp/network/rms_norm_op.hpp",
        """
// RMS norm. Parameters: gamma.
#pragma once

#include "kernels/rms_norm.hpp"
#include "network/op.hpp"

namespace fusedmlp {

template <typename T>
class RmsNormOp final : public Op<T> {
 public:
  RmsNormOp(Index in, const OpSpec& spec) : Op<T>(in, in), eps_(spec.number("eps")) {
    this->num_parameters = in;
  }

  // The inverse root of each row.
  Index saved_size(Index rows) const override { return rows; }

  void forward(const Pass<T>& pass, const Slot<T>& slot, Range rows, const Worker&) const override {
    const Index first = rows.begin * this->in;
    rms_norm_forward(rows.size(), this->in, slot.x + first, pass.theta + this->first_parameter,
                     eps_, slot.saved + rows.begin, slot.y + first);
  }

  void backward(const Pass<T>& pass, const Slot<T>& slot, Range rows,
                const Worker&) const override {
    if (slot.dx == nullptr) return;
    const Index first = rows.begin * this->in;
    rms_norm_backward(rows.size(), this->in, slot.dy + first, slot.x + first,
                      pass.theta + this->first_parameter, slot.saved + rows.begin,
                      slot.dx + first);
  }

  void parameter_gradients(const Pass<T>& pass, const Slot<T>& slot, const Worker& worker,
                           const Update<T>* update) const override {
    const Range columns = worker.share(this->in, 16);
    rms_norm_parameter_gradients(pass.rows, this->in, columns, slot.dy, slot.x, slot.saved,
                                 pass.grad + this->first_parameter);
    this->take_columns(pass, columns, update);
  }

 private:
  const double eps_;
};

}  // namespace fusedmlp
""",
    ),
    Edit(
        "cpp/network/plan.cpp",
        """#include "network/rms_norm_op.hpp"\n""",
        after=r'^#include "network/\w+_op.hpp"\n',
    ),
    Edit(
        "cpp/network/plan.cpp",
        """    {"rms_norm", &make<T, RmsNormOp>},\n""",
        after=r'^    {"\w+", &make<T, \w+>},\n',
    ),
    Edit(
        "python/fusedmlp/core/reference/ops.py",
        '''\
class RMSNormOp(Op):
    """Divides each row by its root mean square."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.num_parameters = width

    def _gamma(self, flat: Array) -> Array:
        return flat[self.first_parameter : self.first_parameter + self.width]

    def forward(self, run: Pass, x: Array) -> Array:
        square = np.square(x, dtype=np.float64).mean(axis=1, keepdims=True)
        self.inverse = (1 / np.sqrt(square + self.settings["eps"])).astype(x.dtype)
        self.h = x * self.inverse
        y: Array = self._gamma(run.theta) * self.h
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        self._gamma(grad)[:] = (dy * self.h).sum(axis=0, dtype=np.float64)
        g = self._gamma(run.theta) * dy
        mean = (g * self.h).mean(axis=1, keepdims=True)
        dx: Array = self.inverse * (g - self.h * mean)
        return dx


''',
        before=r"^OP_KINDS: ",
    ),
    Edit(
        "python/fusedmlp/core/reference/ops.py",
        """    "rms_norm": RMSNormOp,\n""",
        after=r'^    "\w+": \w+Op,\n',
    ),
    Edit(
        "python/fusedmlp/layers/rms_norm.py",
        '''
"""RMS norm."""

from __future__ import annotations

from ..checks.numbers import MIN_EPS, number
from .base import Built, Layer, Op, constant


class RMSNorm(Layer):
    """Divide each row by its root mean square: ``y = weight * x / sqrt(mean(x^2) + eps)``.

    Parameters
    ----------
    eps : float, default 1e-5
        Added to the mean, inside the root.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.RMSNorm()], in_features=2, seed=0)
    >>> model.forward([[7.0, -7.0]]).round(3).tolist()
    [[1.0, -1.0]]
    """

    fields = ("eps",)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number(eps, "RMSNorm", "eps", low=MIN_EPS)

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        parameters = [constant("weight", in_features, 1.0)]
        return Built(in_features, [Op("rms_norm", {"eps": self.eps}, parameters)])
''',
    ),
    Edit(
        "python/fusedmlp/layers/__init__.py",
        "from .rms_norm import RMSNorm\n",
        after=r"^from \.residual import Residual\n",
    ),
    Edit(
        "python/fusedmlp/layers/__init__.py", " RMSNorm,", after=r"^    CategoryEmbedding,.*(?=$)"
    ),
    Edit("python/fusedmlp/layers/__init__.py", '    "RMSNorm",\n', before=r'^    "Residual",$'),
    Edit("python/fusedmlp/__init__.py", "    RMSNorm,\n", before=r"^    Residual,$"),
    Edit("python/fusedmlp/__init__.py", '    "RMSNorm",\n', before=r'^    "Residual",$'),
)


def check() -> None:
    """Central differences, training, saving, docs and errors, by name."""
    import tempfile
    from pathlib import Path

    import numpy as np

    import fusedmlp as fm
    from support import raises

    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 4))
    y = X @ rng.standard_normal((4, 2))
    layers = [fm.Dense(8, "tanh"), fm.RMSNorm(), fm.Dense(2)]
    model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
    model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
    assert fm.gradcheck(model, X[:6], y[:6], loss="mse") < 1e-6
    loss = model.fit(X, y, loss="mse", epochs=30, progress=False).history["loss"]
    assert loss[-1] < 0.9 * loss[0]
    assert model.parameters()["1.weight"].shape == (8,)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        assert np.array_equal(fm.load(path).predict(X), model.predict(X))
    assert "RMSNorm" in model.summary() and "root mean square" in fm.RMSNorm.__doc__
    raises(ValueError, "RMSNorm: eps must be in", lambda: fm.RMSNorm(eps=0.0))

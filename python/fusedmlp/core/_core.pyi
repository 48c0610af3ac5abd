"""The contract of the native modules ``_core_*`` and of their NumPy twin ``fusedmlp.reference``.

Every function exists in all of them under the same name with the same parameters. Callers have
checked everything: arrays of one call share one dtype (float32 or float64) and are C-contiguous
unless a line here says otherwise; results are written into the last array arguments. ``params``
and ``hyper`` are numbers in the order of the tables in ``core.catalogue``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Indices = NDArray[np.int64]
Doubles = NDArray[np.float64]

level: str

def build_info() -> dict[str, str]: ...
def get_num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...

# Element-wise, any shape.
def activation_forward(name: str, params: Sequence[float], x: Array, y: Array) -> None: ...
def activation_backward(
    name: str, params: Sequence[float], dy: Array, x: Array | None, y: Array | None, dx: Array
) -> None: ...

# The same without a door: `out`, or NotImplemented unless all are exact arrays of one shape and
# `out` may be written to.
def activation_forward_exact(name: str, params: Sequence[float], x: Any, out: Any) -> Any: ...
def activation_backward_exact(
    name: str, params: Sequence[float], dy: Any, x: Any, y: Any, out: Any
) -> Any: ...

# (rows, columns), over the columns.
def softmax_forward(log: bool, x: Array, y: Array) -> None: ...
def softmax_backward(log: bool, dy: Array, y: Array, dx: Array) -> None: ...

# x (batch, in), W (in, out), b (out,).
def dense_forward(
    x: Array, W: Array, b: Array | None, activation: str, params: Sequence[float], y: Array
) -> None: ...

# The same without a door: `out`, or NotImplemented unless all are exact arrays of matching shapes
# and `out` may be written to.
def dense_forward_exact(
    x: Any, W: Any, b: Any, activation: str, params: Sequence[float], out: Any
) -> Any: ...
def dense_backward(
    dy: Array, x: Array, W: Array, dx: Array | None, dW: Array, db: Array
) -> None: ...

# Any shape. mask (bool) tells what was kept; element i draws number i of (seed, stream, step).
def dropout_forward(
    p: float, seed: int, stream: int, step: int, x: Array, y: Array, mask: NDArray[np.bool_]
) -> None: ...
def dropout_backward(p: float, dy: Array, mask: NDArray[np.bool_], dx: Array) -> None: ...

# (rows, columns), over the columns; gamma, beta (columns,).
def layer_norm_forward(x: Array, gamma: Array, beta: Array, eps: float, y: Array) -> None: ...
def layer_norm_backward(
    dy: Array, x: Array, gamma: Array, eps: float, dx: Array, dgamma: Array, dbeta: Array
) -> None: ...

# (rows, columns), over the rows. In training with at least 2 rows the batch's own statistics are
# used, and forward moves the running ones (columns,), which may then be None.
def batch_norm_forward(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    momentum: float,
    eps: float,
    y: Array,
) -> None: ...
def batch_norm_backward(
    dy: Array,
    x: Array,
    gamma: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    eps: float,
    dx: Array,
    dgamma: Array,
    dbeta: Array,
) -> None: ...

# pred (rows, outputs); target the same shape, or int64 class indices (rows,). row_loss receives
# the unweighted loss l_i of each row, dpred (if any) row_scale[i] * dl_i/dpred.
# params of quantile: one q per output.
def loss_forward_backward(
    name: str,
    params: Sequence[float],
    pred: Array,
    target: Array | Indices,
    row_scale: Doubles,
    row_loss: Doubles,
    dpred: Array | None,
) -> None: ...

# In place on flat p and on the arrays of state, which come in the order of the row, None where an
# option is off; scalar states are float64 of shape (1,). `step` counts from 1. weight_decay
# applies inside decay_ranges ([begin, end) pairs, sorted, disjoint), 0 elsewhere.
def optimizer_step(
    name: str,
    hyper: Sequence[float],
    p: Array,
    g: Array,
    state: Sequence[Array | None],
    lr: float,
    step: int,
    weight_decay: float,
    decay_ranges: Sequence[tuple[int, int]],
) -> None: ...

# Euclidean norm of flat g, summed in double; clip_values limits g to [-limit, limit] in place.
def gradient_norm(g: Array) -> float: ...
def clip_values(g: Array, limit: float) -> None: ...

# The rows 0..n-1 in the random order of (seed, epoch).
def permutation(seed: int, epoch: int, n: int) -> Indices: ...

# kind, sizes, activation, params:
#   ("dense", (units, bias 0|1), activation, its params)
#   ("activation", (), activation, its params)
#   ("dropout", (), "", (p,))
#   ("batch_norm", (), "", (momentum, eps))
#   ("layer_norm", (), "", (eps,))
#   ("residual_begin", (), "", ()) ... ("residual_end", (), "", ()), around the inner layers
# A dropout draws from stream 16 + its position among these.
OpSpec = tuple[str, Sequence[int], str, Sequence[float]]

class Network:
    """Layers in order, and scratch memory. Parameters, gradients and running statistics
    (`theta`, `grad`, `buffers`: flat arrays) stay with the caller. `x` of predict, forward and
    train, and a float `target` of train, may have any real native dtype and any strides."""

    num_parameters: int
    num_buffers: int
    out_features: int

    def predict(
        self, theta: Array, buffers: Array, x: Array, y: Array, num_threads: int
    ) -> None: ...
    # One row; NotImplemented unless x and out are exact vectors (out: None for a new one).
    def predict_row(self, theta: Array, buffers: Array, x: Any, out: Any) -> Any: ...
    def forward(
        self,
        theta: Array,
        buffers: Array,
        x: Array,
        y: Array,
        training: bool,
        seed: int,
        draw: int,
        num_threads: int,
    ) -> None: ...
    # Of the last forward.
    def backward(
        self,
        theta: Array,
        buffers: Array,
        dy: Array,
        grad: Array,
        dx: Array | None,
        num_threads: int,
    ) -> None: ...
    # One pass over `order` in batches; len(lrs) = number of batches. Step k uses lrs[k], counts
    # first_step + k in the optimizer and first_draw + k in the random streams. max_norm,
    # max_value and max_seconds: 0 = none. After step k the moving average of theta, if any, moves
    # towards it by the share average_rates[k]. `before` receives theta as it was.
    # Returns loss_sum, weight_sum, last_loss, gradient_norm, steps, finite, stopped, error
    # (what the custom loss or a signal handler raised, or None).
    def train(
        self,
        theta: Array,
        grad: Array,
        buffers: Array,
        x: Array,
        target: Array | Indices,
        weights: Doubles | None,
        order: Indices | None,
        batch_size: int,
        loss: str | Callable[[Array, Array, Doubles | None], tuple[float, Array]],
        loss_params: Sequence[float],
        optimizer: str,
        hyper: Sequence[float],
        state: Sequence[Array | None],
        weight_decay: float,
        decay_ranges: Sequence[tuple[int, int]],
        lrs: Doubles,
        first_step: int,
        first_draw: int,
        max_norm: float,
        max_value: float,
        seed: int,
        num_threads: int,
        max_seconds: float,
        average: Array | None,
        average_rates: Doubles | None,
        before: Array | None,
    ) -> dict[str, Any]: ...

def network(dtype: str, in_features: int, ops: Sequence[OpSpec]) -> Network: ...

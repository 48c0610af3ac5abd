"""The contract of the native modules ``_core_*`` and of their NumPy twin ``fusedmlp.reference``.

Every function exists in all of them under the same name with the same parameters. Callers have
checked everything: arrays of one call share one dtype (float32 or float64) and are C-contiguous
unless a line here says otherwise; results are written into the last array arguments. ``params``
and ``hyper`` are numbers in the order of the tables in ``core.catalogue``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

from .records import Segment, Steps

Array = NDArray[Any]
Indices = NDArray[np.int64]
Doubles = NDArray[np.float64]

# A layer for the engine: its kind, and settings by name.
#   "dense": units, bias (0 or 1), activation (a name), params (of the activation), scale (of x W),
#       blended (1: y = z + a (f(z) - z) with a trained vector a, the last parameters)
#   "activation": activation, params
#   "dropout": p
#   "batch_norm": momentum, eps
#   "layer_norm": eps
#   "scale": none
#   on some columns (`columns`: their numbers; the other columns come first in the output):
#   "category_embedding": columns, sizes (rows of each column's table), dim
#   "one_hot": columns, sizes, skip_first (0 or 1), off and on (one number for each output)
#   "periodic": columns, frequencies, dim
#   "piecewise": columns, bins, dim
#   "residual_begin" ... "residual_end", around the inner layers
# A dropout draws from stream 16 + its position among these.
Op = tuple[str, Mapping[str, float | str | Sequence[float]]]

class Settings(TypedDict, total=False):
    """Of a job. Clipping: 0 = none."""

    batch_size: int
    batches: int  # of an epoch, equal up to a row, whatever batch_size; 0: as batch_size gives
    clip_grad_norm: float
    clip_grad_value: float
    seed: int
    num_threads: int  # 0: as many as set_num_threads says at the time
    average: Array | None  # moving average of theta: after step k it moves by average_rates[k]
    # (steps of an epoch, 2) float64, receives for each step its loss, and the sum of squares of the
    # parameters before it, each times its factor of weight decay.
    trace: Doubles | None
    # Called with grad between backward and clipping, at every step.
    on_gradient: Callable[[Array], object] | None
    # Where the parts of grad begin, in order, the first at 0. With it every layer's gradients are
    # made as soon as they can be, and on_part(begin, end) is called when grad[begin:end] is done,
    # for the last part first, at every step before on_gradient.
    parts: Sequence[int]
    on_part: Callable[[int, int], object]
    # Called about every 50 ms and after an epoch or step: what it raises ends the run and is its
    # error, as Ctrl-C is in the main thread.
    poll: Callable[[], object] | None

class Result(TypedDict):
    """Of an epoch or a step."""

    loss_sum: float  # over all rows seen, weighted
    weight_sum: float
    last_loss: float  # of the last batch
    gradient_norm: float  # the largest before clipping; only with clip_grad_norm
    steps: int
    seconds: float
    finite: bool  # False: the last step's loss was NaN or infinite; its update was not made
    stopped: bool  # by max_seconds or an error
    error: BaseException | None  # what the loss, the hook or a signal handler raised

class Evaluation(TypedDict):
    loss_sum: float  # over all rows, weighted
    weight_sum: float
    metrics: list[float | None]  # None where the targets are not what the metric compares with

class Network(Protocol):
    """Layers in order, their arrays and scratch memory. `x` of all methods may have any real native
    dtype and any strides."""

    @property
    def num_parameters(self) -> int: ...
    @property
    def num_buffers(self) -> int: ...
    @property
    def out_features(self) -> int: ...
    def predict(self, x: Array, y: Array, num_threads: int) -> None: ...
    # One row; NotImplemented unless x and out are exact vectors (out: None for a new one).
    def predict_row(self, x: Any, out: Any) -> Any: ...
    # Methods called *_exact take whatever the user gave and return NotImplemented, with nothing
    # changed, unless it is exact arrays of the right shapes: then no check is left to make. They
    # use as many threads as set_num_threads says.
    def predict_exact(self, x: Any, out: Any) -> Any: ...
    def forward_exact(self, x: Any, training: bool, seed: int, draw: int) -> Any: ...
    def backward_exact(self, dy: Any, need_dx: bool) -> Any: ...
    def forward(
        self, x: Array, y: Array, training: bool, seed: int, draw: int, num_threads: int
    ) -> None: ...
    # Of the last forward; fills grad.
    def backward(self, dy: Array, dx: Array | None, num_threads: int) -> None: ...

# Rows to train or to be measured on.
class Data(Protocol): ...

# A loss with its parameters.
class Objective(Protocol): ...

class Optimizer(Protocol):
    """An optimizer with its state over the segments of theta."""

    # In place on p (theta) from g (its gradient); `step` counts from 1.
    def step(self, p: Array, g: Array, lr: float, step: int, weight_decay: float) -> None: ...

class Job(Protocol):
    """A fit as an object: network, data, objective, optimizer."""

    # Number of batches of an epoch over so many rows. A lone last row joins the batch before it in
    # networks with batch norm.
    def steps(self, rows: int) -> int: ...
    # One pass over `order` (None: all rows) in batches. max_seconds: 0 = no limit.
    def epoch(self, order: Indices | None, steps: Steps, max_seconds: float) -> Result: ...
    # Passes over `orders` one after the other, with the numbers of all their steps, until one does
    # not come to its end. max_seconds is that of each.
    def epochs(
        self, orders: Sequence[Indices | None], steps: Steps, max_seconds: float
    ) -> list[Result]: ...
    # One step on all rows of `batch`; with a loss that is not finite nothing is changed.
    def step(self, batch: Data, steps: Steps) -> Result: ...
    # The loss of one step on arrays that are exact and finite, with targets within `bounds`; rates:
    # learning rate and weight decay. NotImplemented also where the loss is not finite.
    def step_exact(
        self,
        x: Any,
        target: Any,
        bounds: tuple[float, float],
        rates: tuple[float, float],
        number: int,
        draw: int,
    ) -> Any: ...
    # Loss and metrics over `order` without training; pred receives the outputs. With a loss of the
    # user's own loss_sum is 0. Metrics by name, of catalogue.METRICS.
    def evaluate(
        self, order: Indices | None, pred: Array | None, metrics: Sequence[str]
    ) -> Evaluation: ...
    # The same over all rows of other arrays, under the conditions of step_exact.
    def evaluate_exact(
        self, x: Any, target: Any, bounds: tuple[float, float], metrics: Sequence[str]
    ) -> Any: ...
    # Goes back to before the last epoch: theta, buffers, average, the optimizer's state.
    def restore(self) -> None: ...
    @property
    def theta_before(self) -> Array | None: ...  # as it was before the last epoch

class Core(Protocol):
    """A set of kernels: a native module or the twin."""

    level: str

    def build_info(self) -> dict[str, str]: ...
    def get_num_threads(self) -> int: ...
    def set_num_threads(self, n: int) -> None: ...

    # Element-wise, any shape.
    def activation_forward(
        self, name: str, params: Sequence[float], x: Array, y: Array
    ) -> None: ...
    def activation_backward(
        self,
        name: str,
        params: Sequence[float],
        dy: Array,
        x: Array | None,
        y: Array | None,
        dx: Array,
    ) -> None: ...

    # The same for exact arrays: `out`, or NotImplemented unless all are exact, of one shape, and
    # `out` may be written to.
    def activation_forward_exact(
        self, name: str, params: Sequence[float], x: Any, out: Any
    ) -> Any: ...
    def activation_backward_exact(
        self, name: str, params: Sequence[float], dy: Any, x: Any, y: Any, out: Any
    ) -> Any: ...

    # (rows, columns), over the columns.
    def softmax_forward(self, log: bool, x: Array, y: Array) -> None: ...
    def softmax_backward(self, log: bool, dy: Array, y: Array, dx: Array) -> None: ...

    # x (batch, in), W (in, out), b (out,).
    def dense_forward(
        self,
        x: Array,
        W: Array,
        b: Array | None,
        activation: str,
        params: Sequence[float],
        y: Array,
    ) -> None: ...

    # The same for exact arrays: `out`, or NotImplemented unless all are exact, their shapes match
    # and `out` may be written to.
    def dense_forward_exact(
        self, x: Any, W: Any, b: Any, activation: str, params: Sequence[float], out: Any
    ) -> Any: ...
    # (dx, dW, db) in new arrays.
    def dense_backward_exact(self, dy: Any, x: Any, W: Any, need_dx: bool) -> Any: ...
    def dense_backward(
        self, dy: Array, x: Array, W: Array, dx: Array | None, dW: Array, db: Array
    ) -> None: ...

    # Any shape. mask (bool) tells what was kept; element i takes number i of the random
    # stream (seed, stream) at position `draw`.
    def dropout_forward(
        self,
        p: float,
        seed: int,
        stream: int,
        draw: int,
        x: Array,
        y: Array,
        mask: NDArray[np.bool_],
    ) -> None: ...
    def dropout_backward(self, p: float, dy: Array, mask: NDArray[np.bool_], dx: Array) -> None: ...

    # (rows, columns), over the columns; gamma, beta (columns,).
    def layer_norm_forward(
        self, x: Array, gamma: Array, beta: Array, eps: float, y: Array
    ) -> None: ...
    def layer_norm_backward(
        self, dy: Array, x: Array, gamma: Array, eps: float, dx: Array, dgamma: Array, dbeta: Array
    ) -> None: ...

    # (rows, columns), over the rows. In training with at least 2 rows the batch's own statistics
    # are used, and forward moves the running ones (columns,), which may then be None.
    def batch_norm_forward(
        self,
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
        self,
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
        self,
        name: str,
        params: Sequence[float],
        pred: Array,
        target: Array | Indices,
        row_scale: Doubles,
        row_loss: Doubles,
        dpred: Array | None,
    ) -> None: ...

    # (mean over the rows, its gradient or None) for targets within `bounds`.
    def loss_mean_exact(
        self,
        name: str,
        params: Sequence[float],
        pred: Any,
        target: Any,
        bounds: tuple[float, float],
        gradient: bool,
    ) -> Any: ...

    # In place on flat p and on the arrays of state, which come in the order of the table, None for
    # an option that is off; NAdam's mu_product is float64 of shape (1,). `step` counts from 1.
    def optimizer_step(
        self,
        name: str,
        hyper: Sequence[float],
        p: Array,
        g: Array,
        state: Sequence[Array | None],
        lr: float,
        step: int,
        weight_decay: float,
    ) -> None: ...

    # Euclidean norm of flat g, summed in double; clip_values limits g to [-limit, limit] in place.
    def gradient_norm(self, g: Array) -> float: ...
    def clip_values(self, g: Array, limit: float) -> None: ...

    # The rows 0..n-1 in the random order of (seed, epoch).
    def permutation(self, seed: int, epoch: int, n: int) -> Indices: ...

    # theta, grad (None: prediction only) and buffers (running statistics) are flat arrays of the
    # dtype; they stay the caller's, and must be as long as the layers need. Products read theta in
    # whole packets: 256 bytes behind its end must be readable (`memory.aligned_zeros`).
    def network(
        self,
        dtype: str,
        in_features: int,
        ops: Sequence[Op],
        theta: Array,
        grad: Array | None,
        buffers: Array,
    ) -> Network: ...
    # x (n, in) of any real native dtype and strides. target: with `classes` int64 indices (n,) or
    # (n, groups), C-contiguous; else values (n, outputs) of any real native dtype and strides.
    # weights (n,), None: all rows weigh 1.
    def data(self, x: Array, target: Array, weights: Doubles | None, classes: bool) -> Data: ...
    # loss: a name, or loss(pred, target, weights) -> (value, dpred). A row's outputs are `groups`
    # groups of equal width with a target each; its loss is their mean.
    def objective(
        self,
        loss: str | Callable[[Array, Array, Doubles | None], tuple[float, Array]],
        params: Sequence[float],
        groups: int,
    ) -> Objective: ...
    def optimizer(
        self,
        dtype: str,
        name: str,
        hyper: Sequence[float],
        state: Sequence[Array | None],
        segments: Sequence[Segment],
    ) -> Optimizer: ...
    # Without an optimizer the job can only evaluate.
    def job(
        self,
        network: Network,
        data: Data,
        objective: Objective,
        optimizer: Optimizer | None,
        settings: Settings,
    ) -> Job: ...

    # What the doctor of a fit looks at. Of each column of x (rows, columns) the root mean square
    # and the standard deviation, (2, columns).
    def column_spread(self, x: Array) -> Doubles: ...
    # Of each op the smallest and the largest output of each unit over the rows x, (2, width).
    def unit_ranges(self, network: Network, x: Array) -> list[Array]: ...
    # For each range (begin, end) the norms of `before` and of theta - before, from at most `most`
    # of its elements.
    def moved(
        self, theta: Array, before: Array, ranges: Sequence[tuple[int, int]], most: int
    ) -> list[tuple[float, float]]: ...

"""What the docstrings of the two estimators have in common."""

from __future__ import annotations

from typing import TypeVar

PARAMETERS = """\
hidden_layer_sizes : array-like of int, default=(100,)
    Widths of the hidden layers.
activation : str or list of str, default="relu"
    Of the hidden layers: "identity", "logistic", "tanh", "relu", or any of
    ``fm.functional.ACTIVATIONS``; a list has one for each layer.
solver : str, default="adam"
    "lbfgs" (SciPy's), or any of ``fm.functional.OPTIMIZERS``. "sgd" and "adam" have
    scikit-learn's formulas, the others their own.
alpha : float, default=0.0001
    Strength of the L2 term on the weights, divided by the rows of the batch. With "adamw" and
    "lion" it is their weight decay, undivided, and no part of the loss.
batch_size : int or "auto", default="auto"
    "auto" is ``min(200, n_samples)``.
learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
    "invscaling": ``learning_rate_init / (t_ + 1)**power_t`` after each epoch. "adaptive": divided
    by 5 where the loss stands still, until it is below 1e-6. "adam" is always constant.
learning_rate_init : float, default=0.001
power_t : float, default=0.5
max_iter : int, default=200
    Epochs; iterations of "lbfgs".
shuffle : bool, default=True
random_state : int, RandomState instance or None, default=None
    Of first weights, rows held out, the order of rows, and dropout. First weights and held-out
    rows are scikit-learn's own.
tol : float, default=1e-4
verbose : bool or int, default=False
warm_start : bool, default=False
    Go on from the weights of the last fit.
momentum : float, default=0.9
    Of "sgd".
nesterovs_momentum : bool, default=True
    Of "sgd".
early_stopping : bool, default=False
    Hold out rows, stop where their score stands still, and keep the best weights.
validation_fraction : float, default=0.1
beta_1, beta_2 : float, default=0.9 and 0.999
    Of the Adam family.
epsilon : float, default=1e-8
    Of the Adam family and "rmsprop".
n_iter_no_change : int, default=10
    Epochs without an improvement by `tol` after which a fit ends.
max_fun : int, default=15000
    Calls of the loss by "lbfgs".
dropout : float, default=0.0
    Probability that an output of a hidden layer is dropped in training.
norm : {None, "batch", "layer"}, default=None
    Between each hidden product and its activation.
clip_grad_norm : float or None, default=None
    Largest norm of the gradient (without the L2 term).
ema_decay : float or None, default=None
    The fitted weights are a moving average of those of the steps; see ``fm.callbacks.EMA``.
scoring : str, callable or None, default=None
    What early stopping watches: a scorer of scikit-learn, "loss" for the validation loss, None
    for accuracy or R^2.
keep_optimizer_state : bool, default=False
    Let a warm start go on with the optimizer's moments, too."""

ATTRIBUTES = """\
network_ : fm.Sequential
    Its outputs are logits; the output activation is applied by this class.
coefs_, intercepts_ : list of ndarray
    Views of the network's weights: (in, out) and (out,) for each layer.
loss_, best_loss_ : float
    `best_loss_` is None with early stopping.
loss_curve_ : list of float
    The L2 term included; also of "lbfgs".
validation_loss_curve_ : list of float
    On `eval_set`, or on the rows that early stopping holds out.
validation_scores_ : list of float
best_validation_score_ : float
    Both are None without early stopping.
n_iter_, t_, n_layers_, n_outputs_ : int
out_activation_ : str
n_features_in_ : int
feature_names_in_ : ndarray of str
    If X has names of columns that are all strings."""

TABULAR_INTRODUCTION = """\
X is a DataFrame (pandas, Polars, PyArrow) or an array: numbers on any scale, categories, dates,
gaps. Several networks (members) are trained side by side, each with some rows held out, which
choose its best epoch and the calibration. The result depends on the content of the rows and
`random_state` alone: not on their order, nor on the number of threads."""

TABULAR_PARAMETERS = """\
preset : {"default", "fast", "best"}, default="default"
    What "auto" stands for: members and epochs. "fast" takes about a sixth of the time of "default",
    "best" several times as long.
hidden_layer_sizes : array-like of int or "auto", default="auto"
n_members : int or "auto", default="auto"
    Networks whose predictions are averaged.
epochs : int or "auto", default="auto"
batch_size : int, default=256
    Most rows of a step: tables of less than 8192 rows take fewer, so that an epoch has about 32
    steps, but not less than 32 (or `batch_size`) rows.
embedding : {"auto", "periodic", "piecewise", "none"}, default="auto"
    Of numbers, see :class:`fusedmlp.NumericEmbedding`.
dropout : float or "auto", default="auto"
    "auto" is 0.1, and 0 for tables of at most 8 columns.
weight_decay : float or "auto", default="auto"
label_smoothing : float or "auto", default="auto"
    Share of a class's target that is spread over all classes; without effect on values.
learning_rate_init : float or "auto", default="auto"
    The largest rate of the schedule.
activation : str, default="auto"
    One of ``fm.functional.ACTIVATIONS``.
validation_fraction : float, default=0.2
    Share of the rows that each member holds out, another one each.
scoring : str, callable or None, default=None
    What decides which epoch of a member is the best, and what ``validation_score_`` is: a scorer of
    scikit-learn. None: the loss decides, and the score is accuracy or R2; "loss" is the same.
categorical_features : array-like or "auto", default="auto"
    Columns (names, positions or a mask) that are categories although they hold numbers.
max_seconds : float or None, default=None
    The fit plans its schedules to end in this time; the best weights so far come back.
num_threads : int or None, default=None
random_state : int, RandomState instance or None, default=None
    The same rows and the same int give the same model, also by ``fusedmlp train --seed``.
verbose : int, default=0
    1 shows progress, and what became of each column."""

TABULAR_ATTRIBUTES = """\
networks_ : list of fm.Sequential
    One of each member.
encoder_ : fusedmlp.table.Encoder
feature_importances_ : ndarray of shape (n_features_in_,)
    Rise of the loss (log-loss; 1 - R2) on held-out rows when the column is shuffled.
validation_score_ : float
    Mean over the members of the score of their held-out rows.
best_epochs_ : list of int
history_ : list of fm.History
settings_ : what "auto" was
n_features_in_ : int
feature_names_in_ : ndarray of str
    If X has names of columns that are all strings."""

T = TypeVar("T", bound=type)


def documented(cls: T) -> T:
    """Put the common parts into the docstring of an estimator."""
    return _filled(cls, PARAMETERS=PARAMETERS, ATTRIBUTES=ATTRIBUTES)


def documented_tabular(cls: T) -> T:
    """Put the common parts into the docstring of an estimator of tables."""
    return _filled(
        cls,
        INTRODUCTION=TABULAR_INTRODUCTION,
        PARAMETERS=TABULAR_PARAMETERS,
        ATTRIBUTES=TABULAR_ATTRIBUTES,
    )


def _filled(cls: T, **parts: str) -> T:
    text = cls.__doc__ or ""
    for name, part in parts.items():
        indented = "\n".join("    " + line if line else line for line in part.splitlines())
        text = text.replace(f"    [{name}]", indented)
    cls.__doc__ = text
    return cls

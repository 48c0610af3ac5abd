"""What an unknown name may have meant: a misspelling, or another library's name for the thing."""

from __future__ import annotations

from collections.abc import Sequence

# Names of PyTorch, Keras, scikit-learn, and common short forms; the first of ours that is on the
# list in question is suggested. They are not accepted: a model file or a script with our names
# only is read by everyone.
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    # activations
    "logistic": ("sigmoid", "binary_cross_entropy"),
    "swish": ("silu",),
    "hard_swish": ("hardswish",),
    "hard_sigmoid": ("hardsigmoid",),
    "hard_tanh": ("hardtanh",),
    "linear": ("identity",),
    "none": ("identity",),
    "gelu_new": ("gelu_tanh",),
    "gelu_approximate": ("gelu_tanh",),
    "relu_6": ("relu6",),
    # losses and metrics
    "mse_loss": ("mse",),
    "squared_error": ("mse",),
    "mean_squared_error": ("mse",),
    "l2": ("mse",),
    "l2_loss": ("mse",),
    "mae_loss": ("mae",),
    "l1": ("mae",),
    "l1_loss": ("mae",),
    "absolute_error": ("mae",),
    "mean_absolute_error": ("mae",),
    "rmse": ("rmse", "mse"),
    "root_mean_squared_error": ("rmse", "mse"),
    "smooth_l1": ("huber",),
    "smooth_l1_loss": ("huber",),
    "pinball": ("quantile",),
    "pinball_loss": ("quantile",),
    "poisson": ("poisson_nll",),
    "bce": ("binary_cross_entropy",),
    "bce_loss": ("binary_cross_entropy",),
    "bce_with_logits": ("binary_cross_entropy",),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy",),
    "binary_crossentropy": ("binary_cross_entropy",),
    "ce": ("cross_entropy", "log_loss"),
    "nll": ("cross_entropy", "log_loss"),
    "nll_loss": ("cross_entropy", "log_loss"),
    "log_loss": ("log_loss", "cross_entropy"),
    "crossentropy": ("cross_entropy", "log_loss"),
    "cross_entropy": ("cross_entropy", "log_loss"),
    "categorical_crossentropy": ("cross_entropy", "log_loss"),
    "sparse_categorical_crossentropy": ("cross_entropy", "log_loss"),
    "acc": ("accuracy",),
    "categorical_accuracy": ("accuracy",),
    "binary_accuracy": ("accuracy",),
    "auc": ("roc_auc",),
    "roc": ("roc_auc",),
    "f1_score": ("f1",),
    "r2_score": ("r2",),
    # optimizers
    "momentum": ("sgd",),
    "nesterov": ("sgd",),
    "gd": ("sgd",),
    # initialisers
    "kaiming_normal": ("he_normal",),
    "kaiming_uniform": ("he_uniform",),
    "xavier_normal": ("glorot_normal",),
    "xavier_uniform": ("glorot_uniform",),
    "trunc_normal": ("truncated_normal",),
    "zero": ("zeros",),
    "one": ("ones",),
    # norms, reductions, directions, types
    "batch_norm": ("batch",),
    "layer_norm": ("layer",),
    "batchnorm": ("batch",),
    "layernorm": ("layer",),
    "average": ("mean",),
    "avg": ("mean",),
    "minimize": ("min",),
    "maximize": ("max",),
    "float": ("float32", "float64"),
    "double": ("float64",),
}

# Names that are no misspelling: what to do instead, where the list holds the second name.
_SOFTMAX = (
    "the losses take logits and the softmax is part of cross_entropy, so leave the activation out; "
    "fm.functional.softmax(model.predict(X)) gives probabilities"
)
_INSTEAD = {"softmax": ("sigmoid", _SOFTMAX), "log_softmax": ("sigmoid", _SOFTMAX)}


def hint(value: str, options: Sequence[str]) -> str:
    """Return the end of an error message about the unknown name `value`; often empty."""
    name = value.strip().lower().replace("-", "_").replace(" ", "_")
    if name in _INSTEAD and _INSTEAD[name][0] in options:
        return f"; {_INSTEAD[name][1]}"
    lowered = {option.lower(): option for option in options}
    found = [ours for ours in _OTHER_NAMES.get(name, ()) if ours in options]
    if not found:
        import difflib  # here, so that the package starts without

        found = difflib.get_close_matches(name, lowered, n=1)
    return f"; did you mean {lowered.get(found[0], found[0])!r}?" if found else ""

"""Losses: parameters and defaults, what a target must be, documentation."""

from __future__ import annotations

from .loss import Loss, TargetDomain
from .parameters import Number

LOSSES: dict[str, Loss] = {
    "mse": Loss(
        summary="Squared error.",
        formula="l_i = mean_j (x_ij - t_ij)^2, with the gradient 2 (x_ij - t_ij) / outputs.",
        element="(x - t)^2",
        derivative="2 (x - t)",
        notes="""
            No factor 1/2, as ``torch.nn.functional.mse_loss``; scikit-learn's ``MLPRegressor``
            reports half of it.
            """,
        example="""
            >>> F.mse([1.0, 2.0], [0.0, 4.0])
            2.5
            """,
        gradient_example="""
            >>> F.mse_value_and_grad([1.0, 2.0], [0.0, 4.0])
            (2.5, array([ 1., -2.], dtype=float32))
            """,
    ),
    "mae": Loss(
        summary="Absolute error.",
        formula="l_i = mean_j |x_ij - t_ij|, with the gradient sign(x_ij - t_ij) / outputs.",
        element="|x - t|",
        derivative="sign(x - t), 0 at 0",
        notes="The gradient where both agree is 0, as in ``torch.nn.functional.l1_loss``.",
        example="""
            >>> F.mae([1.0, 2.0], [0.0, 4.0])
            1.5
            """,
        gradient_example="""
            >>> F.mae_value_and_grad([1.0, 2.0], [0.0, 4.0])
            (1.5, array([ 0.5, -0.5], dtype=float32))
            """,
    ),
    "huber": Loss(
        params={
            "delta": Number(1.0, low=0.0, open_low=True, doc="Where the loss turns linear; > 0.")
        },
        summary="Huber's loss: squared near 0, absolute beyond `delta`.",
        formula="""
            With d = x_ij - t_ij: l_i = mean_j d^2 / 2 where |d| <= delta, else
            delta (|d| - delta / 2); the gradient is d cut to [-delta, delta], over outputs.
            """,
        element="d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2); d = x - t",
        derivative="d cut to [-delta, delta]",
        notes="""
            As ``torch.nn.functional.huber_loss``; ``smooth_l1_loss`` is this divided by delta.

            P. J. Huber, Robust Estimation of a Location Parameter, Ann. Math. Statist. 35 (1964).
            """,
        example="""
            >>> F.huber([0.5, 3.0], [0.0, 0.0], reduction="none")
            array([0.125, 2.5  ], dtype=float32)
            """,
        gradient_example="""
            >>> F.huber_value_and_grad([0.5, 3.0], [0.0, 0.0], reduction="sum")
            (2.625, array([0.5, 1. ], dtype=float32))
            """,
    ),
    "log_cosh": Loss(
        summary="Logarithm of the hyperbolic cosine: a smooth Huber loss.",
        formula="""
            l_i = mean_j log(cosh(x_ij - t_ij)), with the gradient tanh(x_ij - t_ij) / outputs.
            """,
        element="log(cosh(x - t))",
        derivative="tanh(x - t)",
        notes="""
            d^2 / 2 near 0 and |d| - log(2) far away, to full relative accuracy in both; the common
            form d + softplus(-2 d) - log(2), as in Keras, loses all digits near 0.
            """,
        example="""
            >>> round(F.log_cosh([1.0], [0.0]), 6)
            0.433781
            """,
        gradient_example="""
            >>> value, dpred = F.log_cosh_value_and_grad([1.0], [0.0])
            >>> dpred.round(4)
            array([0.7616], dtype=float32)
            """,
    ),
    "quantile": Loss(
        params={
            "q": Number(
                0.5,
                low=0.0,
                high=1.0,
                open_low=True,
                open_high=True,
                per_output=True,
                doc="The quantile in (0, 1), or one for each output.",
            )
        },
        summary="Quantile (pinball) loss: its minimum is the q-quantile of the target.",
        formula="""
            With d = t_ij - x_ij: l_i = mean_j max(q d, (q - 1) d); the gradient is -q / outputs
            where the target is above the prediction, (1 - q) / outputs below, 0 where they agree.
            """,
        element="max(q d, (q - 1) d); d = t - x",
        derivative="-q for d > 0, 1 - q for d < 0, 0 at 0",
        notes="""
            q = 0.5 is half the absolute error. scikit-learn's ``mean_pinball_loss``; PyTorch has
            none.

            R. Koenker, G. Bassett, Regression Quantiles, Econometrica 46 (1978).
            """,
        example="""
            >>> round(F.quantile([1.0, 2.0], [0.0, 4.0], q=0.9), 6)
            0.95
            >>> F.quantile([[1.0, 1.0]], [[2.0, 2.0]], q=[0.25, 0.75])
            0.5
            """,
        gradient_example="""
            >>> value, dpred = F.quantile_value_and_grad([1.0, 2.0], [0.0, 4.0], q=0.75)
            >>> dpred
            array([ 0.125, -0.375], dtype=float32)
            """,
    ),
    "poisson_nll": Loss(
        summary="Poisson negative log-likelihood of counts, for predicted log rates.",
        formula="""
            l_i = mean_j exp(x_ij) - t_ij x_ij, with the gradient (exp(x_ij) - t_ij) / outputs.
            """,
        element="exp(x) - t x",
        derivative="exp(x) - t",
        notes="""
            As ``torch.nn.functional.poisson_nll_loss`` with its defaults ``log_input=True,
            full=False``: the term log(t!) is left out. Keras expects rates, not their logarithms.
            A count of 0 weighs no logit at all, so that x = -inf gives 0 where PyTorch gives NaN.
            """,
        example="""
            >>> F.poisson_nll([0.0, 0.0], [2.0, 0.0])
            1.0
            """,
        gradient_example="""
            >>> F.poisson_nll_value_and_grad([0.0, 0.0], [2.0, 0.0])
            (1.0, array([-0.5,  0.5], dtype=float32))
            """,
    ),
    "binary_cross_entropy": Loss(
        logits=True,
        two_classes=(0.0, 1.0),
        target=TargetDomain("be in [0, 1]", low=0.0, high=1.0),
        summary="Cross-entropy of logits for two classes, or for several yes/no outputs.",
        formula="""
            l_i = mean_j max(x, 0) - x t + log(1 + exp(-|x|)) with x = x_ij, t = t_ij; the gradient
            is (sigmoid(x) - t) / outputs.
            """,
        element="max(x, 0) - x t + log1p(exp(-|x|))",
        derivative="sigmoid(x) - t",
        notes="""
            ``torch.nn.functional.binary_cross_entropy_with_logits``: no sigmoid before it.
            Computed without cancellation: a confident right answer has a loss near exp(-|x|), not
            0, and logits of +-1e30 are fine.
            """,
        example="""
            >>> round(F.binary_cross_entropy([0.0, 2.0], [1, 1]), 6)
            0.410038
            """,
        gradient_example="""
            >>> value, dpred = F.binary_cross_entropy_value_and_grad([0.0, 0.0], [1, 0])
            >>> dpred
            array([-0.25,  0.25], dtype=float32)
            """,
        target_doc="""
            Of the same shape ((batch,) and (batch, 1) stand for each other), in [0, 1]; bool
            and integers are fine.
            """,
    ),
    "cross_entropy": Loss(
        params={"label_smoothing": Number(0.0, low=0.0, high=1.0, doc="eps in [0, 1].")},
        classes=True,
        class_weight=True,
        logits=True,
        target=TargetDomain("hold probabilities, not negative numbers", low=0.0),
        summary="Cross-entropy of logits for exclusive classes.",
        formula="""
            l_i = -sum_c p_ic log q_ic with q_i = softmax(x_i); p_i is one-hot for a class index.
            The gradient is q_i sum_c p_ic - p_i. With smoothing eps, p becomes (1 - eps) p + eps
            / classes.
            """,
        element="-p log softmax(x); p = (1 - label_smoothing) p + label_smoothing / classes",
        derivative="softmax(x) sum(p) - p",
        notes="""
            Through log-sum-exp with the largest logit taken out, so logits of +-1e30 are fine and
            a confident right answer keeps all digits of its small loss.

            ``torch.nn.functional.cross_entropy``, but for class weights: here they weigh whole
            rows, w_i = class_weight[y_i], or sum_c p_ic class_weight[c] for probabilities. That
            is PyTorch's result for class indices without smoothing; with smoothing or
            probabilities PyTorch weighs the terms of the sum, and for probabilities divides by
            the batch size. Keras and scikit-learn weigh rows as here. No target index is ignored
            (PyTorch: -100): give such rows the weight 0.

            Label smoothing: C. Szegedy et al., Rethinking the Inception Architecture, CVPR 2016.
            """,
        example="""
            >>> round(F.cross_entropy([[2.0, 0.0], [0.0, 0.0]], [0, 1]), 6)
            0.410038
            >>> round(F.cross_entropy([[0.0, 0.0]], [[0.25, 0.75]]), 6)
            0.693147
            """,
        gradient_example="""
            >>> value, dpred = F.cross_entropy_value_and_grad([[0.0, 0.0], [0.0, 0.0]], [0, 1],
            ...                                                class_weight={0: 3.0})
            >>> dpred
            array([[-0.375,  0.375],
                   [ 0.125, -0.125]], dtype=float32)
            """,
        pred_doc="shape (batch, classes)",
        target_doc="""
            Class indices 0, 1, ..., integers of shape (batch,); or probabilities of shape
            (batch, classes), not negative.
            """,
    ),
    "hinge": Loss(
        two_classes=(-1.0, 1.0),
        target=TargetDomain("be -1 or +1", values=(-1.0, 1.0)),
        summary="Hinge loss of a support vector machine.",
        formula="""
            l_i = mean_j max(0, 1 - t_ij x_ij); the gradient is -t_ij / outputs where
            t_ij x_ij < 1, else 0.
            """,
        element="max(0, 1 - t x)",
        derivative="-t where t x < 1, else 0",
        notes="As Keras's ``Hinge``, but targets 0 are refused rather than read as -1.",
        example="""
            >>> F.hinge([0.5, 3.0], [1, -1])
            2.25
            """,
        gradient_example="""
            >>> F.hinge_value_and_grad([0.5, 3.0], [1, -1])
            (2.25, array([-0.5,  0.5], dtype=float32))
            """,
        target_doc="Of the same shape ((batch,) and (batch, 1) stand for each other), -1 or +1.",
    ),
}

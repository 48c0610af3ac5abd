"""What the documentation of each activation says beyond what all share."""

from __future__ import annotations

from typing import NamedTuple

FORWARD = """{summary}

    {formula}

    {derivative}

    Parameters
    ----------
    x : array_like, any shape
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous. May be `x`
        itself, but not overlap it in part.
{params}
    Returns
    -------
    numpy.ndarray, of `x`'s shape
        float64 for float64 input, else float32 (lists and integers too).

    Raises
    ------
    TypeError
        If `x` holds no real numbers, or a parameter is unknown or no number.
    ValueError
        If `out` does not fit or a parameter is out of range.

    Notes
    -----
{notes}    NaN stays NaN, and infinities give the limit.

    Source: {source}

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.{name}([-1.0, 0.0, 2.0]).round(4)
    {example}
    """

BACKWARD = """Derivative of :func:`{name}`: return dL/dx = dL/dy f'(x).

    {derivative}

    Parameters
    ----------
    dy : array_like, any shape
        dL/dy.
    x : array_like, of `dy`'s shape
        Input of the forward call.{x_note}
    y : array_like, of `dy`'s shape, optional
        Output of the forward call; giving it {y_note}.
    out : numpy.ndarray, optional
        Receives the result; of `dy`'s shape and the result's dtype, C-contiguous. May be `dy`,
        `x` or `y` itself, but not overlap them in part.
{params}
    Returns
    -------
    numpy.ndarray, of `dy`'s shape
        float64 if any array is, else float32.

    Raises
    ------
    TypeError
        If an array holds no real numbers, or a parameter is unknown or no number.
    ValueError
        If the shapes differ, `out` does not fit or a parameter is out of range.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.{name}_backward([1.0, 1.0, 1.0], [-1.0, 0.0, 2.0]).round(4)
    {example}
    """

X_MAY_BE_NONE = """ May be None where `y` is given."""

PARAMS = {
    ("leaky_relu", "negative_slope"): """    negative_slope : float >= 0, default 0.01
        Slope for x < 0.
""",
    ("elu", "alpha"): """    alpha : float in [1e-30, 1e30], default 1.0
        Minus the limit at -inf.
""",
    ("celu", "alpha"): """    alpha : float in [1e-30, 1e30], default 1.0
        Minus the limit at -inf, and the scale on which it is reached.
""",
    ("softplus", "beta"): """    beta : float in [1e-30, 1e30], default 1.0
        Sharpness of the bend.
""",
    ("hardtanh", "min_val"): """    min_val : float, default -1.0
        Lower end, below `max_val`.
""",
    ("hardtanh", "max_val"): """    max_val : float, default 1.0
        Upper end.
""",
}


class ActivationDoc(NamedTuple):
    """Pieces of the two docstrings; `from_output` if the backward pass can work from y alone."""

    summary: str
    formula: str
    derivative: str
    notes: str
    source: str
    from_output: bool
    example: str
    backward_example: str


DOCS = {
    "identity": ActivationDoc(
        "The input itself.",
        "f(x) = x",
        "f'(x) = 1",
        "",
        "",
        True,
        "array([-1.,  0.,  2.], dtype=float32)",
        "array([1., 1., 1.], dtype=float32)",
    ),
    "sigmoid": ActivationDoc(
        "The logistic function.",
        "f(x) = 1 / (1 + exp(-x))",
        "f'(x) = y (1 - y)",
        """    From exp(-|x|), so neither end overflows or loses digits: f(-100) is 3.7e-44.

""",
        "Verhulst 1838; in networks Rumelhart, Hinton & Williams 1986.",
        True,
        "array([0.2689, 0.5   , 0.8808], dtype=float32)",
        "array([0.1966, 0.25  , 0.105 ], dtype=float32)",
    ),
    "tanh": ActivationDoc(
        "The hyperbolic tangent.",
        "f(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        "f'(x) = 1 - y^2",
        """    From expm1(-2 |x|), so f(x) is x near 0.

""",
        """LeCun, Bottou, Orr & Mueller, "Efficient BackProp", 1998.""",
        True,
        "array([-0.7616,  0.    ,  0.964 ], dtype=float32)",
        "array([0.42  , 1.    , 0.0707], dtype=float32)",
    ),
    "relu": ActivationDoc(
        "The rectified linear unit.",
        "f(x) = max(x, 0)",
        "f'(x) = 1 for x > 0, else 0; so f'(0) = 0",
        "",
        """Nair & Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.""",
        True,
        "array([0., 0., 2.], dtype=float32)",
        "array([0., 0., 1.], dtype=float32)",
    ),
    "leaky_relu": ActivationDoc(
        "The rectified linear unit with a slope for negative inputs.",
        "f(x) = x for x > 0, else negative_slope x",
        "f'(x) = 1 for x > 0, else negative_slope",
        """    Keras' default slope is 0.3. PyTorch takes negative slopes too; here they are
    refused, because the backward pass may read the sign of x from y.

""",
        """Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic
    models", 2013.""",
        True,
        "array([-0.01,  0.  ,  2.  ], dtype=float32)",
        "array([0.01, 0.01, 1.  ], dtype=float32)",
    ),
    "elu": ActivationDoc(
        "The exponential linear unit.",
        "f(x) = x for x > 0, else alpha (exp(x) - 1)",
        "f'(x) = 1 for x > 0, else alpha exp(x) = y + alpha; f'(0) = alpha",
        """    From expm1, so nothing cancels near 0. PyTorch takes any alpha; here it must be
    positive, because the backward pass may read the sign of x from y.

""",
        """Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by
    exponential linear units", 2016.""",
        True,
        "array([-0.6321,  0.    ,  2.    ], dtype=float32)",
        "array([0.3679, 1.    , 1.    ], dtype=float32)",
    ),
    "selu": ActivationDoc(
        "The scaled exponential linear unit.",
        """f(x) = s x for x > 0, else s alpha (exp(x) - 1),
    with s = 1.0507009873554805 and alpha = 1.6732632423543772""",
        "f'(x) = s for x > 0, else s alpha exp(x) = y + s alpha; f'(0) = s alpha",
        """    Meant for weights drawn with "lecun_normal".

""",
        """Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.""",
        True,
        "array([-1.1113,  0.    ,  2.1014], dtype=float32)",
        "array([0.6468, 1.7581, 1.0507], dtype=float32)",
    ),
    "celu": ActivationDoc(
        "The continuously differentiable exponential linear unit.",
        "f(x) = x for x > 0, else alpha (exp(x / alpha) - 1)",
        "f'(x) = 1 for x > 0, else exp(x / alpha) = 1 + y / alpha",
        """    PyTorch takes negative alpha too; here it must be positive.

""",
        """Barron, "Continuously differentiable exponential linear units", 2017.""",
        True,
        "array([-0.6321,  0.    ,  2.    ], dtype=float32)",
        "array([0.3679, 1.    , 1.    ], dtype=float32)",
    ),
    "softplus": ActivationDoc(
        "The smooth rectifier.",
        "f(x) = log(1 + exp(beta x)) / beta",
        "f'(x) = 1 / (1 + exp(-beta x)) = 1 - exp(-beta y)",
        """    Computed as max(x, 0) + log1p(exp(-beta |x|)) / beta, exact at both ends. PyTorch
    returns x where beta x exceeds a `threshold` of 20, an error of up to 2e-9;
    there is no threshold here.

""",
        """Dugas, Bengio, Belisle, Nadeau & Garcia, "Incorporating second-order functional
    knowledge for better option pricing", 2001.""",
        True,
        "array([0.3133, 0.6931, 2.1269], dtype=float32)",
        "array([0.2689, 0.5   , 0.8808], dtype=float32)",
    ),
    "softsign": ActivationDoc(
        "A sigmoid with slow tails.",
        "f(x) = x / (1 + |x|)",
        "f'(x) = 1 / (1 + |x|)^2 = (1 - |y|)^2",
        """    f(inf) is 1; PyTorch gives NaN.

""",
        """Bergstra, Desjardins, Lamblin & Bengio, "Quadratic polynomials learn better image
    features", 2009.""",
        True,
        "array([-0.5   ,  0.    ,  0.6667], dtype=float32)",
        "array([0.25  , 1.    , 0.1111], dtype=float32)",
    ),
    "gelu": ActivationDoc(
        "The Gaussian error linear unit.",
        "f(x) = x Phi(x) = x/2 (1 + erf(x / sqrt(2)))",
        "f'(x) = Phi(x) + x phi(x), with the normal density phi",
        """    For x << 0 the tail of Phi is computed itself, where 1 + erf cancels; PyTorch's
    float32 result is 0 from about x = -5.5 down. Its ``approximate="tanh"`` is
    :func:`gelu_tanh`.

""",
        """Hendrycks & Gimpel, "Gaussian error linear units", 2016.""",
        False,
        "array([-0.1587,  0.    ,  1.9545], dtype=float32)",
        "array([-0.0833,  0.5   ,  1.0852], dtype=float32)",
    ),
    "gelu_tanh": ActivationDoc(
        "The tanh approximation of the Gaussian error linear unit.",
        "f(x) = x/2 (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3)",
        "f'(x) = (1 + tanh(u)) / 2 + x/2 (1 - tanh(u)^2) du/dx",
        """    ``torch.nn.functional.gelu(x, approximate="tanh")``. Computed as x / (1 + exp(-2
    u)), which does not cancel for x << 0.

""",
        """Hendrycks & Gimpel, "Gaussian error linear units", 2016.""",
        False,
        "array([-0.1588,  0.    ,  1.9546], dtype=float32)",
        "array([-0.083 ,  0.5   ,  1.0861], dtype=float32)",
    ),
    "silu": ActivationDoc(
        "The sigmoid linear unit, also called swish.",
        "f(x) = x / (1 + exp(-x))",
        "f'(x) = s + x s (1 - s), s = 1 / (1 + exp(-x))",
        """    f(-inf) is -0; PyTorch gives NaN.

""",
        """Elfwing, Uchibe & Doya, "Sigmoid-weighted linear units for neural network function
    approximation", 2018; Ramachandran, Zoph & Le, "Searching for activation
    functions", 2017.""",
        False,
        "array([-0.2689,  0.    ,  1.7616], dtype=float32)",
        "array([0.0723, 0.5   , 1.0908], dtype=float32)",
    ),
    "mish": ActivationDoc(
        "A smooth, self-regularised unit.",
        "f(x) = x tanh(log(1 + exp(x)))",
        "f'(x) = t + x (1 - t^2) / (1 + exp(-x)), t = tanh(log(1 + exp(x)))",
        """    With e = exp(x), t = (e^2 + 2 e) / (e^2 + 2 e + 2): one exponential and one
    division.

""",
        """Misra, "Mish: a self regularized non-monotonic activation function", 2020.""",
        False,
        "array([-0.3034,  0.    ,  1.944 ], dtype=float32)",
        "array([0.0592, 0.6   , 1.0693], dtype=float32)",
    ),
    "hardtanh": ActivationDoc(
        "The input cut to an interval.",
        "f(x) = min(max(x, min_val), max_val)",
        "f'(x) = 1 for min_val < x < max_val, else 0 (at the corners too)",
        "",
        """Collobert, "Large scale machine learning", 2004.""",
        True,
        "array([-1.,  0.,  1.], dtype=float32)",
        "array([0., 1., 0.], dtype=float32)",
    ),
    "relu6": ActivationDoc(
        "The rectified linear unit cut at 6.",
        "f(x) = min(max(x, 0), 6)",
        "f'(x) = 1 for 0 < x < 6, else 0 (at the corners too)",
        "",
        """Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.""",
        True,
        "array([0., 0., 2.], dtype=float32)",
        "array([0., 0., 1.], dtype=float32)",
    ),
    "hardsigmoid": ActivationDoc(
        "A piecewise linear sigmoid.",
        "f(x) = min(max(x + 3, 0), 6) / 6",
        "f'(x) = 1/6 for -3 < x < 3, else 0 (at the corners too)",
        """    PyTorch's form; Keras 2 had slope 0.2 and offset 0.5.

""",
        """Howard et al., "Searching for MobileNetV3", 2019.""",
        True,
        "array([0.3333, 0.5   , 0.8333], dtype=float32)",
        "array([0.1667, 0.1667, 0.1667], dtype=float32)",
    ),
    "hardswish": ActivationDoc(
        "A piecewise quadratic swish.",
        "f(x) = x min(max(x + 3, 0), 6) / 6",
        "f'(x) = 0 for x <= -3, x/3 + 1/2 for -3 < x < 3, else 1",
        """    f(-inf) is -0; PyTorch gives NaN.

""",
        """Howard et al., "Searching for MobileNetV3", 2019.""",
        False,
        "array([-0.3333,  0.    ,  1.6667], dtype=float32)",
        "array([0.1667, 0.5   , 1.1667], dtype=float32)",
    ),
}

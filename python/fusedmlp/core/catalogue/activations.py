"""Activations: parameters and defaults of ``torch.nn.functional``, traits, documentation."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from .activation import Activation
from .parameters import Number


def _ends_in_order(values: Mapping[str, float]) -> str | None:
    low, high = values["min_val"], values["max_val"]
    return None if low < high else f"hardtanh needs min_val < max_val, got {low:g} and {high:g}"


# Beyond these limits x / alpha or beta * x leaves the range of float32.
_TINY, _HUGE = 1e-30, 1e30

ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(
        from_output=True,
        summary="The input itself.",
        formula="f(x) = x",
        derivative="f'(x) = 1",
        values=(-1.0, 0.0, 2.0),
        slopes=(1.0, 1.0, 1.0),
    ),
    "sigmoid": Activation(
        from_output=True,
        limits=(0.0, 1.0),
        output_range=(0.0, 1.0),
        silent=(0.001, 0.999),
        summary="The logistic function.",
        formula="f(x) = 1 / (1 + exp(-x))",
        derivative="f'(x) = y (1 - y)",
        computed="`(x < 0 ? e : 1) / (1 + e)`, e = exp(-abs x)",
        notes="From exp(-|x|), so neither end overflows or loses digits: f(-100) is 3.7e-44.",
        source="Verhulst 1838; in networks Rumelhart, Hinton & Williams 1986.",
        values=(0.2689, 0.5, 0.8808),
        slopes=(0.1966, 0.25, 0.105),
    ),
    "tanh": Activation(
        from_output=True,
        limits=(-1.0, 1.0),
        output_range=(-1.0, 1.0),
        silent=(-0.999, 0.999),
        summary="The hyperbolic tangent.",
        formula="f(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        derivative="f'(x) = 1 - y^2",
        computed="`-m / (2 + m)` with the sign of x, m = expm1(-2 abs x)",
        notes="From expm1(-2 |x|), so f(x) is x near 0.",
        source='LeCun, Bottou, Orr & Mueller, "Efficient BackProp", 1998.',
        values=(-0.7616, 0.0, 0.964),
        slopes=(0.42, 1.0, 0.0707),
    ),
    "relu": Activation(
        from_output=True,
        weight_init="he_normal",
        limits=(0.0, inf),
        silent=(0.0, None),
        summary="The rectified linear unit.",
        formula="f(x) = max(x, 0)",
        derivative="f'(x) = 1 for x > 0, else 0; so f'(0) = 0",
        source="""
            Nair & Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
            """,
        values=(0.0, 0.0, 2.0),
        slopes=(0.0, 0.0, 1.0),
    ),
    "leaky_relu": Activation(
        params={"negative_slope": Number(0.01, low=0.0, doc="Slope for x < 0.")},
        from_output=True,
        weight_init="he_normal",
        summary="The rectified linear unit with a slope for negative inputs.",
        formula="f(x) = x for x > 0, else negative_slope x",
        derivative="f'(x) = 1 for x > 0, else negative_slope",
        notes="""
            Keras' default slope is 0.3. PyTorch takes negative slopes too; here they are
            refused, because the backward pass may read the sign of x from y.
            """,
        source="""
            Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic
            models", 2013.
            """,
        values=(-0.01, 0.0, 2.0),
        slopes=(0.01, 0.01, 1.0),
    ),
    "elu": Activation(
        params={"alpha": Number(1.0, low=_TINY, high=_HUGE, doc="Minus the limit at -inf.")},
        from_output=True,
        weight_init="he_normal",
        limits=(-1.0, inf),
        summary="The exponential linear unit.",
        formula="f(x) = x for x > 0, else alpha (exp(x) - 1)",
        derivative="f'(x) = 1 for x > 0, else alpha exp(x) = y + alpha; f'(0) = alpha",
        computed="`max(x, 0) + alpha expm1(min(x, 0))`",
        notes="""
            From expm1, so nothing cancels near 0. PyTorch takes any alpha; here it must be
            positive, because the backward pass may read the sign of x from y.
            """,
        source="""
            Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by
            exponential linear units", 2016.
            """,
        values=(-0.6321, 0.0, 2.0),
        slopes=(0.3679, 1.0, 1.0),
    ),
    "selu": Activation(
        from_output=True,
        weight_init="lecun_normal",
        limits=(-1.7580993408473766, inf),
        summary="The scaled exponential linear unit.",
        formula="""
            f(x) = s x for x > 0, else s alpha (exp(x) - 1),
            with s = 1.0507009873554805 and alpha = 1.6732632423543772
            """,
        derivative="f'(x) = s for x > 0, else s alpha exp(x) = y + s alpha; f'(0) = s alpha",
        computed="as elu",
        notes='Meant for weights drawn with "lecun_normal".',
        source="""
            Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks", 2017.
            """,
        values=(-1.1113, 0.0, 2.1014),
        slopes=(0.6468, 1.7581, 1.0507),
    ),
    "celu": Activation(
        params={
            "alpha": Number(
                1.0,
                low=_TINY,
                high=_HUGE,
                doc="Minus the limit at -inf, and the scale on which it is reached.",
            )
        },
        from_output=True,
        weight_init="he_normal",
        limits=(-1.0, inf),
        summary="The continuously differentiable exponential linear unit.",
        formula="f(x) = x for x > 0, else alpha (exp(x / alpha) - 1)",
        derivative="f'(x) = 1 for x > 0, else exp(x / alpha) = 1 + y / alpha",
        computed="as elu",
        notes="PyTorch takes negative alpha too; here it must be positive.",
        source='Barron, "Continuously differentiable exponential linear units", 2017.',
        values=(-0.6321, 0.0, 2.0),
        slopes=(0.3679, 1.0, 1.0),
    ),
    "softplus": Activation(
        params={"beta": Number(1.0, low=_TINY, high=_HUGE, doc="Sharpness of the bend.")},
        from_output=True,
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="The smooth rectifier.",
        formula="f(x) = log(1 + exp(beta x)) / beta",
        derivative="f'(x) = 1 / (1 + exp(-beta x)) = 1 - exp(-beta y)",
        computed="`max(x, 0) + log1p(exp(-abs(beta x))) / beta`",
        notes="""
            Computed as max(x, 0) + log1p(exp(-beta |x|)) / beta, exact at both ends. PyTorch
            returns x where beta x exceeds a `threshold` of 20, an error of up to 2e-9;
            there is no threshold here.
            """,
        source="""
            Dugas, Bengio, Belisle, Nadeau & Garcia, "Incorporating second-order functional
            knowledge for better option pricing", 2001.
            """,
        values=(0.3133, 0.6931, 2.1269),
        slopes=(0.2689, 0.5, 0.8808),
    ),
    "softsign": Activation(
        from_output=True,
        limits=(-1.0, 1.0),
        output_range=(-1.0, 1.0),
        summary="A sigmoid with slow tails.",
        formula="f(x) = x / (1 + |x|)",
        derivative="f'(x) = 1 / (1 + |x|)^2 = (1 - |y|)^2",
        notes="f(inf) is 1; PyTorch gives NaN.",
        source="""
            Bergstra, Desjardins, Lamblin & Bengio, "Quadratic polynomials learn better image
            features", 2009.
            """,
        values=(-0.5, 0.0, 0.6667),
        slopes=(0.25, 1.0, 0.1111),
    ),
    "gelu": Activation(
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="The Gaussian error linear unit.",
        formula="f(x) = x Phi(x) = x/2 (1 + erf(x / sqrt(2)))",
        derivative="f'(x) = Phi(x) + x phi(x), with the normal density phi",
        computed="`max(x, 0) - a R(a) exp(-a^2/2)`, a = abs x",
        notes="""
            For x << 0 the tail of Phi is computed itself, where 1 + erf cancels; PyTorch's
            float32 result is 0 from about x = -5.5 down. Its ``approximate="tanh"`` is
            :func:`gelu_tanh`.
            """,
        source='Hendrycks & Gimpel, "Gaussian error linear units", 2016.',
        values=(-0.1587, 0.0, 1.9545),
        slopes=(-0.0833, 0.5, 1.0852),
    ),
    "gelu_tanh": Activation(
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="The tanh approximation of the Gaussian error linear unit.",
        formula="f(x) = x/2 (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3)",
        derivative="f'(x) = (1 + tanh(u)) / 2 + x/2 (1 - tanh(u)^2) du/dx",
        computed="x sigmoid(2u)",
        notes="""
            ``torch.nn.functional.gelu(x, approximate="tanh")``. Computed as x / (1 + exp(-2
            u)), which does not cancel for x << 0.
            """,
        source='Hendrycks & Gimpel, "Gaussian error linear units", 2016.',
        values=(-0.1588, 0.0, 1.9546),
        slopes=(-0.083, 0.5, 1.0861),
    ),
    "silu": Activation(
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="The sigmoid linear unit, also called swish.",
        formula="f(x) = x / (1 + exp(-x))",
        derivative="f'(x) = s + x s (1 - s), s = 1 / (1 + exp(-x))",
        computed="as sigmoid",
        notes="f(-inf) is -0; PyTorch gives NaN.",
        source="""
            Elfwing, Uchibe & Doya, "Sigmoid-weighted linear units for neural network function
            approximation", 2018; Ramachandran, Zoph & Le, "Searching for activation
            functions", 2017.
            """,
        values=(-0.2689, 0.0, 1.7616),
        slopes=(0.0723, 0.5, 1.0908),
    ),
    "mish": Activation(
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="A smooth, self-regularised unit.",
        formula="f(x) = x tanh(log(1 + exp(x)))",
        derivative="f'(x) = t + x (1 - t^2) / (1 + exp(-x)), t = tanh(log(1 + exp(x)))",
        computed="`x n / (n + 2)`, n = e^2 + 2e, e = exp(x) (scaled by exp(-2x) for x > 0)",
        notes="""
            With e = exp(x), t = (e^2 + 2 e) / (e^2 + 2 e + 2): one exponential and one
            division.
            """,
        source='Misra, "Mish: a self regularized non-monotonic activation function", 2020.',
        values=(-0.3034, 0.0, 1.944),
        slopes=(0.0592, 0.6, 1.0693),
    ),
    "hardtanh": Activation(
        params={
            "min_val": Number(-1.0, doc="Lower end, below `max_val`."),
            "max_val": Number(1.0, doc="Upper end."),
        },
        conflict=_ends_in_order,
        from_output=True,
        limits=(-1.0, 1.0),
        output_range=("min_val", "max_val"),
        silent=("min_val", "max_val"),
        summary="The input cut to an interval.",
        formula="f(x) = min(max(x, min_val), max_val)",
        derivative="f'(x) = 1 for min_val < x < max_val, else 0 (at the corners too)",
        source='Collobert, "Large scale machine learning", 2004.',
        values=(-1.0, 0.0, 1.0),
        slopes=(0.0, 1.0, 0.0),
    ),
    "relu6": Activation(
        from_output=True,
        weight_init="he_normal",
        limits=(0.0, 6.0),
        output_range=(0.0, 6.0),
        silent=(0.0, 6.0),
        summary="The rectified linear unit cut at 6.",
        formula="f(x) = min(max(x, 0), 6)",
        derivative="f'(x) = 1 for 0 < x < 6, else 0 (at the corners too)",
        source='Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.',
        values=(0.0, 0.0, 2.0),
        slopes=(0.0, 0.0, 1.0),
    ),
    "hardsigmoid": Activation(
        from_output=True,
        limits=(0.0, 1.0),
        output_range=(0.0, 1.0),
        silent=(0.0, 1.0),
        summary="A piecewise linear sigmoid.",
        formula="f(x) = min(max(x + 3, 0), 6) / 6",
        derivative="f'(x) = 1/6 for -3 < x < 3, else 0 (at the corners too)",
        notes="PyTorch's form; Keras 2 had slope 0.2 and offset 0.5.",
        source='Howard et al., "Searching for MobileNetV3", 2019.',
        values=(0.3333, 0.5, 0.8333),
        slopes=(0.1667, 0.1667, 0.1667),
    ),
    "hardswish": Activation(
        weight_init="he_normal",
        limits=(0.0, inf),
        summary="A piecewise quadratic swish.",
        formula="f(x) = x min(max(x + 3, 0), 6) / 6",
        derivative="f'(x) = 0 for x <= -3, x/3 + 1/2 for -3 < x < 3, else 1",
        notes="f(-inf) is -0; PyTorch gives NaN.",
        source='Howard et al., "Searching for MobileNetV3", 2019.',
        values=(-0.3333, 0.0, 1.6667),
        slopes=(0.1667, 0.5, 1.1667),
    ),
}

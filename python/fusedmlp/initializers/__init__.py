"""First values of weights and biases.

Names, for a weight of shape (fan_in, fan_out):

==================  ===============================================================================
``auto``            by the activation: ``he_normal`` before relu and its relatives,
                    ``lecun_normal`` before selu, ``glorot_uniform`` before bounded ones (the
                    list stands in docs/numerics.md); zeros for a bias
``he_normal``       N(0, 2 / fan_in)
``he_uniform``      U(-a, a), a = sqrt(6 / fan_in)
``glorot_normal``   N(0, 2 / (fan_in + fan_out))
``glorot_uniform``  U(-a, a), a = sqrt(6 / (fan_in + fan_out))
``lecun_normal``    N(0, 1 / fan_in)
``lecun_uniform``   U(-a, a), a = sqrt(3 / fan_in)
``orthogonal``      Q of the QR decomposition of a normal matrix: the shorter side's vectors are
                    orthonormal
``truncated_normal``  N(0, 1), redrawn outside [-2, 2]
``zeros`` ``ones``
``torch``           U(-a, a), a = 1 / sqrt(fan_in), for weights and biases: what ``torch.nn.Linear``
                    does
==================  ===============================================================================

or any callable ``f(shape, rng) -> array``, for instance
``lambda shape, rng: rng.normal(0, 0.02, shape)``.

Formulas are those of ``torch.nn.init`` with their default gains (``kaiming_*`` for He with the
gain sqrt(2), ``xavier_*`` for Glorot, ``trunc_normal_`` with its absolute bounds -2 and 2). Keras
draws its ``he_normal``, ``glorot_normal`` and ``lecun_normal`` from truncated normals of the same
variance; here and in PyTorch nothing is cut off. Keras starts every layer with Glorot-uniform
weights, whatever the activation; so does scikit-learn, with a third of the variance for logistic.

References
----------
K. He et al., Delving Deep into Rectifiers, ICCV 2015; X. Glorot, Y. Bengio, Understanding the
Difficulty of Training Deep Feedforward Neural Networks, AISTATS 2010; Y. LeCun et al., Efficient
BackProp, 1998; G. Klambauer et al., Self-Normalizing Neural Networks, 2017 (selu); A. Saxe et al.,
Exact Solutions to the Nonlinear Dynamics of Learning, 2014 (orthogonal).

:func:`fit_to_data` adapts first values to training rows.
"""

from .fitted import fit_to_data
from .rules import (
    HE_ACTIVATIONS,
    INITIALIZERS,
    Initializer,
    check_initializer,
    initialize,
    resolve_auto,
)

__all__ = [
    "HE_ACTIVATIONS",
    "INITIALIZERS",
    "Initializer",
    "check_initializer",
    "fit_to_data",
    "initialize",
    "resolve_auto",
]

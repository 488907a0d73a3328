"""One axis: Chebyshev points of the second kind, values and coefficients, and their calculus.

Everything is on the reference interval [-1, 1] and works on plain arrays. A length n means the
polynomials T_0..T_{n-1}, of degree n - 1.
"""

from chebtucker.chebyshev.chopping import chop
from chebtucker.chebyshev.nodes import from_reference, points, to_reference
from chebtucker.chebyshev.series import (
    antiderivative,
    basis,
    derivative,
    evaluate,
    gram,
    integrals,
    steepest,
)
from chebtucker.chebyshev.transforms import coefficients, values

__all__ = [
    "antiderivative",
    "basis",
    "chop",
    "coefficients",
    "derivative",
    "evaluate",
    "from_reference",
    "gram",
    "integrals",
    "points",
    "steepest",
    "to_reference",
    "values",
]

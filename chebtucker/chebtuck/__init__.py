"""Functions of several variables: a Tucker tensor of Chebyshev coefficients on a box."""

from chebtucker.chebtuck.function import ChebTuck

__all__ = ["ChebTuck"]

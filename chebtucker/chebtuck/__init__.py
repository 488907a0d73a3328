"""Functions of several variables: a Tucker tensor of Chebyshev coefficients on a box."""

from chebtucker.chebtuck.fields import curl, divergence, laplacian
from chebtucker.chebtuck.function import ChebTuck

__all__ = ["ChebTuck", "curl", "divergence", "laplacian"]

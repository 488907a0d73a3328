"""Ways to make a ChebTuck: from a function, from values, from other functions."""

from chebtucker.construct.callables import from_function
from chebtucker.construct.composition import apply
from chebtucker.construct.samples import from_grid, from_values
from chebtucker.construct.terms import from_cp

__all__ = ["apply", "from_cp", "from_function", "from_grid", "from_values"]

"""Functions of one variable: the grid is the line, and shows whether it resolves noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chebtucker import chebyshev
from chebtucker.construct.adaptive import tensor_method
from chebtucker.construct.checking import Checks
from chebtucker.construct.job import Job, Result
from chebtucker.construct.lengths import NOISE_FROM, Length
from chebtucker.construct.products import Block
from chebtucker.construct.tails import last_size, plateau_start

Array = NDArray[np.float64]

_STEPS = (4, 2, 1)  # every so many points: what was known before they were doubled twice


def of_one_variable(job: Job, checks: Checks, line: Block) -> Result:
    """Return what the tensor method finds, from the values on a `line` of a few points.

    Where more points than are allowed would resolve noise, it ends where the noise begins.
    """
    result = tensor_method(job, [Length(job.first_size)], checks, line)
    start = _noise_start(result) if result.short else None
    if start is None:
        return result
    return tensor_method(job, [Length(start, noisy=True)], checks)


def _noise_start(result: Result) -> int | None:
    """Return where the coefficients of an interpolant fall into noise, None where they do not."""
    interpolant = result.coefficients.to_array()
    n = len(interpolant)
    if n < NOISE_FROM or (n - 1) % _STEPS[0]:
        return None
    values = chebyshev.values(interpolant)
    series = [chebyshev.coefficients(values[::step, None]) for step in _STEPS]
    return plateau_start(series[-1], [float(last_size(one).max()) for one in series])

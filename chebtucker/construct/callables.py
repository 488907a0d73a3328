"""From a user's function."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev
from chebtucker.chebtuck import ChebTuck
from chebtucker.construct.adaptive import LARGEST_TENSOR, Result, measured_error, tensor_method
from chebtucker.construct.sampling import Sampler
from chebtucker.decompositions import round_tucker, st_hosvd

Array = NDArray[np.float64]

_UNIT_CUBE = ((-1.0, 1.0), (-1.0, 1.0), (-1.0, 1.0))


def from_function(
    f: Callable[..., Any],
    domain: Any = None,
    *,
    rtol: float = 1e-10,
    degree: int | tuple[int, ...] | None = None,
    rank: int | tuple[int, ...] | None = None,
    max_degree: int = 4096,
    method: str = "auto",
    vectorized: bool = True,
    seed: int = 0,
) -> ChebTuck:
    """Return an approximation of a function on a box.

    Parameters
    ----------
    f : callable
        Takes d arrays of equal shape (M,), one for each variable, and returns an array of that
        shape (or a number where it is constant). It is never called outside the domain.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis, d from 1 to 6; by default [-1, 1]^3.
    rtol : float
        Largest error on the domain relative to the largest value of abs(f).
    degree : int or tuple of int, optional
        Polynomial degrees to use, instead of those that the tolerance asks for.
    rank : int or tuple of int, optional
        Ranks to use, instead of those that the tolerance asks for.
    max_degree : int
        Limit for the degrees that are found.
    method : {"auto", "tensor"}
        "tensor" samples a full product grid of Chebyshev points, of at most 2^25 values. There
        is no other yet, so it is what "auto" takes.
    vectorized : bool
        False where f takes floats only: it is called once for each point.
    seed : int
        For the points that are looked at first and at the end.

    Returns
    -------
    ChebTuck
        Its `error` is twice the largest difference to f that was seen at random points, at
        and near the corners, and around the largest value; its `evaluations` counts every point
        at which f was computed.

    Warns
    -----
    UserWarning
        Where the tolerance could not be met. The result is the best that was found and its
        `error` says how good it is.

    Raises
    ------
    TypeError
        Where f returns anything but real numbers.
    ValueError
        Where f returns NaN, inf or an array of another shape.

    Notes
    -----
    A few lines through the domain give the degrees, so a function that is smooth along one axis
    is sampled at few points there. The grid of n_1 .. n_d points costs as many evaluations, and
    about 4 n^(d+1) flops.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y: np.exp(x + y), [(0, 1), (0, 2)])
    >>> abs(f(0.5, 1.5) - np.exp(2)) < 1e-9
    np.True_
    >>> f.rank
    (1, 1)
    """
    if not callable(f):
        raise TypeError(f"`f` must be callable, got {type(f).__name__}")
    box = _checks.domain(_UNIT_CUBE if domain is None else domain)
    if len(box) > 6:
        raise ValueError(f"`domain` must be a box of 1 to 6 dimensions, got {len(box)}")
    rtol = _checks.tolerance(rtol, "rtol", minimum=1e-15)
    seed = _checks.integer(seed, "seed")
    highest = _checks.integer(max_degree, "max_degree", minimum=1)
    if method == "cross":
        raise ValueError("`method` must be 'auto' or 'tensor', got 'cross': not available yet")
    _checks.choice(method, "method", ("auto", "tensor"))
    sampler = Sampler(f, vectorized)
    if degree is not None:
        return _with_degree(sampler, box, rtol, degree, rank, seed)
    result = tensor_method(sampler, box, rtol, highest + 1, seed)
    if rank is not None:
        result = _with_rank(sampler, box, result, rank, seed)
    elif result.error > rtol * sampler.largest:
        warnings.warn(_advice(sampler, result, rtol, highest), UserWarning, stacklevel=2)
    return ChebTuck(result.coefficients, box, error=result.error, evaluations=sampler.evaluations)


def _with_degree(
    sampler: Sampler, box: Array, rtol: float, degree: Any, rank: Any, seed: int
) -> ChebTuck:
    """Return the interpolant of given degrees, compressed."""
    sizes = [n + 1 for n in _checks.per_axis(degree, "degree", len(box), minimum=0)]
    if math.prod(sizes) > LARGEST_TENSOR:
        raise ValueError(
            f"`degree` must be such that the grid has at most {LARGEST_TENSOR} points, "
            f"got {math.prod(sizes)} ({8 * math.prod(sizes) / 2**30:.1f} GiB)"
        )
    axes = [
        chebyshev.from_reference(chebyshev.points(n), lo, hi)
        for n, (lo, hi) in zip(sizes, box, strict=True)
    ]
    coefficients = sampler.on_grid(axes)
    for axis in range(len(box)):
        coefficients = chebyshev.coefficients(coefficients, axis)
    if rank is None:
        tensor = st_hosvd(coefficients, atol=0.05 * rtol * sampler.largest)
    else:
        tensor = st_hosvd(coefficients, rank=rank)
    error, _ = measured_error(sampler, box, tensor, seed)
    return ChebTuck(tensor, box, error=error, evaluations=sampler.evaluations)


def _with_rank(sampler: Sampler, box: Array, result: Result, rank: Any, seed: int) -> Result:
    wanted = _checks.per_axis(rank, "rank", len(box))
    limits = tuple(min(r, s) for r, s in zip(wanted, result.coefficients.rank, strict=True))
    tensor = round_tucker(result.coefficients, rank=limits)
    error, _ = measured_error(sampler, box, tensor, seed)
    return Result(tensor, error, result.short, result.wanted)


def _advice(sampler: Sampler, result: Result, rtol: float, highest: int) -> str:
    """Say how far the tolerance was missed, which axis is to blame and what to change."""
    reached = result.error / sampler.largest
    said = f"rtol={rtol:g} was not met, the estimated error is {reached:.1e}: "
    if sampler.single:
        return said + "`f` returns single precision; compute in double or raise rtol"
    if not result.short:
        return said + "the values of `f` may be noisy or not smooth; raise rtol or split the domain"
    axes = ", ".join(str(k) for k in result.short)
    if any(result.wanted[k] > highest + 1 for k in result.short):
        return said + f"axis {axes} needs a higher degree; raise max_degree, now {highest}"
    return said + (
        f"axis {axes} needs more points than a grid of {LARGEST_TENSOR} values has; "
        "raise rtol, or split the domain where `f` is sharp"
    )

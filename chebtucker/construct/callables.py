"""From a user's function."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from chebtucker import _checks
from chebtucker.backends.threads import one_blas_thread
from chebtucker.chebtuck import ChebTuck
from chebtucker.construct.checking import Checks
from chebtucker.construct.choosing import resolve
from chebtucker.construct.grids import LARGEST_TENSOR, Grid
from chebtucker.construct.job import Job, Result
from chebtucker.construct.sampling import Sampler, UnitTooSmall
from chebtucker.decompositions import hooi, round_tucker, st_hosvd
from chebtucker.tensors import TuckerTensor

_UNIT_CUBE = ((-1.0, 1.0),) * 3
_CUT = 0.05  # of the tolerance: what compression cuts off where the degrees are given (Frobenius)


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
    progress: bool = False,
    seed: int = 0,
) -> ChebTuck:
    """Return an approximation of a function on a box.

    Parameters
    ----------
    f : callable
        Takes d arrays of equal shape (M,), one for each variable, and returns an array of that
        shape (or a number where it is constant). It is never called outside the domain.
    domain : array_like, shape (d, 2), optional
        Lower and upper end on every axis, d from 1 to 6; by default ``f.domain`` where f has
        one, as those of the gallery do, and else [-1, 1]^3.
    rtol : float
        Largest error on the domain relative to the largest value of abs(f).
    degree : int or tuple of int, optional
        Polynomial degrees to use, instead of those that the tolerance asks for.
    rank : int or tuple of int, optional
        Ranks to use, instead of those that the tolerance asks for; reached by Tucker-ALS, which
        leaves less error at given ranks than truncation mode after mode.
    max_degree : int
        Limit for the degrees that are found.
    method : {"auto", "tensor", "cross"}
        "tensor" samples a full product grid of Chebyshev points, of at most 2^25 values.
        "cross" samples fibres and a small core, which takes far fewer values where the ranks
        are a small part of the degrees. "auto" looks at lines for the degrees and at a coarse
        block for the ranks, and takes the cheaper of the two.
    vectorized : bool
        False where f takes floats only: it is called once for each point.
    progress : bool
        Whether to show on stderr how many values were computed.
    seed : int
        For the points that are looked at first and at the end.

    Returns
    -------
    ChebTuck
        Its `error` is 1.5 times the largest difference to f that was seen, and rounding: at evenly
        spread points, near the corners, around the largest value and around the worst points
        found. Not a proven bound. Its `evaluations` counts every point at which f was computed.

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
    With n points and rank r on an axis, the tensor method takes n^d values and about 4 n^(d+1)
    flops, the cross method some r^d + d n r values [1]_. Lines through the places where an
    approximation is worst refine both until it holds.

    BLAS is kept to one thread meanwhile, within f too: threads that wait by spinning cost more
    than they gain in products of this size.

    References
    ----------
    .. [1] S. Dolgov, D. Kressner and C. Stroessner, Functional Tucker approximation using
       Chebyshev interpolation, SIAM J. Sci. Comput. 43 (2021), A2190-A2210.

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
    given = getattr(f, "domain", None) if domain is None else domain
    box = _checks.domain(_UNIT_CUBE if given is None else given)
    if len(box) > 6:
        raise ValueError(f"`domain` must be a box of 1 to 6 dimensions, got {len(box)}")
    rtol = _checks.tolerance(rtol, "rtol", minimum=1e-15)
    seed = _checks.integer(seed, "seed")
    highest = _checks.integer(max_degree, "max_degree", minimum=1)
    _checks.choice(method, "method", ("auto", "tensor", "cross"))
    with Sampler(f, vectorized, progress) as sampler, one_blas_thread():
        job = Job(sampler, box, rtol, highest + 1, seed)
        if degree is not None:
            result = _with_degree(job, degree, rank)
        else:
            result = _found(job, method)
            if rank is not None:
                result = _with_rank(job, result, rank)
            elif result.error > rtol * sampler.largest:
                warnings.warn(_advice(job, result), UserWarning, stacklevel=2)
    tensor, error = result.coefficients * sampler.unit, result.error * sampler.unit
    return ChebTuck(tensor, box, error=error, evaluations=sampler.evaluations)


def _found(job: Job, method: str) -> Result:
    """Return what the method finds, without a unit where that was too small."""
    try:
        return resolve(job, method)
    except UnitTooSmall:
        job.sampler.drop_unit()
        return resolve(job, method)


def _with_degree(job: Job, degree: Any, rank: Any) -> Result:
    """Return the interpolant of given degrees, compressed."""
    sizes = [n + 1 for n in _checks.per_axis(degree, "degree", len(job.domain), minimum=0)]
    if math.prod(sizes) > LARGEST_TENSOR:
        raise ValueError(
            f"`degree` must be such that the grid has at most {LARGEST_TENSOR} points, "
            f"got {math.prod(sizes)} ({8 * math.prod(sizes) / 2**30:.1f} GiB)"
        )
    grid = Grid(job.sampler, job.domain, sizes)
    grid.sample(sizes)
    if rank is None:
        tensor = st_hosvd(grid.coefficients, atol=_CUT * job.atol)
    else:
        tensor = hooi(grid.coefficients, rank)
    return _measured(job, tensor)


def _with_rank(job: Job, result: Result, rank: Any) -> Result:
    wanted = _checks.per_axis(rank, "rank", len(job.domain))
    limits = tuple(min(r, s) for r, s in zip(wanted, result.coefficients.rank, strict=True))
    return _measured(job, round_tucker(result.coefficients, rank=limits, truncation="hooi"))


def _measured(job: Job, tensor: TuckerTensor) -> Result:
    checks = Checks.empty(job.sampler, job.domain).renewed(job.seed)
    error, _ = checks.estimate(tensor, job.seed)
    return Result(tensor, error)


def _advice(job: Job, result: Result) -> str:
    """Say how far the tolerance was missed, which axis is to blame and what to change."""
    reached = result.error / job.sampler.largest
    said = f"rtol={job.rtol:g} was not met, the estimated error is {reached:.1e}: "
    if job.sampler.single:
        return said + "`f` returns single precision; compute in double or raise rtol"
    if result.noisy:
        along = _named(result.noisy)
        return said + f"the values of `f` look noisy along {along}; raise rtol"
    if result.full:
        return said + (
            f"it needs ranks whose core has more than {LARGEST_TENSOR} values "
            f"({8 * LARGEST_TENSOR / 2**30:.2f} GiB); raise rtol or split the domain"
        )
    if not result.short:
        return said + "the values of `f` may be noisy or not smooth; raise rtol or split the domain"
    need = _named(result.short) + (" need" if len(result.short) > 1 else " needs")
    sizes = result.coefficients.shape
    if all(2 * sizes[k] > job.largest_size for k in result.short):
        highest = job.largest_size - 1
        return said + (
            f"{need} a higher degree; raise max_degree, now {highest}, "
            "or split the domain where `f` is not smooth"
        )
    return said + (
        f"{need} more points than a grid of {LARGEST_TENSOR} values has; "
        "raise rtol, or split the domain where `f` is sharp"
    )


def _named(axes: tuple[int, ...]) -> str:
    return ("axis " if len(axes) == 1 else "axes ") + ", ".join(str(k) for k in axes)

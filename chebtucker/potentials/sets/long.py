"""The long parts of several charge sets: Tucker tensors that share their factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import local_series
from chebtucker.backends.threads import one_blas_thread
from chebtucker.chebtuck import ChebTuck, many_points
from chebtucker.chebtuck.grids import on_axes
from chebtucker.chebtuck.kept_series import KeptSeries, cut_for
from chebtucker.decompositions.range_finders import FINDERS, Limits
from chebtucker.decompositions.truncation import Budget
from chebtucker.local_series import LocalSeries
from chebtucker.potentials.long_range import PEAK
from chebtucker.tensors import TuckerTensor
from chebtucker.tensors.modes import as_three

Array = NDArray[np.float64]
Three = tuple[Array, Array, Array]

_GRAM_LIMIT = 1e-10  # as in `st_hosvd`


@dataclass(frozen=True, eq=False, repr=False)
class LongSets:
    """C functions on one box, as ChebTucks whose factors are the same.

    A sequence: `long[c]` is the ChebTuck of set c.

    Parameters
    ----------
    cores : ndarray, shape (C, r_1, r_2, r_3)
        The cores.
    factors : tuple of ndarray, shape (n_k, r_k)
        Chebyshev coefficients, common to all.
    domain : ndarray, shape (3, 2)
        The box.
    errors : ndarray, shape (C,)
        Estimates of the largest errors, absolute.
    """

    cores: Array
    factors: Three
    domain: Array
    errors: Array
    plans: dict[bool, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cores)

    def __getitem__(self, index: int) -> ChebTuck:
        """Return the function of one set."""
        core = TuckerTensor(self.cores[index], self.factors)
        return ChebTuck(core, self.domain, error=float(self.errors[index]))

    def __iter__(self) -> Iterator[ChebTuck]:
        """Iterate over the functions."""
        return (self[c] for c in range(len(self)))

    @property
    def core(self) -> Array:
        """The cores of all, (C, r_1, r_2, r_3)."""
        return self.cores

    @property
    def device(self) -> str:
        """Where the arrays are: always "cpu"."""
        return "cpu"

    @property
    def rank(self) -> tuple[int, ...]:
        """Tucker ranks, common to all."""
        return tuple(u.shape[1] for u in self.factors)

    @property
    def degree(self) -> tuple[int, ...]:
        """Chebyshev degrees."""
        return tuple(len(u) - 1 for u in self.factors)

    @property
    def nbytes(self) -> int:
        """Bytes of cores and factors."""
        return int(self.cores.nbytes + sum(u.nbytes for u in self.factors))

    def __call__(self, points: ArrayLike) -> Array:
        """Return values (C, ...) at points (..., 3)."""
        return self._at(points, slopes=False)[0]

    def value_and_gradient(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return values (C, ...) and gradients (C, ..., 3) at points (..., 3)."""
        return self._at(points, slopes=True)

    def on_grid(self, *axes: Array, out: Array | None = None) -> Array:
        """Return the values (C, n1, n2, n3) on the product of three axes, in `out` if given."""
        if out is None:
            out = np.empty((len(self), *(len(x) for x in axes)))
        for core, part in zip(self.cores, out, strict=True):
            on_axes(TuckerTensor(core, self.factors), self.domain, list(axes), part)
        return out

    def _at(self, points: ArrayLike, *, slopes: bool) -> tuple[Array, Array]:
        array = np.asarray(points, dtype=np.float64)
        flat = np.ascontiguousarray(array.reshape(-1, 3))
        values = np.empty((len(self), len(flat)))
        gradients = np.empty((len(self), len(flat), 3) if slopes else 0)
        shared = self._shared_series(len(flat), slopes)
        for c, core in enumerate(self.cores):
            if shared is not None:
                series = shared(core, float(self.errors[c]))
                if slopes:
                    values[c], gradients[c] = series.values_and_gradients(flat)
                else:
                    values[c] = series.values(flat)
                continue
            kept = KeptSeries()  # of one set: all together would fill the memory
            kept.plans = dict(self.plans)
            one = (
                TuckerTensor(core, self.factors), self.domain, flat, float(self.errors[c]), kept
            )  # fmt: skip
            if slopes:
                values[c], gradients[c] = many_points.value_and_gradient(*one)
            else:
                values[c] = many_points.values(*one)
        shape = (len(self), *array.shape[:-1])
        return values.reshape(shape), gradients.reshape((*shape, 3) if slopes else 0)

    def _shared_series(
        self, count: int, slopes: bool
    ) -> Callable[[Array, float], LocalSeries] | None:
        """Return how local series are made of a core; None where contracting it is faster.

        Blocks are chosen once, for a function that has a part of all sets.
        """
        size = np.where(self.errors > 0, self.errors, 1.0) * np.sqrt(len(self))
        signs = np.random.default_rng(0).choice([-1.0, 1.0], len(self)) / size
        mixed = TuckerTensor(np.tensordot(signs, self.cores, 1), self.factors)
        kept = KeptSeries()
        kept.plans = self.plans
        plan = many_points.plan_for(mixed, self.domain, count, 1.0, kept, slopes=slopes)
        if plan is None or not local_series.costs.fits(plan, self.cores):
            return None
        down = local_series.carried_down(self.factors, plan.blocks)
        lengths = [len(u) for u in self.factors]
        return lambda core, error: local_series.form_from(
            core, down, plan.blocks, cut_for(core, error, slopes), lengths
        )


def compressed(cores: Array, factors: Three, domain: Array, atol: Array) -> LongSets:
    """Return the functions in smaller common bases.

    `atol` (C,) is what may be cut off of each, a Frobenius norm; on average over the sets, each
    in units of its own.
    """
    scale = np.where(atol > 0, atol, 1.0)[:, None, None, None]
    scaled = cores / scale
    norm = float(np.linalg.norm(scaled))
    budget = Budget(float(np.sqrt(np.count_nonzero(atol))), 3)
    finder = FINDERS["gram" if budget.atol >= _GRAM_LIMIT * norm else "lq"]
    bases = []
    with one_blas_thread():
        for mode in range(1, 4) if norm > 0 else ():
            found = finder(as_three(scaled, mode), Limits(budget.share(), None, None), 0)
            bases.append(factors[mode - 1] @ found.basis)
            scaled = found.projected.reshape(*scaled.shape[:mode], -1, *scaled.shape[mode + 1 :])
            budget.spend(found.discarded)
    if norm == 0:
        return zeros(len(cores), domain)
    return LongSets(scaled * scale, (bases[0], bases[1], bases[2]), domain, PEAK * atol)


def zeros(sets: int, domain: Array) -> LongSets:
    """Return the function 0, as often as there are sets."""
    one = np.ones((1, 1))
    return LongSets(np.zeros((sets, 1, 1, 1)), (one, one, one), domain, np.zeros(sets))

"""Fewer ranks, lower degrees, smaller boxes, fewer variables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks, chebyshev
from chebtucker.chebtuck import changing
from chebtucker.chebtuck.methods.state import State
from chebtucker.decompositions import round_tucker
from chebtucker.decompositions.sweeps import chosen_truncation

Array = NDArray[np.float64]


class Shape(State):
    """What changes the size of a function, or the box that it lives on."""

    def round(
        self,
        rtol: float | None = None,
        *,
        rank: int | tuple[int, ...] | None = None,
        truncation: str | None = None,
    ) -> Self:
        """Return the function with lower ranks.

        Parameters
        ----------
        rtol : float, optional
            Frobenius norm of the coefficients that are cut off, relative to all.
        rank : int or tuple of int, optional
            Ranks to use instead of a tolerance.
        truncation : {"hosvd", "hooi"}, optional
            How ranks are cut: mode after mode, or improved by Tucker-ALS as in `hooi`, which is
            what is done by default where `rank` is given.
        """
        if rank is None and rtol is None:
            raise ValueError("`rtol` must be given where `rank` is not, got None")
        how = chosen_truncation(truncation, rank)
        small = round_tucker(self.coefficients, rtol=rtol, rank=rank, truncation=how)
        return self._changed(small)

    def trim(self, rtol: float) -> Self:
        """Return the function with lower degrees.

        `rtol` bounds the Frobenius norm of the coefficients that are cut off, relative to all.
        """
        small = changing.trimmed(self.coefficients, _checks.tolerance(rtol, "rtol"))
        return self._changed(small)

    def restrict(self, domain: Any) -> Self:
        """Return the same function on a box inside the domain.

        Its degrees and ranks are those that it needs there. Its `error` is this one's, a bound
        on the smaller box too, and what compression has moved.

        Examples
        --------
        >>> import numpy as np
        >>> import chebtucker as ct
        >>> f = ct.from_function(lambda x, y: np.sin(9 * x + y), [(0, 4), (-1, 2)])
        >>> g = f.restrict([(1, 1.5), (0, 1)])
        >>> bool(abs(g(1.25, 0.5) - f(1.25, 0.5)) < 1e-9), g.degree[0] < f.degree[0]
        (True, True)
        """
        box = _checks.domain(domain, ndim=self.ndim)
        _checks.inside(box.T, self.domain, "domain")
        same = changing.restricted(self.coefficients, self.domain, box)
        small, error = self._compressed(same, self.error)
        return replace(self, coefficients=small, domain=box, error=error)

    def slice(self, axis: int, value: float) -> Self:
        """Return the function with one variable fixed: one dimension fewer.

        Its `error` is this one's, a bound on the slice too, and what compression has moved.
        """
        axis = self._axis(axis)
        if self.ndim == 1:
            raise ValueError("`slice` must have two dimensions or more, got 1; call f(x)")
        x = _checks.number(value, "value")
        interval = self.domain[axis]
        _checks.inside(np.array([[x]]), interval[None], "value")
        t = chebyshev.to_reference(np.array(x), float(interval[0]), float(interval[1]))
        row = chebyshev.basis(t, self.coefficients.shape[axis])
        result: Self = self._contracted({axis: row}, self.error)
        return result

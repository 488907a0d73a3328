"""From functions that are there already: exp(f), 1 / f, g / f and their like."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.points import sample_points
from chebtucker.construct.callables import from_function

Array = NDArray[np.float64]


class Composition:
    """What a function does with the values of others; numbers among them stay numbers."""

    def __init__(self, function: Callable[..., Any], inputs: tuple[Any, ...]) -> None:
        self.function = function
        self.inputs = inputs

    def __call__(self, *points: Array) -> Any:
        """Return the values at points given by d arrays."""
        return self._of([f(*points) if isinstance(f, ChebTuck) else f for f in self.inputs])

    def on_grid(self, *axes: Array) -> Any:
        """Return the values on a product grid."""
        return self._of([f.on_grid(*axes) if isinstance(f, ChebTuck) else f for f in self.inputs])

    def spread(self, points: Array) -> tuple[float, float]:
        """Return how far the errors of the inputs move the values at points (M, d), and their size.

        No result can be more accurate than that.
        """
        values = [f(points) if isinstance(f, ChebTuck) else f for f in self.inputs]
        middle = np.asarray(self._of(values))
        if middle.dtype.kind not in "biuf" or middle.shape not in ((), (len(points),)):
            return 0.0, 1.0  # `from_function` says what is wrong
        size = _finite(middle, points)
        moved = 0.0
        for k, f in enumerate(self.inputs):
            if isinstance(f, ChebTuck):
                shifted = (
                    np.asarray(self._of([*values[:k], values[k] + e, *values[k + 1 :]]))
                    for e in (-f.error, f.error)
                )
                moved += max(_finite(s - middle, points) for s in shifted)
        return moved, max(size, np.finfo(float).tiny)

    def _of(self, values: list[Any]) -> Any:
        with np.errstate(all="ignore"):  # NaN and inf are refused with the point where they are
            return self.function(*values)


def apply(
    function: Callable[..., Any], inputs: tuple[Any, ...], *, rtol: float | None = None
) -> ChebTuck:
    """Return ``function(*inputs)`` as a function on the domain of the inputs.

    Parameters
    ----------
    function : callable
        Takes as many arrays or numbers as there are inputs, and returns an array.
    inputs : tuple of ChebTuck or float
        At least one ChebTuck; all on the same domain.
    rtol : float, optional
        As for `from_function`; by default as far as the errors of the inputs allow, or 1e-11.

    Returns
    -------
    ChebTuck
        Its error counts that of the inputs too, as `function` carries it.

    Warns
    -----
    UserWarning
        Where the tolerance could not be met; the error says how good the result is.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y: x * y, [(0, 1), (0, 1)])
    >>> bool(abs(np.exp(f)(0.5, 0.5) - np.exp(0.25)) < 1e-9)
    True
    """
    domain = next(f for f in inputs if isinstance(f, ChebTuck)).domain
    composition = Composition(function, inputs)
    inherited, size = composition.spread(sample_points(domain, 400))
    if rtol is None:
        rtol = min(max(1e-11, inherited / size), 0.1)
    result = _resolved(composition, domain, rtol)
    return replace(result, error=result.error + inherited)


def _resolved(composition: Composition, domain: Array, rtol: float) -> ChebTuck:
    """Return the composition; where it is not reached, advice that the caller can follow."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = from_function(composition, domain, rtol=rtol)
    if caught:
        name = getattr(composition.function, "__name__", "the function")
        warnings.warn(
            f"`{name}` of the functions was not reached to rtol={rtol:.1e}, the estimated error is "
            f"{result.error:.1e}: it may not be smooth at the values that they have; "
            "restrict the domain",
            UserWarning,
            stacklevel=_frames_of_this_package(),
        )
    return result


def _frames_of_this_package() -> int:
    """Return the `stacklevel` that makes a warning point at the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("chebtucker."):
        frame, level = frame.f_back, level + 1
    return level


def _finite(values: Any, points: Array) -> float:
    """Return the largest absolute value; refuse NaN and inf with the point where they are."""
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        where = ", ".join(f"{x:.6g}" for x in points[wrong[0]])
        raise ValueError(
            "`function` must be finite within the error of its arguments, "
            f"got inf or nan at ({where})"
        )
    return float(np.abs(values).max())

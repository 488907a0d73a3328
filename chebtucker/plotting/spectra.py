"""How fast coefficients and singular values decay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.chebtuck.changing import slices
from chebtucker.plotting.canvas import COLOURS, MARKERS, axis_names

Array = NDArray[np.float64]

_LEAST = 1e-17  # of the largest: what is not drawn


def plot_spectrum(f: ChebTuck, *, ax: Sequence[Axes] | None = None) -> NDArray[Any]:
    """Draw the decay of coefficients and of singular values along each axis.

    Parameters
    ----------
    f : ChebTuck
        The function.
    ax : sequence of two Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    ndarray of Axes, shape (2,)
        Left the norm of all coefficients of one degree, right the singular values of the
        unfoldings of the coefficients; a dotted line at the stated error.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y: np.exp(x * y), [(0, 1), (0, 2)])
    >>> left, right = plot_spectrum(f)
    >>> left.get_xlabel(), right.get_xlabel()
    ('degree', 'index')
    """
    f = f.to_device("cpu")
    if ax is None:
        figure = Figure(figsize=(8, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
    else:
        left, right = _pair(ax)
    names = axis_names(f.ndim)
    for k in range(f.ndim):
        rows = slices(f.coefficients, k)
        name, look = names[k], _look(k)
        _draw(left, np.sqrt((rows * rows).sum(axis=1)), 0, label=name, **look)
        _draw(right, np.linalg.svd(rows, compute_uv=False), 1, label=name, lw=0.6, **look)
    for axes in (left, right):
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if f.error > 0:
            axes.axhline(f.error, color="black", lw=0.8, ls=":", label="error")
    left.set_xlabel("degree")
    left.set_ylabel("norm of the coefficients")
    right.set_xlabel("index")
    right.set_ylabel("singular value")
    right.legend(title="axis", frameon=False)
    return np.array([left, right])


def _pair(ax: Any) -> tuple[Axes, Axes]:
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) != 2:
        raise ValueError(f"`ax` must be two Axes, got {len(axes)}")
    return axes[0], axes[1]


def _look(k: int) -> dict[str, Any]:
    """Return colour and marker of an axis: open and of growing size, so that equal ones show."""
    return {
        "color": COLOURS[k % 6], "marker": MARKERS[k % 6], "ms": 3.0 + 1.2 * (k % 3),
        "mew": 0.8, "mfc": "none" if k % 6 else COLOURS[0],
    }  # fmt: skip


def _draw(ax: Axes, sizes: Any, first: int, *, lw: float = 0.0, **look: Any) -> None:
    shown = sizes > _LEAST * max(float(sizes.max()), np.finfo(float).tiny)
    index = np.arange(first, first + len(sizes))
    ax.plot(index[shown], sizes[shown], lw=lw, **look)

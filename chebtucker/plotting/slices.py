"""Functions of any number of variables, with all but one or two of them fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.plotting.canvas import (
    COLOURS,
    axis_names,
    draw_values,
    new_axes,
    plane_axes,
    with_unit,
)

Array = NDArray[np.float64]


def plot_slice(
    f: ChebTuck,
    axis: int | Sequence[int] | None = None,
    value: float | Sequence[float] | None = None,
    *,
    points: int = 300,
    label: str = "",
    length_unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a function along a line or on a plane parallel to the axes.

    Parameters
    ----------
    f : ChebTuck
        The function.
    axis : int or sequence of int, optional
        The axes that are fixed; one or two must be left. By default all after the second.
    value : float or sequence of float, optional
        Where they are fixed, one for each; the middle of the domain by default.
    points : int
        Points along a line, or along the longer side of a plane.
    label : str
        What is drawn and in which unit.
    length_unit : str
        Unit of the axes.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        A curve where one variable is left. Where two are, colours: values of both signs have
        zero in the middle and contour lines, dashed where they are negative; values of one sign
        go from dark to light.

    Examples
    --------
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y, z: x * y + z, rtol=1e-8)
    >>> plot_slice(f, axis=2, value=0.5).get_title()
    'z = 0.5'
    >>> plot_slice(f, axis=(0, 2), value=(0, 1)).get_xlabel()
    'y'
    """
    f = f.to_device("cpu")
    fixed = _fixed(f, axis, value)
    points = _checks.integer(points, "points", minimum=2)
    shown = [k for k in range(f.ndim) if k not in fixed]
    names = axis_names(f.ndim)
    sides = f.domain[shown]
    grid = _grid(f, fixed, shown, points)
    values = f.on_grid(*grid).reshape([len(grid[k]) for k in shown])
    if len(shown) == 1:
        ax = new_axes() if ax is None else ax
        ax.plot(grid[shown[0]], values, color=COLOURS[0], lw=1.4)
        ax.set_xlim(*sides[0])
        ax.set_ylabel(label or "value")
    else:
        ax = plane_axes(sides[:, 1] - sides[:, 0]) if ax is None else ax
        draw_values(ax, values, sides, label, lines=True)
        ax.set_aspect("equal" if _similar(sides) else "auto")
        ax.set_ylabel(with_unit(names[shown[1]], length_unit))
    ax.set_xlabel(with_unit(names[shown[0]], length_unit))
    unit = f" {length_unit}" if length_unit else ""
    ax.set_title(", ".join(f"{names[k]} = {x:.4g}{unit}" for k, x in fixed.items()))
    return ax


def _fixed(f: ChebTuck, axis: Any, value: Any) -> dict[int, float]:
    """Return the axes that are fixed, and where."""
    chosen = range(2, f.ndim) if axis is None else np.atleast_1d(np.asarray(axis)).tolist()
    axes = [_checks.integer(k, "axis", minimum=-f.ndim) for k in chosen]
    if any(k >= f.ndim for k in axes):
        raise ValueError(f"`axis` must be below {f.ndim}, got {max(axes)}")
    axes = [k % f.ndim for k in axes]
    if f.ndim - len(set(axes)) not in (1, 2):
        raise ValueError(
            f"`axis` must leave one or two of {f.ndim} axes to draw, got {tuple(axes)}"
        )
    middle = [float(f.domain[k].mean()) for k in axes]
    values = middle if value is None else np.atleast_1d(np.asarray(value)).tolist()
    if len(values) != len(axes):
        raise ValueError(
            f"`value` must be one number for each fixed axis {tuple(axes)}, got {len(values)}"
        )
    result = {}
    for k, x in zip(axes, values, strict=True):
        result[k] = _checks.number(x, "value")
        _checks.inside(np.array([[result[k]]]), f.domain[k : k + 1], "value")
    return result


def _grid(f: ChebTuck, fixed: dict[int, float], shown: list[int], points: int) -> list[Array]:
    lengths = f.domain[:, 1] - f.domain[:, 0]
    shares = lengths / lengths[shown].max() if _similar(f.domain[shown]) else np.ones(f.ndim)
    return [
        np.array([fixed[k]])
        if k in fixed
        else np.linspace(f.domain[k, 0], f.domain[k, 1], max(int(np.ceil(points * shares[k])), 50))
        for k in range(f.ndim)
    ]


def _similar(sides: Array) -> bool:
    """Say whether the sides of a plane are so alike that both can have one scale."""
    lengths = sides[:, 1] - sides[:, 0]
    return bool(lengths.max() <= 5 * lengths.min())

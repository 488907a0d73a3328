"""Surfaces where a function has one value, with PyVista."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.plotting.canvas import axis_names, is_signed

Array = NDArray[np.float64]


def plot_isosurface(
    f: ChebTuck,
    levels: float | Sequence[float] | None = None,
    *,
    points: int = 96,
    label: str = "value",
    opacity: float = 0.6,
    off_screen: bool | None = None,
    plotter: Any = None,
) -> Any:
    """Draw the surfaces where a function of three variables has given values.

    Parameters
    ----------
    f : ChebTuck
        A function of three variables.
    levels : float or sequence of float, optional
        The values; by default half of the largest, and half of the smallest where both signs
        occur.
    points : int
        Points along the longest side of the box.
    label : str
        For the colour bar.
    opacity : float
        From 0 to 1.
    off_screen : bool, optional
        Draw without a window, for ``plotter.screenshot(path)``.
    plotter : pyvista.Plotter, optional
        Where to draw; a new one by default.

    Returns
    -------
    pyvista.Plotter
        ``plotter.show()`` opens a window, ``plotter.screenshot(path)`` writes a picture.

    Raises
    ------
    ImportError
        Where PyVista is not installed: ``pip install 'chebtucker[view]'``.
    """
    if f.ndim != 3:
        raise ValueError(f"`f` must be a function of three variables, got {f.ndim}")
    points = _checks.integer(points, "points", minimum=2)
    try:
        import pyvista
    except ImportError:
        raise ImportError(
            "isosurfaces need PyVista: pip install 'chebtucker[view]', or draw planes "
            "with `plot_slice`"
        ) from None
    lengths = f.domain[:, 1] - f.domain[:, 0]
    counts = np.maximum(np.ceil(points * lengths / lengths.max()).astype(int), 12)
    values = f.on_grid(*counts.tolist())
    wanted = _levels(values, levels)
    grid = pyvista.ImageData(
        dimensions=tuple(counts), spacing=tuple(lengths / (counts - 1)), origin=f.domain[:, 0]
    )
    grid.point_data[label] = values.ravel(order="F")
    plotter = pyvista.Plotter(off_screen=off_screen) if plotter is None else plotter
    low, high = _colours(wanted)
    plotter.add_mesh(
        grid.contour(wanted, scalars=label), cmap="RdBu" if low == -high else "viridis",
        clim=(low, high), opacity=opacity, smooth_shading=True,
        scalar_bar_args={"vertical": True, "position_x": 0.86, "position_y": 0.25},
    )  # fmt: skip
    plotter.add_mesh(grid.outline(), color="black")
    x, y, z = axis_names(3)
    plotter.show_bounds(xtitle=x, ytitle=y, ztitle=z, location="outer", n_xlabels=4, n_ylabels=4)
    return plotter


def _colours(levels: list[float]) -> tuple[float, float]:
    """Return the values where the colours end; zero is in the middle where signs differ."""
    low, high = min(levels), max(levels)
    if is_signed(np.asarray(levels)):
        reach = max(-low, high)
        return -reach, reach
    return (low, high) if high > low else (low - abs(low) - 1, high + abs(high) + 2)


def _levels(values: Array, levels: Any) -> list[float]:
    """Return levels that the values on the grid reach."""
    low, high = float(values.min()), float(values.max())
    if levels is None:
        if is_signed(values):
            return [low / 2, high / 2]
        return [low / 2 if high <= 0 else (low + high) / 2]
    wanted = [_checks.number(x, "levels") for x in np.atleast_1d(np.asarray(levels))]
    if not wanted or min(wanted) > high or max(wanted) < low:
        raise ValueError(
            f"`levels` must be between {low:.6g} and {high:.6g}, got {np.round(wanted, 6).tolist()}"
        )
    return wanted

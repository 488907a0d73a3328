"""Surfaces where a function has one value, with PyVista or else with Matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.plotting.canvas import axis_names, is_signed, with_unit
from chebtucker.plotting.tetrahedra import isosurface
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

FALL_BACK = "drawn by Matplotlib, a fall-back: PyVista is not installed"
_COARSE = 48  # points along the longest side that Matplotlib draws in a second or two
_MOST_SPHERES = 20_000
_BEYOND = 1e3  # times the largest level: where infinite values are cut


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
        Draw without a window, for ``save_picture`` or ``plotter.screenshot(path)``.
    plotter : pyvista.Plotter, optional
        Where to draw; a new one by default.

    Returns
    -------
    pyvista.Plotter or matplotlib Axes
        ``plotter.show()`` opens a window, `save_picture` writes a picture of either. Where
        PyVista is not installed (``pip install 'chebtucker[view]'``) a coarser picture by
        Matplotlib, which says that it is one.

    Warns
    -----
    UserWarning
        Where Matplotlib draws instead of PyVista.
    """
    f = f.to_device("cpu")
    if f.ndim != 3:
        raise ValueError(f"`f` must be a function of three variables, got {f.ndim}")
    return draw_surfaces(
        f.on_grid, f.domain, _levels_of_function, levels, points=points, label=label,
        opacity=opacity, off_screen=off_screen, plotter=plotter,
    )  # fmt: skip


def draw_surfaces(
    on_grid: Callable[..., Array],
    domain: Array,
    choose: Callable[[Array], list[float]],
    levels: float | Sequence[float] | None,
    *,
    points: int,
    label: str,
    opacity: float,
    off_screen: bool | None,
    plotter: Any,
    factor: float = 1.0,
    length_unit: str = "",
    system: ParticleSystem | None = None,
) -> Any:
    """Draw surfaces of values on a grid, and particles as spheres; see `plot_isosurface`.

    `choose` returns the levels, from the values, where none are given.
    """
    points = _checks.integer(points, "points", minimum=2)
    pyvista = _pyvista()
    points = points if pyvista else min(points, _COARSE)
    lengths = domain[:, 1] - domain[:, 0]
    counts = np.maximum(np.ceil(points * lengths / lengths.max()).astype(int), 12).tolist()
    values = factor * on_grid(*counts)
    wanted = choose(values) if levels is None else _within(values, levels)
    reach = _BEYOND * max(map(abs, wanted), default=1.0) or 1.0
    values = np.clip(values, -reach, reach)
    names = [with_unit(name, length_unit) for name in axis_names(3)]
    if pyvista is None:
        return _with_matplotlib(values, domain, wanted, label, names, opacity)
    plotter = pyvista.Plotter(off_screen=off_screen) if plotter is None else plotter
    grid = pyvista.ImageData(
        dimensions=counts, spacing=lengths / (np.array(counts) - 1), origin=domain[:, 0]
    )
    grid.point_data[label] = values.ravel(order="F")
    low, high = _colours(wanted)
    plotter.add_mesh(
        grid.contour(wanted, scalars=label), cmap="RdBu" if low == -high else "viridis",
        clim=(low, high), opacity=opacity, smooth_shading=True,
        scalar_bar_args={
            "vertical": True, "position_x": 0.86, "position_y": 0.25, "fmt": "%.3g",
            "title": _ascii(label), "title_font_size": 18, "label_font_size": 16,
        },
    )  # fmt: skip
    if system is not None:
        _add_spheres(pyvista, plotter, system)
    plotter.add_mesh(grid.outline(), color="black")
    plotter.show_bounds(
        xtitle=_ascii(names[0]), ytitle=_ascii(names[1]), ztitle=_ascii(names[2]),
        location="outer", n_xlabels=3, n_ylabels=3, n_zlabels=3, fmt="%.3g", font_size=12,
    )  # fmt: skip
    return plotter


def _ascii(text: str) -> str:
    """Return text that the fonts of VTK have."""
    return text.replace("Å", "Angstrom")


def _pyvista() -> Any:
    try:
        import pyvista
    except ImportError:
        return None
    return pyvista


def _add_spheres(pyvista: Any, plotter: Any, system: ParticleSystem) -> None:
    """Draw particles as spheres of their radii, or as points where there are too many."""
    cloud = pyvista.PolyData(system.positions)
    if len(system) > _MOST_SPHERES:
        plotter.add_mesh(cloud, color="dimgray", point_size=3)
        return
    cloud["radius"] = np.full(len(system), 1.2) if system.radii is None else 0.7 * system.radii
    sphere = pyvista.Sphere(radius=1.0, theta_resolution=12, phi_resolution=12)
    plotter.add_mesh(
        cloud.glyph(scale="radius", orient=False, geom=sphere), color="lightgray",
        smooth_shading=True,
    )  # fmt: skip


def _with_matplotlib(
    values: Array, domain: Array, levels: list[float], label: str, names: list[str], opacity: float
) -> Any:
    """Draw the surfaces on three-dimensional axes, and say that PyVista would be better."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    warnings.warn(f"{FALL_BACK}; pip install 'chebtucker[view]'", UserWarning, stacklevel=5)
    ax: Any = Figure(figsize=(6.2, 5.2), layout="constrained").add_subplot(projection="3d")
    low, high = _colours(levels)
    colours = mpl.colormaps["RdBu" if low == -high else "viridis"]
    for level in sorted(levels):
        share = 0.08 + 0.84 * (level - low) / (high - low)  # not white, not black
        surface = Poly3DCollection(
            isosurface(values, domain, level), facecolors=colours(share), alpha=opacity,
            shade=True, label=f"{level:.3g}",
        )  # fmt: skip
        ax.add_collection3d(surface)
    ax.set(
        xlabel=names[0], ylabel=names[1], zlabel=names[2],
        xlim=domain[0], ylim=domain[1], zlim=domain[2],
    )  # fmt: skip
    lengths = domain[:, 1] - domain[:, 0]
    ax.set_box_aspect(lengths, zoom=0.85)
    for axis, length in zip((ax.xaxis, ax.yaxis, ax.zaxis), lengths, strict=True):
        axis.set_major_locator(MaxNLocator(max(1, round(6 * length / lengths.max()))))
    ax.get_figure().legend(title=label, loc="outside right upper", frameon=False)
    ax.get_figure().supxlabel(FALL_BACK, fontsize="small", color="dimgray")
    return ax


def _colours(levels: list[float]) -> tuple[float, float]:
    """Return the values where the colours end; zero is in the middle where signs differ."""
    low, high = min(levels), max(levels)
    if is_signed(np.asarray(levels)):
        reach = max(-low, high)
        return -reach, reach
    return (low, high) if high > low else (low - abs(low) - 1, high + abs(high) + 2)


def _levels_of_function(values: Array) -> list[float]:
    low, high = float(values.min()), float(values.max())
    if is_signed(values):
        return [low / 2, high / 2]
    return [low / 2 if high <= 0 else (low + high) / 2]


def _within(values: Array, levels: Any) -> list[float]:
    """Return the given levels, some of which the values must reach."""
    low, high = float(values.min()), float(values.max())
    wanted = [_checks.number(x, "levels") for x in np.atleast_1d(np.asarray(levels))]
    if not wanted or min(wanted) > high or max(wanted) < low:
        raise ValueError(
            f"`levels` must be between {low:.6g} and {high:.6g}, got {np.round(wanted, 6).tolist()}"
        )
    return wanted

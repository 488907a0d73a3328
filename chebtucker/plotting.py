"""Pictures. The only module that imports matplotlib; every function takes `ax=` and returns it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]
_NAMES = "xyz"


def plot_plane(
    on_grid: Callable[..., Array],
    domain: Array,
    *,
    axis: int = 2,
    value: float | None = None,
    points: int = 300,
    label: str = "",
    length_unit: str = "",
    factor: float = 1.0,
    system: ParticleSystem | None = None,
    thickness: float = 1.5,
    ax: Axes | None = None,
) -> Axes:
    """Draw a function of three variables on a plane, with the particles near it.

    Parameters
    ----------
    on_grid : callable
        The `on_grid` method of a ChebTuck or a Potential.
    domain : ndarray, shape (3, 2)
        Its domain.
    axis : int
        The axis across the plane.
    value : float, optional
        Where the plane cuts that axis; the middle of the domain by default.
    points : int
        Points along the longer side of the picture.
    label : str
        What is drawn and in which unit, for the colour bar.
    length_unit : str
        Unit of the axes.
    factor : float
        Factor of the values.
    system : ParticleSystem, optional
        Particles to draw where they are within `thickness` of the plane.
    thickness : float
        See `system`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import chebtucker as ct
    >>> f = ct.from_function(lambda x, y, z: x * y + z, rtol=1e-8)
    >>> ax = plot_plane(f.on_grid, f.domain, label="x y + z")
    """
    axis = _checks.integer(axis, "axis")
    if axis > 2:
        raise ValueError(f"`axis` must be 0, 1 or 2, got {axis}")
    middle = float(np.mean(domain[axis]))
    where = middle if value is None else _checks.number(value, "value")
    shown = [k for k in range(3) if k != axis]
    lengths = domain[shown, 1] - domain[shown, 0]
    counts = np.maximum(np.ceil(points * lengths / lengths.max()).astype(int), 2)
    grid: list[Any] = [np.array([where])] * 3
    for k, n in zip(shown, counts, strict=True):
        grid[k] = np.linspace(domain[k, 0], domain[k, 1], n)
    values = factor * np.squeeze(on_grid(*grid), axis=axis)
    ax = _axes(lengths) if ax is None else ax
    _draw_values(ax, values, domain[shown], label)
    if system is not None:
        _draw_particles(ax, system, axis, where, thickness)
    unit = f" ({length_unit})" if length_unit else ""
    ax.set_xlabel(_NAMES[shown[0]] + unit)
    ax.set_ylabel(_NAMES[shown[1]] + unit)
    ax.set_title(f"{_NAMES[axis]} = {where:.2f}" + (f" {length_unit}" if length_unit else ""))
    return ax


def plot_spectrum(coefficients: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the decay of Chebyshev coefficients along each axis of a ChebTuck.

    Parameters
    ----------
    coefficients : TuckerTensor
        The coefficients: a core and factors; unpacks as ``core, factors``.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Against the degree: the norm of all coefficients of that degree, one line an axis.
    """
    core, factors = coefficients
    ax = Figure(figsize=(5, 3.6), layout="constrained").add_subplot() if ax is None else ax
    for k, (factor, style) in enumerate(zip(factors, _styles(), strict=False)):
        unfolded = np.moveaxis(core, k, 0).reshape(core.shape[k], -1)
        sizes = np.linalg.norm(factor @ unfolded, axis=1)  # (n_k, r_k) @ (r_k, rest)
        name = _NAMES[k] if len(factors) <= 3 else str(k)
        ax.semilogy(np.maximum(sizes, 1e-300), style, lw=1.2, label=name)
    ax.set_xlabel("degree")
    ax.set_ylabel("norm of the coefficients")
    ax.legend(title="axis", frameon=False)
    return ax


def save_picture(ax: Axes, path: str | Path) -> None:
    """Write the figure of `ax`; the ending of the path is the format."""
    ax.get_figure(root=True).savefig(path, dpi=160)  # type: ignore[union-attr]


def _axes(lengths: Array) -> Axes:
    width = 6.2
    height = float(np.clip(width * 0.8 * lengths[1] / lengths[0], 2.5, 9.0))
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def _styles() -> list[str]:
    return ["-", "--", "-.", ":", "-", "--"]


def _draw_values(ax: Axes, values: Array, box: Array, label: str) -> None:
    finite = values[np.isfinite(values)]
    limit = float(np.quantile(np.abs(finite), 0.98)) if finite.size else 1.0
    limit = limit or 1.0
    image = ax.imshow(
        np.clip(values.T, -4 * limit, 4 * limit),
        origin="lower",
        extent=(box[0, 0], box[0, 1], box[1, 0], box[1, 1]),
        cmap=mpl.colormaps["RdBu"],
        vmin=-limit,
        vmax=limit,
        interpolation="bilinear",
    )
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.colorbar(image, ax=ax, label=label, extend="both", shrink=0.9)


def _draw_particles(
    ax: Axes, system: ParticleSystem, axis: int, value: float, thickness: float
) -> None:
    near = np.abs(system.positions[:, axis] - value) < thickness
    shown = [k for k in range(3) if k != axis]
    x, y = system.positions[near][:, shown].T
    ax.scatter(
        x, y, s=14, c=system.charges[near], cmap="RdBu", vmin=-0.6, vmax=0.6,
        edgecolors="black", linewidths=0.5,
    )  # fmt: skip

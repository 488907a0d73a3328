"""Planes through potentials, with the particles near them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.plotting.canvas import draw_values, plane_axes, with_unit
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

_NAMES = "xyz"


@dataclass(frozen=True)
class Plane:
    """A plane across one axis of a box, and the two axes that it shows."""

    axis: int
    value: float

    @property
    def shown(self) -> tuple[int, int]:
        """The horizontal axis and the vertical one."""
        first, second = (k for k in range(3) if k != self.axis)
        return first, second

    def grid(self, domain: Array, points: int) -> list[Array]:
        """Return coordinates along each axis, `points` of them along the longer side."""
        shown = list(self.shown)
        points = _checks.integer(points, "points", minimum=2)
        lengths = domain[shown, 1] - domain[shown, 0]
        counts = np.maximum(np.ceil(points * lengths / lengths.max()).astype(int), 2)
        grid: list[Array] = [np.array([self.value])] * 3
        for k, n in zip(shown, counts, strict=True):
            grid[k] = np.linspace(domain[k, 0], domain[k, 1], n)
        return grid

    def title(self, length_unit: str) -> str:
        """Say where the plane is."""
        return f"{_NAMES[self.axis]} = {self.value:.4g} {length_unit}".rstrip()


def plane_of(domain: Array, axis: int, value: float | None) -> Plane:
    """Return a checked plane; through the middle where no value is given."""
    axis = _checks.integer(axis, "axis")
    if axis > 2:
        raise ValueError(f"`axis` must be 0, 1 or 2, got {axis}")
    middle = float(np.mean(domain[axis]))
    return Plane(axis, middle if value is None else _checks.number(value, "value"))


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
    plane = plane_of(domain, axis, value)
    shown = list(plane.shown)
    grid = plane.grid(domain, points)
    values = factor * np.squeeze(on_grid(*grid), axis=plane.axis)
    ax = plane_axes(domain[shown, 1] - domain[shown, 0]) if ax is None else ax
    draw_values(ax, values, domain[shown], label, lines=True)
    if system is not None:
        _draw_particles(ax, system, plane.axis, plane.value, thickness)
    ax.set_xlabel(with_unit(_NAMES[shown[0]], length_unit))
    ax.set_ylabel(with_unit(_NAMES[shown[1]], length_unit))
    ax.set_title(plane.title(length_unit))
    return ax


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

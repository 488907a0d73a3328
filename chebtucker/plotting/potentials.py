"""Pictures of potentials with their particles: planes, surfaces, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from chebtucker.chebtuck import ChebTuck
from chebtucker.plotting.canvas import draw_sizes, plane_axes, with_unit
from chebtucker.plotting.planes import Plane, plane_of, plot_plane
from chebtucker.plotting.surfaces import draw_surfaces
from chebtucker.potentials import Potential, direct_potential
from chebtucker.systems import Lattice, ParticleSystem
from chebtucker.units import potential_factor

Array = NDArray[np.float64]

_QUANTILE = 0.9  # of the absolute values on a grid: where surfaces are drawn by default


def plot_potential(
    V: Potential,
    axis: int = 2,
    value: float | None = None,
    *,
    units: str | None = None,
    points: int = 300,
    thickness: float = 1.5,
    ax: Axes | None = None,
) -> Axes:
    """Draw a potential on a plane, with the particles near it.

    Parameters
    ----------
    V : Potential
        The potential.
    axis : int
        The axis across the plane.
    value : float, optional
        Where the plane cuts that axis; the middle of the domain by default.
    units : str, optional
        For particles in Angstrom and e: the unit to draw in, as ``"kT/e"``; see
        `chebtucker.units.potential_factor`. By default values are drawn as they are, without unit.
    points : int
        Points along the longer side of the picture.
    thickness : float
        Particles nearer than this to the plane are drawn, in the colours of their charges.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Values of both signs have zero in the middle of the colours, and lines, dashed where they
        are negative. Colours end where few values are beyond, which the bar says.

    Examples
    --------
    >>> import chebtucker as ct
    >>> pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [1, -1])
    >>> ct.potential(pair).plot_slice(axis=0, units="V").get_xlabel()
    'y (Å)'
    """
    V = V.to_device("cpu")
    factor, label, length = _words(units)
    plane = plane_of(V.domain, axis, value)
    return plot_plane(
        V.on_grid, V.domain, axis=plane.axis, value=plane.value, points=points, label=label,
        length_unit=length, factor=factor, thickness=thickness, ax=ax,
        system=_particles(V, _slab(V.domain, plane, thickness)),
    )  # fmt: skip


def plot_potential_surface(
    V: Potential,
    levels: float | Sequence[float] | None = None,
    *,
    units: str | None = None,
    points: int = 96,
    opacity: float = 0.6,
    particles: bool = True,
    off_screen: bool | None = None,
    plotter: Any = None,
) -> Any:
    """Draw the surfaces on which a potential has given values, around its particles.

    Parameters
    ----------
    V : Potential
        The potential.
    levels : float or sequence of float, optional
        The values, in `units`; by default a positive and a negative one, beyond which a tenth of
        the domain is.
    units : str, optional
        See `plot_potential`.
    points, opacity, off_screen, plotter
        See `plot_isosurface`, which this returns the same as.
    particles : bool
        Whether to draw the particles, as spheres of 0.7 of their radii; with PyVista only.

    Returns
    -------
    pyvista.Plotter or matplotlib Axes
        See `plot_isosurface`.
    """
    V = V.to_device("cpu")
    factor, label, length = _words(units)
    return draw_surfaces(
        V.on_grid, V.domain, _both_signs, levels, points=points, label=label, opacity=opacity,
        off_screen=off_screen, plotter=plotter, factor=factor, length_unit=length,
        system=_particles(V, V.domain) if particles else None,
    )  # fmt: skip


def plot_error(
    f: ChebTuck | Potential,
    exact: Callable[..., Any] | None = None,
    axis: int = 2,
    value: float | None = None,
    *,
    points: int = 120,
    length_unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the absolute error of a function of three variables on a plane, in powers of ten.

    Parameters
    ----------
    f : ChebTuck or Potential
        The approximation.
    exact : callable, optional
        The function itself: three arrays that broadcast -> values. For a potential, direct sums
        by default.
    axis, value
        The plane; see `plot_potential`.
    points : int
        Points along the longer side of the picture: direct sums cost their square times the
        number of particles.
    length_unit : str
        Unit of the axes.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The title says the largest error, relative to the largest value too.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> def wave(x, y, z):
    ...     return np.sin(x + y * z)
    >>> f = ct.from_function(wave, rtol=1e-6)
    >>> f.plot_error(wave).get_xlabel()
    'x'
    """
    f = f.to_device("cpu")
    if f.domain.shape != (3, 2):
        raise ValueError(f"`f` must be a function of three variables, got {len(f.domain)}")
    if exact is None:
        if not isinstance(f, Potential):
            raise ValueError("`exact` must be the function that `f` approximates, got None")
        exact = _direct(f)
    plane = plane_of(f.domain, axis, value)
    grid = plane.grid(f.domain, points)
    wanted = np.broadcast_to(
        np.asarray(exact(*np.meshgrid(*grid, indexing="ij")), dtype=float),
        tuple(map(len, grid)),
    )
    with np.errstate(invalid="ignore"):  # inf - inf at a particle
        error = np.abs(np.squeeze(f.on_grid(*grid) - wanted, axis=plane.axis))
    sides = f.domain[list(plane.shown)]
    ax = plane_axes(sides[:, 1] - sides[:, 0]) if ax is None else ax
    draw_sizes(ax, error, sides, "absolute error")
    worst = float(np.nanmax(error, initial=0.0))
    largest = float(np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0)) or 1.0
    ax.set_xlabel(with_unit("xyz"[plane.shown[0]], length_unit))
    ax.set_ylabel(with_unit("xyz"[plane.shown[1]], length_unit))
    ax.set_title(
        f"{plane.title(length_unit)}: at most {worst:.1e}, {worst / largest:.1e} of the largest"
    )
    return ax


def _words(units: str | None) -> tuple[float, str, str]:
    """Return the factor of values, the label of the colour bar and the unit of lengths."""
    if units is None:
        return 1.0, "potential", ""
    return potential_factor(units), f"potential ({units.replace('/A', '/Å')})", "Å"


def _slab(domain: Array, plane: Plane, thickness: float) -> Array:
    box = domain.copy()
    box[plane.axis] = plane.value - thickness, plane.value + thickness
    return box


def _particles(V: Potential, box: Array) -> ParticleSystem | None:
    """Return the particles to draw, if they are listed: of a crystal those in a box."""
    system: Any = V.system
    if isinstance(system, Lattice):
        return system.to_particles(box) if len(system.sites_in(box)) else None
    return system if isinstance(system, ParticleSystem) else None


def _both_signs(values: Array) -> list[float]:
    """Return levels beyond which a tenth of the values are, of the signs that occur."""
    level = float(np.quantile(np.abs(values), _QUANTILE)) or 1.0
    return [sign * level for sign in (-1, 1) if (sign * values >= level).any()] or [level]


def _direct(V: Potential) -> Callable[..., Array]:
    """Return the exact potential at points."""

    def exact(x: Array, y: Array, z: Array) -> Array:
        points = np.stack([x, y, z], axis=-1)
        parts = (direct_potential(part, points, V.kernel) for part in _listed(V.system))
        return V.prefactor * np.sum([*parts], axis=0)

    return exact


def _listed(system: Any) -> Iterator[ParticleSystem]:
    """Yield all particles: at once, or a piece at a time where they are not in memory."""
    if isinstance(system, ParticleSystem):
        yield system
    elif isinstance(system, Lattice):
        yield system.to_particles()
    else:
        yield from (ParticleSystem(*piece.read()) for piece in system.pieces())

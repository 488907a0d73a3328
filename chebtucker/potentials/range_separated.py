"""Potential: a smooth long part as a ChebTuck plus a short part within a cutoff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import checked_device, is_there, works_there
from chebtucker.chebtuck import ChebTuck
from chebtucker.kernels import RadialKernel
from chebtucker.potentials import device_values
from chebtucker.potentials.report import Report
from chebtucker.potentials.short_range import ShortRange
from chebtucker.systems import ParticleSystem

Array = NDArray[np.float64]

HINT = "; build with domain=... to enlarge it"


@works_there("__call__", "on_grid", "gradient", "at_particles", "energy", "forces")
@dataclass(frozen=True, eq=False, repr=False)
class Potential:
    """A range-separated potential: V(x) = long(x) + short(x).

    Made by `chebtucker.potential`; all values are in charge per length of the input times the
    prefactor.

    Parameters
    ----------
    long : ChebTuck
        The smooth part on the domain.
    short : ShortRange
        The sum over the particles within the cutoff.
    kernel : RadialKernel
        The interaction.
    system : ParticleSystem
        The particles.
    prefactor : float
        Factor of all values, for units.
    summary : Report
        How it was made and how exact it is; see `report`.

    Examples
    --------
    >>> import chebtucker as ct
    >>> pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [1, -1])
    >>> V = ct.potential(pair, rtol=1e-8, domain=[(-2, 2)] * 3)
    >>> round(float(V([0, 0, 2])), 6)
    -0.5
    >>> round(V.energy(), 6)
    -1.0
    """

    long: ChebTuck
    short: ShortRange
    kernel: RadialKernel
    system: ParticleSystem
    prefactor: float
    summary: Report

    def __call__(self, *x: ArrayLike) -> Array:
        """Return the potential at points.

        Parameters
        ----------
        *x : array_like
            One array of shape (..., 3), or three arrays that broadcast.

        Returns
        -------
        ndarray, shape (...)
            Values; inf at a particle.

        Raises
        ------
        ValueError
            If a point is outside the domain.

        Notes
        -----
        A microsecond a point or so: a local series of the long part and the particles within
        the cutoff.
        """
        points = self._points(x)
        return self.long(points) + self.short(points)

    def on_grid(
        self, *axes: ArrayLike, out: NDArray[Any] | None = None, dtype: DTypeLike | None = None
    ) -> NDArray[Any]:
        """Return the potential on the product of three axes.

        Parameters
        ----------
        *axes : int or array_like, shape (n_k,)
            Coordinates along each axis, or how many: uniform over the domain, ends included.
        out : ndarray, shape (n1, n2, n3), optional
            Where to write. A potential on a device also writes to arrays of NumPy and to
            memory-mapped files, slab by slab.
        dtype : dtype, optional
            Of the result; float64 by default.

        Returns
        -------
        ndarray, shape (n1, n2, n3)
            Values; inf where a grid point is a particle.
        """
        coordinates = self.axes(*axes)
        shape = (*self._sets, *(len(c) for c in coordinates))
        if out is not None:
            _checks.array_to_write(out, "out", f"an array of shape {shape}")
            if out.shape != shape:
                raise ValueError(f"`out` must be an array of shape {shape}, got shape {out.shape}")
        wanted = np.dtype(np.float64 if dtype is None else dtype) if out is None else out.dtype
        if wanted.kind != "f":
            raise TypeError(f"`dtype` must be a real floating type, got {wanted}")
        if self.device != "cpu":
            out = _arrays.empty(shape, self.long.core, wanted) if out is None else out
            _checks.on_no_other_device(out, self.long.core, "out")
            return device_values.on_grid(self, coordinates, out)
        if out is not None:
            _checks.there(out, self.long.core, "out")
        in_place = out is not None and wanted == np.float64 and out.flags.c_contiguous
        values = self.long.on_grid(*coordinates, out=out if in_place else None)
        self.short.add_on_grid(coordinates, values)
        if out is None:
            return values.astype(wanted, copy=False)
        if not in_place:
            out[...] = values
        return out

    def axes(self, *axes: ArrayLike) -> tuple[Array, Array, Array]:
        """Return the coordinates of a grid's axes from counts or coordinates, checked."""
        if len(axes) != 3:
            raise TypeError(f"`axes` must be three counts or arrays, got {len(axes)}")
        first, second, third = (
            self._axis(axis, k, lo, hi)
            for k, (axis, (lo, hi)) in enumerate(zip(axes, self.domain, strict=True))
        )
        return first, second, third

    def gradient(self, *x: ArrayLike) -> Array:
        """Return the gradient (..., 3) of the potential at points; see `__call__`."""
        points = self._points(x)
        return self.long.value_and_gradient(points)[1] + self.short.gradient(points)

    def at_particles(self) -> Array:
        """Return the potential (N,) at each particle from all others.

        inf where two charged particles coincide.
        """
        own = self._own_long()
        positions = self._inside()
        return self.long(positions) - own + self.short.at_particles(positions)

    def energy(self) -> float:
        """Return half the sum of charge times `at_particles`, in charge^2 per length."""
        charges = self.system.charges
        charged = charges != 0
        return 0.5 * float(charges[charged] @ self.at_particles()[charged])

    def forces(self) -> Array:
        """Return the force (N, 3) on each particle: minus charge times the gradient at it."""
        positions = self._inside()
        slopes = self.long.value_and_gradient(positions)[1]
        slopes += self.short.gradient_at_particles(positions)
        return -self.system.charges[..., None] * slopes

    @property
    def device(self) -> str:
        """Where the arrays are: "cpu", or "cuda", "cuda:1", .. on a device."""
        return self.long.device

    def to_device(self, device: str) -> Self:
        """Return the potential with its arrays on "cpu", or on a device: "cuda", "cuda:K".

        There it takes and returns arrays of CuPy. Errors and "cuda" as for `ChebTuck.to_device`.
        """
        if is_there(checked_device(device), self.device):
            return self
        if not isinstance(self.short, ShortRange):
            raise TypeError(
                f'`device` must be "cpu" for a {type(self).__name__}, got "{device}": only '
                "the short part of listed particles runs there"
            )
        long, short = self.long.to_device(device), self.short.to_device(device)
        return replace(self, long=long, short=short, system=self.system.to_device(device))

    def with_charges(self, charges: ArrayLike) -> Potential:
        """Return the potential of other charges on the same positions; this one stays as it is.

        Parameters
        ----------
        charges : array_like, shape (N,) or (C, N)
            The new charges; C rows give the potentials of C charge sets at once.

        Returns
        -------
        Potential or ChargeSetsPotential
            As a fresh build to the same tolerance, with the same domain and kernel.

        Raises
        ------
        TypeError
            For potentials of crystals, of multipoles, of chunks and on a device.

        Warns
        -----
        UserWarning
            If `rtol` cannot be met, as by `chebtucker.potential`.

        Notes
        -----
        Cells, the split, blocks, sorted positions and bases for all charges are laid out in the
        first call and kept with the potential and all that come from it. Then a call takes the
        moments and a small check against direct sums. Where the check finds an error above `rtol`,
        because the new charges cancel more, they get a fresh build.

        Examples
        --------
        >>> import chebtucker as ct
        >>> V = ct.potential(ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [1, -1]), rtol=1e-8)
        >>> round(V.with_charges([1, 2]).energy(), 6)
        2.0
        >>> V.with_charges([[1, 2], [1, -3]]).energy().round(6)
        array([ 2., -3.])
        """
        from chebtucker.potentials.sets.charges import with_charges

        return with_charges(self, charges)

    @cached_property
    def _geometry(self) -> Any:
        from chebtucker.potentials.sets.charges import geometry_of

        return geometry_of(self)

    @property
    def domain(self) -> Array:
        """The box on which the potential is defined, shape (3, 2)."""
        return self.long.domain

    @property
    def rank(self) -> tuple[int, ...]:
        """Tucker ranks of the long part."""
        return self.long.rank

    @property
    def degree(self) -> tuple[int, ...]:
        """Chebyshev degrees of the long part."""
        return self.long.degree

    @property
    def cutoff(self) -> float:
        """Range of the short part."""
        return self.short.split.cutoff

    @property
    def nbytes(self) -> int:
        """Bytes of the long part, the particles and their cells."""
        cells = self.short.cells
        particles = self.system.positions.nbytes + self.system.charges.nbytes
        return int(self.long.nbytes + particles + sum(a.nbytes for a in cells))

    def report(self) -> Report:
        """Return how the potential was made, its sizes, and its error against direct sums."""
        return self.summary

    def save(self, path: Any) -> None:
        """Write the potential to an .npz file that `chebtucker.load` reads."""
        from chebtucker.io import save

        save(path, self)

    def plot_slice(self, axis: int = 2, value: float | None = None, **options: Any) -> Any:
        """Draw a plane and the particles near it: `chebtucker.plotting.plot_potential`."""
        from chebtucker.plotting import plot_potential

        return plot_potential(self, axis, value, **options)

    def plot_isosurface(self, levels: Any = None, **options: Any) -> Any:
        """Draw surfaces of equal potential: `chebtucker.plotting.plot_potential_surface`."""
        from chebtucker.plotting import plot_potential_surface

        return plot_potential_surface(self, levels, **options)

    def plot_error(self, axis: int = 2, value: float | None = None, **options: Any) -> Any:
        """Draw the error on a plane, against direct sums: `chebtucker.plotting.plot_error`."""
        from chebtucker.plotting import plot_error

        return plot_error(self, None, axis, value, **options)

    def __repr__(self) -> str:
        """Return one line: particles, degree, rank, cutoff, error."""
        return (
            f"Potential({len(self.system)} particles, {self.kernel!r}, "
            f"degree={self.degree}, rank={self.rank}, cutoff={self.cutoff:.4g}, "
            f"error={self.summary.error:.1e})"
        )

    @property
    def _sets(self) -> tuple[int, ...]:
        """Axes of results before all others: of charge sets."""
        return ()

    def _own_long(self) -> Array:
        return self.prefactor * self.system.charges * self.short.split.long.at_zero()

    def _inside(self) -> Array:
        _checks.inside(self.system.positions, self.domain, "positions of the particles", HINT)
        return self.system.positions

    def _points(self, x: tuple[ArrayLike, ...]) -> Array:
        if len(x) == 3:
            checked = [
                _checks.onto_faces(self._there(c, name), c, side)
                for c, name, side in zip(x, "xyz", self.domain, strict=True)
            ]
            xp = _arrays.namespace(self.long.core)
            points = xp.stack(xp.broadcast_arrays(*checked), axis=-1)
        elif len(x) == 1:
            points = _checks.points(self._there(x[0], "points"), 3)
            points = _checks.onto_faces(points, x[0], self.domain)
        else:
            raise TypeError(f"`points` must be one array or three, got {len(x)}")
        _checks.inside(points, self.domain, hint=HINT)
        return points

    def _there(self, value: Any, name: str) -> Array:
        return _checks.carried(value, self.long.core, name)

    def _axis(self, axis: ArrayLike, k: int, lo: float, hi: float) -> Array:
        if np.ndim(axis) == 0:
            n = _checks.integer(axis, f"axes[{k}]", minimum=1)
            return np.linspace(lo, hi, n) if n > 1 else np.array([(lo + hi) / 2])
        coordinates = _arrays.to_host(_checks.shaped(axis, f"axes[{k}]", (None,), anywhere=True))
        coordinates = _checks.onto_faces(coordinates, axis, self.domain[k])
        _checks.inside(coordinates[:, None], self.domain[k : k + 1], f"axes[{k}]", HINT)
        return np.ascontiguousarray(coordinates)

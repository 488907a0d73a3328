"""The short part of a crystal's potential: only a few cells are ever listed.

What is within the cutoff of a point depends on how many cells away the faces of the crystal are,
and not at all once that is more than the cutoff. So the lattice without defects has the short
part of a crystal of a few cells an axis, to which points are carried by whole cells. Within the
cutoff of a defect the particles that are really there are listed and summed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays
from chebtucker.kernels import RangeSplit
from chebtucker.potentials.short_range import ShortRange, short_range
from chebtucker.systems import Lattice, ParticleSystem

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_ROOM = 1 + 1e-9


@dataclass(frozen=True, eq=False)
class LatticeShortRange:
    """Sum over a crystal of charge times kernel minus its long part, zero beyond the cutoff.

    Parameters
    ----------
    split : RangeSplit
        The short-range function of the distance.
    crystal : Lattice
        The crystal.
    prefactor : float
        Factor of the charges.
    device : str
        Where points and values are: "cpu", "cuda", "cuda:1", ..
    """

    split: RangeSplit
    crystal: Lattice
    prefactor: float
    device: str = "cpu"

    # The lattice without defects ----------------------------------------------------------------

    @cached_property
    def reduced(self) -> Lattice:
        """A crystal of few cells with the same short part, but for defects."""
        across = 2 * self._reach + 1
        fewer = np.minimum(across, self.crystal.repeats).tolist()
        return replace(self.crystal.perfect(), repeats=fewer)

    @cached_property
    def few(self) -> ParticleSystem:
        """The particles of `reduced`."""
        return self.reduced.to_particles()

    @cached_property
    def periodic(self) -> ShortRange:
        """The short part of `reduced`."""
        few = self.few
        short = short_range(self.split, few.positions, self.prefactor * few.charges)
        return short.to_device(self.device)

    @cached_property
    def _reach(self) -> Indices:
        return np.ceil(self.split.cutoff / self.crystal.cell).astype(np.int64)

    def folded_cells(self, cells: Indices, axis: int) -> Indices:
        """Return the cell of `reduced` in which a cell's point has the same surroundings."""
        spare = self.crystal.repeats[axis] - self.reduced.repeats[axis]
        return cells - np.clip(cells - self._reach[axis], 0, spare)

    def copies(self, axis: int) -> Array:
        """Return how many cells along an axis each cell of `reduced` stands for."""
        counts = np.ones(self.reduced.repeats[axis])
        spare = self.crystal.repeats[axis] - self.reduced.repeats[axis]
        if spare:
            counts[self._reach[axis]] += spare
        return counts

    def folded(self, x: Array, axis: int) -> Array:
        """Return coordinates along an axis carried to `reduced` by whole cells."""
        xp = _arrays.namespace(x)
        edge = float(self.crystal.cell[axis])
        cells = xp.floor((x - float(self.crystal.origin[axis])) / edge)
        spare = int(self.crystal.repeats[axis] - self.reduced.repeats[axis])
        return x - edge * xp.clip(cells - int(self._reach[axis]), 0, spare)

    def _all_folded(self, points: Array) -> Array:
        stack = _arrays.namespace(points).stack
        return stack([self.folded(points[:, k], k) for k in range(3)], axis=1)

    # Near defects -------------------------------------------------------------------------------

    @cached_property
    def disturbed(self) -> Indices:
        """Sites (n, 4) of the lattice within two cutoffs of a defect, vacancies included."""
        return self._sites_near_defects(2 * self.split.cutoff * _ROOM)

    @cached_property
    def particles_near_defects(self) -> tuple[Array, Array]:
        """Positions (n, 3) and charges (n,) within two cutoffs of a defect, extra ones included."""
        crystal = self.crystal
        sites = crystal.occupied(self.disturbed)
        positions, charges = crystal.positions_of(sites), crystal.charges_at(sites)
        if crystal.extra is not None:
            positions = np.concatenate([positions, crystal.extra.positions])
            charges = np.concatenate([charges, crystal.extra.charges])
        if len(positions) == 0:  # a lone vacancy
            positions, charges = crystal.defects[0][:1], np.zeros(1)
        return positions, charges

    @cached_property
    def near_defects(self) -> ShortRange:
        """The short part within a cutoff of defects."""
        positions, charges = self.particles_near_defects
        short = short_range(self.split, positions, self.prefactor * charges)
        return short.to_device(self.device)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.crystal.defects[0])

    def is_disturbed(self, points: Array, reach: float | None = None) -> NDArray[np.bool_]:
        """Return which points (M, 3) are within reach (the cutoff) of a defect."""
        reach = self.split.cutoff if reach is None else reach
        if not _arrays.is_numpy(points):
            return self._is_disturbed_there(points, reach)
        if self._tree.n == 0 or len(points) == 0:
            return np.zeros(len(points), dtype=bool)
        distance, _ = self._tree.query(points, distance_upper_bound=reach * _ROOM)
        return np.isfinite(distance)

    def _is_disturbed_there(self, points: Any, reach: float) -> Any:
        """As `is_disturbed` on a device, defect by defect."""
        near = points[:, 0] != points[:, 0]
        for place in self.crystal.defects[0].tolist():
            r2 = sum((points[:, k] - place[k]) ** 2 for k in range(3))
            near = near | (r2 <= (reach * _ROOM) ** 2)
        return near

    def _sites_near_defects(self, reach: float) -> Indices:
        boxes = [
            self.crystal.sites_in(np.stack([place - reach, place + reach], axis=1))
            for place in self.crystal.defects[0]
        ]
        sites = np.unique(np.concatenate([np.empty((0, 4), np.int64), *boxes]), axis=0)
        return sites[self.is_disturbed(self.crystal.positions_of(sites), reach)]

    # Values -------------------------------------------------------------------------------------

    def __call__(self, points: Array) -> Array:
        """Return the short part at points (..., 3); inf within rounding of a particle."""
        values = self._by_place("__call__", points.reshape(-1, 3))
        self._make_infinite(values)
        return values.reshape(points.shape[:-1])

    def gradient(self, points: Array) -> Array:
        """Return the gradient (..., 3) of the short part at points (..., 3)."""
        return self._by_place("gradient", points.reshape(-1, 3)).reshape(points.shape)

    def _by_place(self, method: str, points: Array) -> Array:
        near = self.is_disturbed(points)
        result: Array = getattr(self.periodic, method)(self._all_folded(points))
        if near.any():
            result[near] = getattr(self.near_defects, method)(points[near])
        return result

    def add_on_grid(self, axes: tuple[Array, Array, Array], out: Array) -> None:
        """Add the short part on the product of three axes to `out`, shape (n1, n2, n3)."""
        near = self._grid_near_defects(axes)
        if len(near):
            points = np.stack([x[i] for x, i in zip(axes, near.T, strict=True)], axis=1)
            points = _arrays.like(points, out)
            chosen = tuple(_arrays.like(i, out) for i in near.T)
            values = out[chosen] + self.near_defects(points)
        x, y, z = (self.folded(axis, k) for k, axis in enumerate(axes))
        self.periodic.add_on_grid((x, y, z), out)
        self._make_infinite(out)
        if len(near):
            out[chosen] = values

    def _make_infinite(self, values: Array) -> None:
        """Make values infinite that belong to distances below the rounding of coordinates."""
        rounding = 2e-15 * float(np.abs(self.crystal.bounding_box).max())
        charge = np.abs(self.prefactor * self.crystal.charges)
        if rounding * charge.max() > 0:
            limit = charge[charge > 0].min() / rounding
            xp = _arrays.namespace(values)
            at = xp.abs(values) > limit
            values[at] = xp.copysign(np.inf, values[at])

    def _grid_near_defects(self, axes: tuple[Array, Array, Array]) -> Indices:
        """Return the indices (n, 3) of the points of a grid within the cutoff of defects."""
        reach = self.split.cutoff * _ROOM
        found = [np.empty((0, 3), dtype=np.int64)]
        for place in self.crystal.defects[0]:
            near = [
                np.flatnonzero(np.abs(x - c) <= reach) for x, c in zip(axes, place, strict=True)
            ]
            r2 = [np.square(x[i] - c) for x, i, c in zip(axes, near, place, strict=True)]
            ball = r2[0][:, None, None] + r2[1][:, None] + r2[2] <= reach**2
            i, j, k = np.nonzero(ball)
            found.append(np.stack([near[0][i], near[1][j], near[2][k]], axis=1))
        return np.unique(np.concatenate(found), axis=0)

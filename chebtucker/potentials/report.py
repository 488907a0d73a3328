"""What there is to know about a potential."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Report:
    """How a potential was made, its sizes, and its measured error.

    Reads as an object, as a mapping, and prints as a table.

    Parameters
    ----------
    particles : int
        Number N of particles.
    total_charge : float or tuple of float
        Sum of the charges; of C charge sets C sums.
    kernel : str
        The interaction.
    rtol : float
        The tolerance that was asked for.
    error : float
        The larger of `error_uniform` and `error_near`.
    error_uniform : float
        Relative l2 error against direct sums over points uniform in the domain.
    error_near : float
        The same over points about a nearest-neighbour distance away from particles.
    sample_points : int
        Number of points of each kind.
    rms : float
        Root mean square of the potential over the uniform points; the least of C charge sets.
    pair_rtol : float
        Error bound of one pair's interaction beyond the cutoff, relative to 1/r.
    degree, rank : tuple of int
        Of the long part.
    gaussians : int
        Number of Gaussians in the long part.
    cutoff : float
        Range of the short part.
    neighbours : float
        Particles within the cutoff of a particle, on average.
    nbytes : int
        Bytes that the potential holds.
    predicted : dict
        Wall seconds that the cost model expected of the long part, and of one evaluation of both
        parts at the targets.
    seconds : dict
        Wall time of each stage of the construction.
    error_of_sets : tuple of tuple of float
        Of C charge sets the two errors of each; `error` is the largest. Else empty.
    """

    particles: int
    total_charge: float | tuple[float, ...]
    kernel: str
    rtol: float
    error: float
    error_uniform: float
    error_near: float
    sample_points: int
    rms: float
    pair_rtol: float
    degree: tuple[int, ...]
    rank: tuple[int, ...]
    gaussians: int
    cutoff: float
    neighbours: float
    nbytes: int
    predicted: dict[str, float]
    seconds: dict[str, float]
    error_of_sets: tuple[tuple[float, float], ...] = ()

    def __getitem__(self, name: str) -> Any:
        """Return a field by its name."""
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the fields."""
        return iter(self.keys())

    def keys(self) -> list[str]:
        """Return the names of the fields."""
        return [field.name for field in fields(self)]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str]]:
        """Return labels and values as text, in the order in which they are printed."""
        stages, expected = (
            ", ".join(f"{name} {time:.2f}" for name, time in times.items())
            for times in (self.seconds, self.predicted)
        )
        rows = [
            ("atoms", f"{self.particles:,}"),
            ("charge sets", str(len(self.error_of_sets)) if self.error_of_sets else ""),
            ("total charge", _span(self.total_charge)),
            ("kernel", self.kernel),
            ("degree", " x ".join(map(str, self.degree))),
            ("rank", " x ".join(map(str, self.rank))),
            ("Gaussians", str(self.gaussians)),
            ("cutoff", f"{self.cutoff:.4g} ({self.neighbours:.0f} neighbours)"),
            ("size", f"{self.nbytes / 1e6:.2f} MB"),
            ("seconds", stages),
            ("predicted", expected),
            ("tolerance", f"{self.rtol:.1e}"),
            ("error, uniform points", f"{self.error_uniform:.1e}"),
            ("error, near atoms", f"{self.error_near:.1e}"),
        ]
        return [row for row in rows if row[1]]

    def __str__(self) -> str:
        """Return the table."""
        width = max(len(label) for label, _ in self.rows())
        return "\n".join(f"{label:<{width}}  {value}" for label, value in self.rows())


def _span(charge: float | tuple[float, ...]) -> str:
    if isinstance(charge, tuple):
        return f"{min(charge):+.3f} to {max(charge):+.3f}"
    return f"{charge:+.3f}"

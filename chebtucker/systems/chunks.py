"""Particles that are read a chunk at a time and never held whole."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chebtucker import _checks

Array = NDArray[np.float64]
Chunk = tuple[Array, Array]

PIECE = 2**21
"""Most particles that are handed to a worker at a time: 64 MB."""

FEW = 2**18
"""Fewest, unless there are no more."""

PIECES = 16
"""Pieces of particles that are not many: their number does not depend on that of workers."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some particles in memory, and which they are.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        Positions.
    charges : array_like, shape (n,)
        Charges.
    first : int
        Number of the first particle, from 0.
    source : str
        What they are part of, for messages.
    """

    positions: NDArray[Any]
    charges: NDArray[Any]
    first: int
    source: str

    def __len__(self) -> int:
        return len(self.charges)

    def read(self) -> Chunk:
        """Return positions (n, 3) and charges (n,)."""
        positions = np.ascontiguousarray(self.positions, dtype=np.float64)
        return positions, np.ascontiguousarray(self.charges, dtype=np.float64)

    def __str__(self) -> str:
        return span(self.first, self.first + len(self), self.source)


@dataclass(frozen=True, eq=False)
class Group:
    """Consecutive pieces: what a worker does before it sends a result."""

    pieces: tuple[Any, ...]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pieces)

    def __str__(self) -> str:
        first, last = self.pieces[0], self.pieces[-1]
        return span(first.first, last.first + len(last), first.source)


def span(first: int, stop: int, source: str) -> str:
    """Say which particles are meant, the last one number `stop` - 1."""
    return f"particles {first:,} to {stop - 1:,} of {source}"


class ParticleChunks:
    """Particles that are read a chunk at a time, as often as they are needed.

    For more particles than memory holds; see `chebtucker.ParticleFile` for those in files.

    Parameters
    ----------
    chunks : callable or sequence
        A function without arguments that returns an iterator of pairs positions (n, 3) and
        charges (n,), the same each time; or a list of such pairs. Arrays of any size, which may
        be memory-mapped.
    size : int, optional
        Particles that are handed to a worker at a time, two million by default: chunks are put
        together or cut to this size.

    Notes
    -----
    The chunks are read here and sent to the workers of an executor. Particles in a `ParticleFile`
    are read by the workers themselves.

    Examples
    --------
    >>> import numpy as np, chebtucker as ct
    >>> def chunks():
    ...     for seed in range(3):
    ...         rng = np.random.default_rng(seed)
    ...         yield rng.uniform(size=(100, 3)), rng.choice([-1.0, 1.0], 100)
    >>> V = ct.potential(ct.ParticleChunks(chunks), rtol=1e-5)
    >>> V.report().particles
    300
    """

    def __init__(
        self,
        chunks: Callable[[], Iterable[tuple[ArrayLike, ArrayLike]]] | Sequence[Any],
        *,
        size: int | None = None,
    ) -> None:
        if not callable(chunks) and not isinstance(chunks, Sequence):
            raise TypeError(
                "`chunks` must be a function that returns an iterator, or a list, so that it can "
                f"be read twice, got {type(chunks).__name__}; ParticleFile.write keeps what can "
                "be read only once"
            )
        self._chunks = chunks
        self._size = PIECE if size is None else _checks.integer(size, "size", minimum=1)

    def pieces(self) -> Iterator[Any]:
        """Yield pieces of about equal size, in order; each has ``read()``."""
        first = 0
        for positions, charges in _regrouped(self._checked(), self._size):
            yield Piece(positions, charges, first, "the chunks")
            first += len(charges)

    def groups(self) -> Iterator[Group]:
        """Yield the pieces, each as a group of its own."""
        return (Group((piece,)) for piece in self.pieces())

    def subset(self, count: int) -> Chunk | None:
        """Return about `count` particles spread evenly over all, or None where all must be read."""
        return None

    @property
    def count(self) -> int:
        """Number of particles; where they must be read to be counted, they are."""
        return sum(len(piece) for piece in self.pieces())

    def _checked(self) -> Iterator[Chunk]:
        chunks = self._chunks() if callable(self._chunks) else self._chunks
        for k, chunk in enumerate(chunks):
            if not isinstance(chunk, tuple | list) or len(chunk) != 2:
                raise TypeError(
                    f"`chunks` must yield pairs of positions and charges, got "
                    f"{type(chunk).__name__} as number {k}"
                )
            positions, charges = chunk
            yield checked_chunk(positions, charges, f"chunk {k}: ")

    def __repr__(self) -> str:
        """Return the name of the type and of what is read."""
        return f"{type(self).__name__}({getattr(self._chunks, '__name__', 'a list')})"


def array_groups(positions: Array, charges: Array, source: str) -> Iterator[Group]:
    """Yield pieces of arrays in memory, each a group."""
    for a, b in piece_ranges(len(charges)):
        yield Group((Piece(positions[a:b], charges[a:b], a, source),))


def piece_ranges(count: int, size: int | None = None) -> list[tuple[int, int]]:
    """Return first and last + 1 of the pieces of `count` particles, all of about equal size.

    They depend on nothing else, so sums are formed in the same order by any number of workers.
    """
    if size is None:
        size = min(max(-(-count // PIECES), FEW), PIECE)
    number = -(-count // size)
    edges = [count * k // number for k in range(number + 1)]
    return list(itertools.pairwise(edges))


def checked_chunk(positions: ArrayLike, charges: ArrayLike, where: str) -> Chunk:
    """Return positions (n, 3) and charges (n,), shapes checked; values are looked at later."""
    x, q = np.asarray(positions), np.asarray(charges)
    for name, array in ((f"{where}positions", x), (f"{where}charges", q)):
        if array.dtype.kind not in "biuf":
            raise TypeError(f"`{name}` must be an array of real numbers, got dtype {array.dtype}")
    if x.ndim != 2 or x.shape[1] != 3:
        raise ValueError(f"`{where}positions` must be an array of shape (n, 3), got {x.shape}")
    if q.shape != x.shape[:1]:
        raise ValueError(f"`{where}charges` must be {len(x)} numbers, got shape {q.shape}")
    return x, q


def _regrouped(chunks: Iterable[Chunk], size: int) -> Iterator[Chunk]:
    """Yield the same particles in chunks of exactly `size`, the last one shorter."""
    held: list[Chunk] = []
    count = 0
    for positions, charges in chunks:
        start = 0
        while start < len(charges):
            stop = min(start + size - count, len(charges))
            held.append((np.array(positions[start:stop]), np.array(charges[start:stop])))
            count += stop - start
            start = stop
            if count == size:
                yield _joined(held)
                held, count = [], 0
    if count:
        yield _joined(held)


def _joined(held: list[Chunk]) -> Chunk:
    if len(held) == 1:
        return held[0]
    return np.concatenate([x for x, _ in held]), np.concatenate([q for _, q in held])

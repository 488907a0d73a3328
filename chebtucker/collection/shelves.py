"""The gallery: every test function by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chebtucker.collection import analytic, genz, polynomials, singular, traps
from chebtucker.collection.entry import GalleryFunction


class Gallery(Mapping[str, GalleryFunction]):
    """Named test functions of one to six variables: a read-only mapping.

    Each has exact facts where they are known: its integral, its rank.

    Examples
    --------
    >>> import chebtucker as ct
    >>> len(ct.gallery) > 25
    True
    >>> ct.gallery["Runge product"].rank
    (1, 1, 1)
    """

    def __init__(self, entries: tuple[GalleryFunction, ...]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __getitem__(self, name: str) -> GalleryFunction:
        if name not in self._entries:
            names = ", ".join(sorted(self._entries))
            raise KeyError(f"`gallery` has {names}; not {name!r}")
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<gallery of {len(self)} functions: {', '.join(self)}>"


gallery = Gallery(
    polynomials.ENTRIES + analytic.ENTRIES + genz.ENTRIES + traps.ENTRIES + singular.ENTRIES
)

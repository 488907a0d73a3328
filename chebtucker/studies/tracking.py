"""How a study says how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Track(Protocol):
    """Passes items on and may show which one it is at."""

    def __call__(self, items: Iterable[Item], description: str) -> Iterator[Item]:
        """Return an iterator over the items."""


def quiet(items: Iterable[Item], description: str) -> Iterator[Item]:
    """Return an iterator over the items; nothing is shown."""
    return iter(items)


def with_bar(items: Iterable[Item], description: str) -> Iterator[Item]:
    """Return an iterator over the items that draws a progress bar on standard error."""
    from tqdm import tqdm

    return iter(tqdm(list(items), desc=description, leave=False))

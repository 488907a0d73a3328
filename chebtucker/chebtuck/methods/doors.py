"""Doors to files and pictures, which live higher up and are imported when they are used."""

from __future__ import annotations

from typing import Any

from chebtucker.chebtuck.methods.state import State


class Doors(State):
    """What a function can do with the help of modules above it."""

    def save(self, path: Any) -> None:
        """Write the function to a file; `chebtucker.load` reads it."""
        from chebtucker.io import save

        save(path, self)  # type: ignore[arg-type]

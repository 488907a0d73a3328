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

    def plot_slice(self, axis: Any = None, value: Any = None, **options: Any) -> Any:
        """Draw a line or a plane, with the other axes fixed: `chebtucker.plotting.plot_slice`."""
        from chebtucker.plotting import plot_slice

        return plot_slice(self, axis, value, **options)  # type: ignore[arg-type]

    def plot_spectrum(self, **options: Any) -> Any:
        """Draw how coefficients and singular values decay: `chebtucker.plotting.plot_spectrum`."""
        from chebtucker.plotting import plot_spectrum

        return plot_spectrum(self, **options)  # type: ignore[arg-type]

    def plot_isosurface(self, levels: Any = None, **options: Any) -> Any:
        """Draw surfaces of equal value: `chebtucker.plotting.plot_isosurface`."""
        from chebtucker.plotting import plot_isosurface

        return plot_isosurface(self, levels, **options)  # type: ignore[arg-type]

    def plot_error(self, exact: Any, axis: int = 2, value: Any = None, **options: Any) -> Any:
        """Draw the error on a plane: `chebtucker.plotting.plot_error`."""
        from chebtucker.plotting import plot_error

        return plot_error(self, exact, axis, value, **options)  # type: ignore[arg-type]

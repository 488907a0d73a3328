"""What all pictures share: figures, names of axes, colours for values, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float64]

MARKERS = ("o", "s", "^", "D", "v", "x")
# Colours of which each is darker or lighter than the next, so that a copy in grey can be read.
COLOURS = ("#1b4f8a", "#e08a1e", "#4c9f70", "#8c2d4b", "#6f8fd8", "#555555")

_SIGNED = 0.01  # of the largest absolute value: what the other sign must reach to count
_SHARE, _FAR = 0.98, 3.0  # values this many times beyond that share of them are outliers
_LEVELS = 4  # contour lines on each side of zero


def new_axes(width: float = 6.2, height: float = 3.8) -> Axes:
    """Return the axes of a new figure that no window shows."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def plane_axes(lengths: Array) -> Axes:
    """Return new axes for a plane with sides of the given lengths."""
    width = 6.2
    return new_axes(width, float(np.clip(width * 0.8 * lengths[1] / lengths[0], 2.5, 9.0)))


def axis_names(ndim: int) -> list[str]:
    """Return x, y, z, or x1, x2, .. where there are more."""
    return list("xyz"[:ndim]) if ndim <= 3 else [f"x{k + 1}" for k in range(ndim)]


def with_unit(name: str, unit: str) -> str:
    """Return a name with its unit in brackets."""
    return f"{name} ({unit})" if unit else name


def is_signed(values: Array) -> bool:
    """Say whether there are positive and negative values that matter."""
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    return min(-low, high) > _SIGNED * max(-low, high)


def draw_values(ax: Axes, values: Array, box: Array, label: str, *, lines: bool = False) -> None:
    """Draw values (n, m) on a plane, with a colour bar.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    values : ndarray, shape (n, m)
        Values on a uniform grid with both ends included.
    box : ndarray, shape (2, 2)
        Ends of the horizontal axis and of the vertical one.
    label : str
        For the colour bar.
    lines : bool
        Whether to draw contour lines of signed values, dashed where they are negative, which
        tells the signs apart in grey too.

    Notes
    -----
    Where some values are far beyond all others (beside charges), the colours cover 98 of 100, and
    the bar says that some are beyond.
    """
    finite = values[np.isfinite(values)]
    signed = is_signed(finite)
    low, high = _range(finite, signed)
    beyond = (bool((finite < low).any()), bool((finite > high).any()))
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}
    image = ax.imshow(
        np.clip(values.T, *_widened(low, high)),
        origin="lower",
        extent=(box[0, 0], box[0, 1], box[1, 0], box[1, 1]),
        cmap=mpl.colormaps["RdBu" if signed else "viridis"],
        vmin=low,
        vmax=high,
        interpolation="bilinear",
    )
    if lines and signed:
        _draw_lines(ax, values, box, high)
    figure = ax.get_figure(root=True)
    if figure is not None:
        figure.colorbar(image, ax=ax, label=label, extend=extend.get(beyond, "neither"), shrink=0.9)


def _range(values: Array, signed: bool) -> tuple[float, float]:
    """Return the values where the colours end: zero is in the middle of signed ones."""
    if not values.size:
        return -1.0, 1.0
    sizes = np.abs(values)
    limit = float(sizes.max()) or 1.0
    usual = float(np.quantile(sizes, _SHARE))
    if 0 < usual < limit / _FAR:
        limit = usual
    if signed:
        return -limit, limit
    low, high = max(float(values.min()), -limit), min(float(values.max()), limit)
    slack = 1e-9 * max(abs(low), abs(high))
    return (low, high) if high - low > slack else (low - abs(low) - 1, high + abs(high) + 1)


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return ends that keep the interpolation between pixels from overflowing."""
    reach = 2 * (high - low)
    return low - reach, high + reach


def _draw_lines(ax: Axes, values: Array, box: Array, limit: float) -> None:
    axes = [np.linspace(lo, hi, n) for (lo, hi), n in zip(box, values.shape, strict=True)]
    steps = np.arange(1, _LEVELS + 1) / (_LEVELS + 1)
    levels = limit * np.concatenate([-steps[::-1], [0.0], steps])
    widths = [0.5] * _LEVELS + [1.0] + [0.5] * _LEVELS
    styles = ["--"] * _LEVELS + ["-"] * (_LEVELS + 1)
    ax.contour(
        *axes, values.T, levels=levels, colors="black", linewidths=widths, linestyles=styles,
        alpha=0.6,
    )  # fmt: skip


def draw_sizes(ax: Axes, sizes: Array, box: Array, label: str) -> None:
    """Draw sizes (n, m) from zero on a plane in powers of ten, with a colour bar.

    Eight powers at most, and 98 of 100 values; what is smaller, or no number, has the darkest
    colour.
    """
    finite = sizes[np.isfinite(sizes)]
    high = float(finite.max(initial=0.0)) or 1e-16
    positive = np.append(finite[finite > 0], high)
    low = min(max(float(np.quantile(positive, 1 - _SHARE)), 1e-8 * high), high / 10)
    shown = np.clip(np.nan_to_num(sizes, nan=low, posinf=high), low, high)
    image = ax.imshow(
        shown.T, origin="lower", extent=(box[0, 0], box[0, 1], box[1, 0], box[1, 1]),
        cmap=mpl.colormaps["viridis"], norm=LogNorm(low, high), interpolation="nearest",
    )  # fmt: skip
    figure = ax.get_figure(root=True)
    if figure is not None:
        extend = "min" if (finite < low).any() else "neither"
        figure.colorbar(image, ax=ax, label=label, shrink=0.9, extend=extend)


def save_picture(picture: Any, path: str | Path) -> None:
    """Write the figure of some axes, or the view of a PyVista plotter.

    The ending of the path is the format: ``.png``, ``.pdf`` or ``.svg``, and ``.png`` only for
    a plotter, which must be off screen or not yet shown.
    """
    if hasattr(picture, "screenshot"):
        picture.screenshot(path)
        return
    picture.get_figure(root=True).savefig(path, dpi=160)

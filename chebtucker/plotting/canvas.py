"""What all pictures share: figures, names of axes, colours for values, files."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float64]

MARKERS = ("o", "s", "^", "D", "v", "x")
# Colours of which each is darker or lighter than the next, so that a copy in grey can be read.
COLOURS = ("#1b4f8a", "#e08a1e", "#4c9f70", "#8c2d4b", "#6f8fd8", "#555555")

_SIGNED = 0.01  # of the largest absolute value: what the other sign must reach to count
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


def draw_values(
    ax: Axes, values: Array, box: Array, label: str, *, share: float = 1.0, lines: bool = False
) -> None:
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
    share : float
        Of the absolute values: how many the colours cover; the bar says where some are beyond.
    lines : bool
        Whether to draw contour lines of signed values, dashed where they are negative, which
        tells the signs apart in grey too.
    """
    finite = values[np.isfinite(values)]
    signed = is_signed(finite)
    low, high = _range(finite, signed, share)
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


def _range(values: Array, signed: bool, share: float) -> tuple[float, float]:
    """Return the values where the colours end: zero is in the middle of signed ones."""
    if not values.size:
        return -1.0, 1.0
    limit = float(np.quantile(np.abs(values), share)) or 1.0
    if signed:
        return -limit, limit
    low, high = float(values.min()), float(values.max())
    if share < 1:
        low, high = max(low, -limit), min(high, limit)
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


def save_picture(ax: Axes, path: str | Path) -> None:
    """Write the figure of `ax`; the ending of the path is the format."""
    ax.get_figure(root=True).savefig(path, dpi=160)  # type: ignore[union-attr]

"""What the figures of a study show, as data; `chebtucker.plotting` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Panel:
    """Columns of a table against another one.

    Parameters
    ----------
    table : str
        Name of the table.
    x : str
        Column for the horizontal axis.
    y : str or tuple of str
        Column for the vertical axis; several give a curve each.
    xlabel, ylabel : str
        With their units.
    by : str, optional
        Column each of whose values gives a curve of its own.
    only : tuple
        The values of `by` that are drawn; all by default.
    where : mapping, optional
        From columns to the value that rows must have to be drawn, or a list of such values.
    labels : mapping, optional
        Words of the legend for the values of `by` or the columns of `y`.
    title : str
        Above the panel.
    legend : str
        Title of the legend.
    xscale, yscale : {"linear", "log", "log2"}
        Scales of the axes.
    joined : bool
        Whether points are joined by lines.
    """

    table: str
    x: str
    y: str | tuple[str, ...]
    xlabel: str
    ylabel: str
    by: str | None = None
    only: tuple[Any, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[Any, str] = field(default_factory=dict)
    title: str = ""
    legend: str = ""
    xscale: str = "linear"
    yscale: str = "log"
    joined: bool = True


@dataclass(frozen=True, eq=False)
class Plane:
    """Values on a rectangle.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        On a uniform grid with both ends included.
    box : ndarray, shape (2, 2)
        Ends of the horizontal axis and of the vertical one.
    label : str
        What the values are, with their unit.
    xlabel, ylabel : str
        With their units.
    title : str
        Above the panel.
    """

    values: NDArray[np.float64]
    box: NDArray[np.float64]
    label: str
    xlabel: str
    ylabel: str
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """Panels side by side with a caption.

    Parameters
    ----------
    name : str
        For the file.
    caption : str
        What is drawn, in a sentence or two.
    panels : tuple of Panel or Plane
        From left to right.
    """

    name: str
    caption: str
    panels: tuple[Panel | Plane, ...]

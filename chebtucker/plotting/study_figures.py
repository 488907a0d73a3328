"""Figures of studies, drawn from their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from chebtucker.plotting.canvas import COLOURS, MARKERS, draw_values
from chebtucker.studies import Panel, Plane, Study

_DASHES = ("-", "--", "-.", ":")
_MOST_MARKERS = 25
_COLUMNS = 2  # of a legend


def draw_study(study: Study) -> dict[str, Figure]:
    """Return the figures of a study by their names.

    Parameters
    ----------
    study : Study
        With its tables and what to draw of them.

    Returns
    -------
    dict of str to matplotlib Figure
        No window shows them; ``figure.savefig(path)`` writes them.
    """
    drawn = {}
    for figure in study.figures:
        count = len(figure.panels)
        size = (max(4.4 * count, 5.6), 3.4 + 0.17 * _legend_rows(study, figure.panels))
        canvas = Figure(figsize=size, layout="constrained")
        axes = np.atleast_1d(canvas.subplots(1, count))
        for ax, panel in zip(axes, figure.panels, strict=True):
            _draw(ax, study, panel)
        drawn[figure.name] = canvas
    return drawn


def _legend_rows(study: Study, panels: Any) -> int:
    counts = [len(curves(study, p)) for p in panels if isinstance(p, Panel)]
    return 1 + -(-max(counts, default=0) // _COLUMNS)


def _draw(ax: Axes, study: Study, panel: Panel | Plane) -> None:
    if isinstance(panel, Plane):
        draw_values(ax, panel.values, panel.box, panel.label)
    else:
        _draw_curves(ax, study, panel)
    ax.set_xlabel(panel.xlabel)
    ax.set_ylabel(panel.ylabel)
    ax.set_title(panel.title, fontsize=10)


def _draw_curves(ax: Axes, study: Study, panel: Panel) -> None:
    for number, (label, x, y) in enumerate(curves(study, panel)):
        ax.plot(
            x, y, label=label, color=COLOURS[number % 6], marker=MARKERS[number % 6], ms=4,
            markevery=max(1, len(x) // _MOST_MARKERS), mfc="none" if number % 2 else None,
            lw=1.2 if panel.joined else 0, ls=_DASHES[number % 4],
        )  # fmt: skip
    _scale(ax, "x", panel.xscale)
    _scale(ax, "y", panel.yscale)
    ax.grid(color="0.9", lw=0.6)
    if len(ax.lines) > 1:
        # Below the axes and their label, where no curve is.
        figure = ax.get_figure(root=True)
        assert figure is not None
        below = ax.transAxes + ScaledTranslation(0, -36 / 72, figure.dpi_scale_trans)
        ax.legend(
            title=panel.legend or None, frameon=False, fontsize=8, title_fontsize=8,
            loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below,
            ncols=_COLUMNS, columnspacing=1.2, handlelength=2.4,
        )  # fmt: skip


def curves(study: Study, panel: Panel) -> list[tuple[str, list[Any], list[Any]]]:
    """Return label, x and y of each curve; rows without a value are left out."""
    table = study.table(panel.table)
    rows = [row for row in table.rows if _chosen(table.columns, row, panel.where)]
    columns = (panel.y,) if isinstance(panel.y, str) else panel.y
    keys: list[Any] = [None]
    if panel.by is not None:
        which = table.columns.index(panel.by)
        there = dict.fromkeys(row[which] for row in rows)
        keys = [key for key in panel.only or there if key in there]
    found = []
    for key in keys:
        chosen = rows if panel.by is None else [row for row in rows if row[which] == key]
        for column in columns:
            points = _points(table.columns, chosen, panel, column)
            own = [column] if panel.by is None else [key] + [column] * (len(columns) > 1)
            words = [panel.labels.get(part, str(part)) for part in own]
            if points:
                found.append((", ".join(words), *map(list, zip(*points, strict=True))))
    return found  # type: ignore[return-value]


def _chosen(columns: tuple[str, ...], row: Any, where: Mapping[str, Any]) -> bool:
    """Say whether a row has the wanted values; of a list any will do."""
    for name, wanted in where.items():
        entry = row[columns.index(name)]
        if entry not in wanted if isinstance(wanted, list) else entry != wanted:
            return False
    return True


def _points(columns: tuple[str, ...], rows: Any, panel: Panel, column: str) -> list[Any]:
    i, j = columns.index(panel.x), columns.index(column)
    pairs = [(row[i], row[j]) for row in rows if row[i] is not None and row[j] is not None]
    return [(x, y) for x, y in pairs if y > 0 or panel.yscale == "linear"]


def _scale(ax: Axes, axis: str, scale: str) -> None:
    which = getattr(ax, f"{axis}axis")
    if scale == "log2":
        getattr(ax, f"set_{axis}scale")("log", base=2)
    else:
        getattr(ax, f"set_{axis}scale")(scale)
    if scale == "linear":
        which.set_major_locator(MaxNLocator(6))

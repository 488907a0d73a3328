"""A study as text: tables as CSV, the whole as one Markdown page."""

from __future__ import annotations

import csv as _csv
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chebtucker.studies.results import Comparison, Study, Table

_SHOWN = 30
"""Longest table that the page shows in full."""

_WORDS = {
    "equal": "the same:",
    "at most": "at most",
    "below": "below",
}


def csv(table: Table) -> str:
    """Return a table as comma-separated text with a header; floats to 12 digits."""
    text = io.StringIO()
    writer = _csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([[_exact(entry) for entry in row] for row in table.rows])
    return text.getvalue()


def page(study: Study) -> str:
    """Return the study as a Markdown page."""
    parts = [f"# {study.title}", study.question]
    for number, figure in enumerate(study.figures, 1):
        caption = f"**Figure {number}.** {figure.caption}"
        parts.append(f"![{figure.caption}]({study.name}-{figure.name}.png)\n\n{caption}")
    parts += ["## What it shows", _bullets(study.findings)]
    if study.comparisons:
        parts += ["## Beside known values", _comparisons(study.comparisons)]
    parts += ["## Tables", *(_section(study, table) for table in study.tables)]
    parts += ["## How it was done", _bullets(study.notes), "## How to repeat it", _repeat(study)]
    return "\n\n".join(parts) + "\n"


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a Markdown table; floats to three digits."""
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[short(entry) for entry in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def short(entry: Any) -> str:
    """Return a number as one reads it: whole, or to three digits; nothing for None."""
    if entry is None:
        return ""
    if isinstance(entry, bool | np.bool_):
        return "yes" if entry else "no"
    if isinstance(entry, tuple | list):
        return ", ".join(map(short, entry))
    if isinstance(entry, float | np.floating):
        return "" if math.isnan(entry) else f"{entry:.3g}"
    return f"{entry:,}" if isinstance(entry, int) and abs(entry) >= 100_000 else str(entry)


def _exact(entry: Any) -> Any:
    if entry is None or (isinstance(entry, float) and math.isnan(entry)):
        return ""
    if isinstance(entry, tuple):
        return " ".join(str(_exact(part)) for part in entry)
    return f"{entry:.12g}" if isinstance(entry, float | np.floating) else entry


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    met = sum(c.met for c in comparisons)
    text = f"{met} of {len(comparisons)} met."
    rows = [
        (c.what, _digits(c.value), f"{_rule(c)} {_digits(c.reference)}", c.source,
         "yes" if c.met else "**no**")
        for c in comparisons
    ]  # fmt: skip
    return f"{text}\n\n{markdown_table(('what', 'here', 'asked', 'source', 'met'), rows)}"


def sentence(comparison: Comparison) -> str:
    """Return a comparison as a line of text."""
    return (
        f"{comparison.what}: {_digits(comparison.value)}, asked {_rule(comparison)} "
        f"{_digits(comparison.reference)} ({comparison.source})"
    )


def _rule(comparison: Comparison) -> str:
    if comparison.rule == "within":
        return f"within {comparison.rtol:.2g} of"
    return _WORDS[comparison.rule]


def _digits(entry: Any) -> str:
    return f"{entry:.4g}" if isinstance(entry, float | np.floating) else short(entry)


def _section(study: Study, table: Table) -> str:
    """Return a table with its title, thinned out where it is long."""
    name = table_file(study, table)
    rows: Sequence[Any] = table.rows
    if len(rows) > _SHOWN:
        rows = [table.rows[k] for k in np.linspace(0, len(rows) - 1, _SHOWN).astype(int)]
        more = f"{len(rows)} of {len(table.rows)} rows; all are in [{name}]({name})."
    else:
        more = f"Also as [{name}]({name})."
    return f"**{table.title}**\n\n{markdown_table(table.columns, rows)}\n\n{more}"


def table_file(study: Study, table: Table) -> str:
    """Return the name of the file for a table: that of the study for the main one."""
    return f"{study.name}.csv" if table is study.tables[0] else f"{study.name}-{table.name}.csv"


def _repeat(study: Study) -> str:
    command = " ".join(filter(None, ("chebtucker study", study.name, study.options)))
    made = ", ".join(f"{name} {value}" for name, value in study.versions.items())
    seed = "There are no random numbers." if study.seed is None else f"Seed {study.seed}."
    return (
        f"```\n{command} --output DIR\n```\n\n{seed} Columns of seconds are measured and differ "
        f"from run to run; all else comes out the same, to rounding.\n\nMade with {made}."
    )

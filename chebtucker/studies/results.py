"""The numbers of a study: tables, comparisons with known values, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chebtucker import _checks
from chebtucker.studies.figures import Figure

RULES = ("equal", "within", "at most", "below")


@dataclass(frozen=True)
class Table:
    """Named columns and rows of numbers and words.

    Parameters
    ----------
    name : str
        For files and panels.
    title : str
        Above the table.
    columns : tuple of str
        Names, with their units.
    rows : tuple of tuple
        One entry for each column; None where there is no value.

    Examples
    --------
    >>> table = Table("ranks", "Ranks", ("n", "rank"), ((256, 7), (1024, 10)))
    >>> table.column("rank")
    [7, 10]
    >>> table.select(n=256)
    [(256, 7)]
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"`rows` must be {len(self.columns)} entries each, got {len(row)} in row "
                    f"{number} of table {self.name}"
                )

    @classmethod
    def from_records(cls, name: str, title: str, records: Sequence[Mapping[str, Any]]) -> Table:
        """Return a table of records that all have the keys of the first, in its order."""
        columns = tuple(records[0]) if records else ()
        return cls(name, title, columns, tuple(tuple(r[c] for c in columns) for r in records))

    def column(self, name: str) -> list[Any]:
        """Return the entries of a column."""
        return [row[self._place(name)] for row in self.rows]

    def select(self, **wanted: Any) -> list[tuple[Any, ...]]:
        """Return the rows whose columns have the wanted values."""
        places = {self._place(name): value for name, value in wanted.items()}
        return [row for row in self.rows if all(row[k] == v for k, v in places.items())]

    def value(self, column: str, **wanted: Any) -> Any:
        """Return the entry of a column in the one row whose columns have the wanted values."""
        rows = self.select(**wanted)
        if len(rows) != 1:
            raise ValueError(f"`wanted` must be true of one row of {self.name}, got {len(rows)}")
        return rows[0][self._place(column)]

    def _place(self, name: str) -> int:
        _checks.choice(name, "column", self.columns)
        return self.columns.index(name)


@dataclass(frozen=True)
class Comparison:
    """A number of the study beside a known one.

    Parameters
    ----------
    what : str
        What the number is.
    value : float or tuple of int
        As found here.
    reference : float or tuple of int
        As known.
    rule : {"equal", "within", "at most", "below"}
        What is asked of `value`: to be `reference`; to differ by `rtol` of it at most; to be at
        most as large, entry by entry; to be smaller.
    source : str
        Where the reference is from.
    rtol : float
        For "within".

    Examples
    --------
    >>> Comparison("ranks", (15, 15, 10), (18, 18, 12), "at most", "the paper").met
    True
    >>> Comparison("error", 8.594e-7, 8.590e-7, "within", "the paper", rtol=1e-3).met
    True
    """

    what: str
    value: Any
    reference: Any
    rule: str
    source: str
    rtol: float = 0.0

    def __post_init__(self) -> None:
        _checks.choice(self.rule, "rule", RULES)
        if np.shape(self.value) != np.shape(self.reference):
            raise ValueError(
                f"`reference` must be of shape {np.shape(self.value)} as `value` is, got "
                f"{np.shape(self.reference)}"
            )

    @property
    def met(self) -> bool:
        """Whether the value is what is asked of it; never if it is not a number."""
        value, reference = np.asarray(self.value, float), np.asarray(self.reference, float)
        if self.rule == "equal":
            return bool((value == reference).all())
        if self.rule == "within":
            return bool((np.abs(value - reference) <= self.rtol * np.abs(reference)).all())
        return bool(((value <= reference) if self.rule == "at most" else value < reference).all())


@dataclass(frozen=True)
class Study:
    """A question, the numbers that answer it, and how they were found.

    Parameters
    ----------
    name : str
        As on the command line.
    title, question : str
        What is asked, in a line and in a paragraph.
    tables : tuple of Table
        All numbers. The first is the main one.
    figures : tuple of Figure
        What is drawn of them.
    findings : tuple of str
        What is seen, a sentence or a few each.
    comparisons : tuple of Comparison
        Numbers beside known ones.
    notes : tuple of str
        How it was done: norms, tolerances, where the input is from.
    seed : int, optional
        Of the random numbers; None where there are none.
    versions : mapping
        As `versions` gives them.
    options : str
        Of the command that repeats it, e.g. "--data DIR".
    """

    name: str
    title: str
    question: str
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    findings: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    seed: int | None = None
    options: str = ""
    _by_name: Mapping[str, Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = {table.name: table for table in self.tables}
        if not found or len(found) != len(self.tables):
            raise ValueError("`tables` must be one or more of different names")
        object.__setattr__(self, "_by_name", found)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the main table."""
        return self.tables[0].columns

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """Rows of the main table."""
        return self.tables[0].rows

    @property
    def met(self) -> bool:
        """Whether all comparisons are."""
        return all(comparison.met for comparison in self.comparisons)

    def table(self, name: str) -> Table:
        """Return a table by its name."""
        _checks.choice(name, "name", tuple(self._by_name))
        return self._by_name[name]

    def to_csv(self, name: str | None = None) -> str:
        """Return a table, by default the main one, as comma-separated text with a header."""
        from chebtucker.studies.text import csv

        return csv(self.tables[0] if name is None else self.table(name))

    def to_markdown(self) -> str:
        """Return a page: question, figures, what they show, comparisons, how to repeat it."""
        from chebtucker.studies.text import page

        return page(self)

"""Studies of ranks and errors: each returns its numbers as a `Study` and draws nothing.

`run` makes one by its name; `chebtucker study NAME --output DIR` writes it as a page with figures
and tables. A new study is a module here with a function ``name(data=None, *, quick=False,
track=quiet) -> Study`` and a line in `HOMES`.
"""

from chebtucker.studies.figures import Figure, Panel, Plane
from chebtucker.studies.registry import HOMES, run, study_function
from chebtucker.studies.results import Comparison, Study, Table
from chebtucker.studies.tracking import quiet
from chebtucker.studies.versions import versions

__all__ = [
    "HOMES",
    "Comparison",
    "Figure",
    "Panel",
    "Plane",
    "Study",
    "Table",
    "quiet",
    "run",
    "study_function",
    "versions",
]

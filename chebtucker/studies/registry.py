"""Studies by their names; each is imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from os import PathLike
from typing import Any

from chebtucker import _checks
from chebtucker.studies.results import Study

HOMES = {
    "biomolecule": "molecules",
    "lattice": "crystals",
    "newton": "newton_kernel",
    "functions": "gallery_functions",
    "tucker": "tucker_ranks",
    "kernels": "kernel_sums",
    "angular": "sphere_products",
}
"""From the name of a study, which is that of its function, to its module."""


def study_function(name: str) -> Callable[..., Study]:
    """Return the function that makes a study."""
    _checks.choice(name, "name", tuple(HOMES))
    return getattr(importlib.import_module(f"chebtucker.studies.{HOMES[name]}"), name)


def run(name: str, data: str | PathLike[str] | None = None, **options: Any) -> Study:
    """Make a study.

    Parameters
    ----------
    name : str
        One of `HOMES`.
    data : path_like, optional
        Folder of the published files; without it the study generates its own input.
    **options
        `quick` for a smaller version that takes seconds, `track` for a progress bar, and what
        the study itself takes.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If there is no study of that name.
    OSError
        If files that it needs are not in `data`.
    """
    return study_function(name)(data, **options)

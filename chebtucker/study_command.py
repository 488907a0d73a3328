"""The command ``chebtucker study``."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_study(commands: Any) -> None:
    """Add the command to a parser's subcommands."""
    from chebtucker.studies import HOMES

    study = commands.add_parser("study", help="ranks and errors: a page with figures and tables")
    study.add_argument("name", metavar="NAME", help=", ".join(HOMES))
    study.add_argument("--output", required=True, metavar="DIR", help="where the files go")
    study.add_argument("--data", metavar="DIR", help="published files (own input if left out)")
    study.add_argument("--particles", metavar="FILE", help="a molecule for the study biomolecule")
    study.add_argument("--quick", action="store_true", help="a smaller version, for a first look")
    study.set_defaults(run=_study)


def _study(arguments: argparse.Namespace) -> None:
    """Check what was asked for, make the study, say what it shows and write it."""
    from chebtucker import studies
    from chebtucker.studies.tracking import with_bar
    from chebtucker.study_files import writable_folder, write_study

    if arguments.name not in studies.HOMES:
        known = ", ".join(studies.HOMES)
        raise ValueError(f"the study must be one of {known}, got {arguments.name}")
    options = _options(arguments)
    folder = writable_folder(arguments.output)
    options["track"] = with_bar if sys.stderr.isatty() else studies.quiet
    found = studies.run(arguments.name, arguments.data, **options)
    for finding in found.findings:
        print(finding)
    _say_comparisons(found.comparisons)
    page, *others = write_study(found, folder)
    print(f"wrote {page} and {len(others)} tables and figures beside it", flush=True)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    from chebtucker.io import read_particles

    options: dict[str, Any] = {"quick": arguments.quick}
    if arguments.particles is not None:
        if arguments.name != "biomolecule":
            raise ValueError(
                f"`--particles` must be left out but for the study biomolecule, got it with "
                f"{arguments.name}"
            )
        options["particles"] = read_particles(arguments.particles)
    return options


def _say_comparisons(comparisons: Any) -> None:
    """Say each known value beside what was found, and whether it is met."""
    from chebtucker.studies.text import sentence

    if not comparisons:
        return
    met = sum(comparison.met for comparison in comparisons)
    for comparison in comparisons:
        print(f"{'met:' if comparison.met else 'NOT MET:':<9}{sentence(comparison)}")
    print(f"{met} of {len(comparisons)} known values are met")

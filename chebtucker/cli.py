"""The command line: subcommands, no mathematics.

Every error that a user can cause ends in one line on standard error and exit code 2.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any, NoReturn

from chebtucker import __version__
from chebtucker.options import (
    check_folder,
    check_targets,
    grid_shape,
    size_in_memory,
    size_in_slabs,
)
from chebtucker.study_command import add_study
from chebtucker.units import UNITS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    try:
        arguments = _parser().parse_args(argv)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            warnings.simplefilter("always", UserWarning)
            arguments.run(arguments)
    except (ValueError, TypeError, OSError, MemoryError, ImportError, BrokenExecutor) as error:
        print(f"chebtucker: {_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print(" ".join(["chebtucker: interrupted", *_notes(error)]), file=sys.stderr)
        return 130
    return 0


def _one_line(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join([*text.split(), *_notes(error)])


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"chebtucker: warning: {' '.join(str(message).split())}", file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (try {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chebtucker",
        description="Electrostatic potentials of proteins and crystals in Chebyshev-Tucker format.",
    )
    parser.add_argument("--version", action="version", version=f"chebtucker {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _add_demo(commands)
    _add_potential(commands)
    _add_lattice(commands)
    _add_grid(commands)
    _add_evaluate(commands)
    _add_info(commands)
    add_study(commands)
    return parser


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser("demo", help="a real protein, end to end: a table and a picture")
    demo.add_argument("--output", default="output", metavar="DIR", help="default: %(default)s")
    demo.set_defaults(run=_demo)


def _add_potential(commands: Any) -> None:
    make = commands.add_parser(
        "potential", help="from a file of charged atoms to a potential, on a grid if wanted"
    )
    make.add_argument(
        "file", help="particles: .pqr, .xyz, .csv, .npz; .pdb, .cif to charge; .psf, .prmtop, .tpr"
    )
    make.add_argument("--force-field", metavar="NAME", help="charges of .pdb and .cif (AMBER)")
    make.add_argument("--ph", type=float, help="titration states of .pdb and .cif")
    make.add_argument(
        "--coordinates", metavar="FILE", help="positions for a topology: .dcd, .xtc.."
    )
    make.add_argument("--frame", type=int, metavar="K", help="which of them, from 0 or -1 (0)")
    make.add_argument("--select", metavar="TEXT", help="atoms of a topology: protein, resid 1-9..")
    _add_making(make)
    make.set_defaults(run=_potential)


def _add_lattice(commands: Any) -> None:
    lattice = commands.add_parser(
        "lattice", help="the potential of a finite crystal, of any number of cells"
    )
    lattice.add_argument(
        "structure", help=f"{', '.join(_structures())}, or a .cif file (formal charges)"
    )
    lattice.add_argument(
        "--repeats", type=int, nargs=3, required=True, metavar="N", help="cells along x, y, z"
    )
    lattice.add_argument(
        "--spacing", type=float, metavar="D", help="distance of nearest neighbours, Angstrom (1)"
    )
    lattice.add_argument(
        "--vacancy", action="append", default=[], metavar="I,J,K,S",
        help="cell and site, from 0, where nothing is; may be repeated",
    )  # fmt: skip
    lattice.add_argument(
        "--substitute", action="append", default=[], metavar="I,J,K,S,Q",
        help="cell and site that have the charge Q; may be repeated",
    )  # fmt: skip
    _add_making(lattice)
    lattice.set_defaults(run=_lattice)


def _structures() -> list[str]:
    from chebtucker.systems.structures import STRUCTURES

    return [name.replace(" ", "-") for name in STRUCTURES]


def _add_making(make: argparse.ArgumentParser) -> None:
    """Add what all commands share that make a potential."""
    make.add_argument("--rtol", type=float, default=1e-6, help="relative l2 error (%(default)s)")
    make.add_argument("--kernel", choices=("newton", "yukawa"), default="newton")
    make.add_argument("--screening", type=float, metavar="K", help="of yukawa, 1/Angstrom")
    make.add_argument("--cutoff", type=float, help="range of the short part (chosen if left out)")
    make.add_argument(
        "--domain", type=float, nargs=6, metavar=("XLO", "XHI", "YLO", "YHI", "ZLO", "ZHI"),
        help="box of the potential (the bounding box and a tenth of its longest side)",
    )  # fmt: skip
    make.add_argument("--grid", type=int, nargs="+", metavar="N", help="points: one or three")
    make.add_argument("--output", metavar="FILE", help="the grid: .dx, .cube or .vti")
    make.add_argument("--save", metavar="FILE", help="the potential itself: .npz")
    make.add_argument("--plot", metavar="FILE", help="a plane through the middle: .png, .pdf, .svg")
    _add_units(make)


def _add_grid(commands: Any) -> None:
    grid = commands.add_parser("grid", help="a saved potential on a grid")
    grid.add_argument("file", help="potential: .npz")
    grid.add_argument("--shape", type=int, nargs="+", required=True, metavar="N")
    grid.add_argument("--output", required=True, metavar="FILE", help=".npy, .dx, .vti or .cube")
    grid.add_argument(
        "--workers", type=int, default=1, metavar="K", help="processes (%(default)s); not for .cube"
    )
    grid.add_argument("--resume", action="store_true", help="go on where a run was interrupted")
    _add_units(grid)
    grid.set_defaults(run=_grid)


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser("evaluate", help="a saved potential at points")
    evaluate.add_argument("file", help="potential: .npz")
    evaluate.add_argument("points", help="a table x, y, z: .csv")
    evaluate.add_argument("--output", required=True, metavar="FILE", help=".csv")
    evaluate.add_argument("--field", action="store_true", help="also minus the gradient")
    _add_units(evaluate)
    evaluate.set_defaults(run=_evaluate)


def _add_info(commands: Any) -> None:
    info = commands.add_parser("info", help="what a saved file holds")
    info.add_argument("file", help="potential or function: .npz")
    info.set_defaults(run=_info)


def _add_units(command: argparse.ArgumentParser) -> None:
    command.add_argument("--units", default="e/A", help=f"{', '.join(UNITS)} (%(default)s)")


def _demo(arguments: argparse.Namespace) -> None:
    from chebtucker.demonstration import demonstrate

    demonstrate(Path(arguments.output), say=_say, progress=sys.stderr.isatty())


def _potential(arguments: argparse.Namespace) -> None:
    from chebtucker.io import read_particles

    names = ("force_field", "ph", "coordinates", "frame", "select")
    options = {name: getattr(arguments, name) for name in names}
    _make(arguments, lambda: read_particles(arguments.file, **options), arguments.file)


def _lattice(arguments: argparse.Namespace) -> None:
    _make(arguments, lambda: _crystal(arguments), arguments.structure)


def _crystal(arguments: argparse.Namespace) -> Any:
    from chebtucker.systems import Lattice

    name = arguments.structure
    missing = [_numbers(text, "--vacancy", 4)[0] for text in arguments.vacancy]
    changed = dict(_numbers(text, "--substitute", 5) for text in arguments.substitute)
    defects: dict[str, Any] = {"missing": missing, "substituted": changed}
    if name.lower().endswith(".cif"):
        if arguments.spacing is not None:
            raise ValueError("`--spacing` must be left out with a .cif file, which has its own")
        return Lattice.from_cif(name, repeats=arguments.repeats, **defects)
    if name not in _structures():
        known = ", ".join(_structures())
        raise ValueError(f"the structure must be one of {known} or a .cif file, got {name}")
    spacing = 1.0 if arguments.spacing is None else arguments.spacing
    make = getattr(Lattice, name.replace("-", "_"))
    return make(arguments.repeats, spacing, **defects)


def _numbers(text: str, option: str, count: int) -> tuple[tuple[int, ...], float]:
    """Return the site i, j, k, s of a defect, and the charge behind it."""
    parts = text.split(",")
    try:
        site, charge = tuple(map(int, parts[:4])), float(parts[-1])
    except ValueError:
        parts = []
    if len(parts) != count:
        form = "I,J,K,S" if count == 4 else "I,J,K,S,Q"
        raise ValueError(f"`{option}` must be {form} with whole numbers for the site, got {text}")
    return site, charge


def _make(arguments: argparse.Namespace, read: Callable[[], Any], name: str) -> None:
    """Check what was asked for, read the particles, build their potential and write it."""
    from chebtucker.kernels import Newton, Yukawa
    from chebtucker.potentials import potential
    from chebtucker.units import potential_factor

    factor = potential_factor(arguments.units)
    shape = grid_shape(arguments.grid or [129]) if arguments.grid or arguments.output else None
    if arguments.grid and not arguments.output:
        raise ValueError("`--output` must be a file for the grid, got none")
    check_targets(arguments)
    if shape:
        _say(size_in_memory(shape, arguments.output))
    if (arguments.kernel == "yukawa") != (arguments.screening is not None):
        raise ValueError("`--screening` must be given with --kernel yukawa and only then")
    kernel = Yukawa(arguments.screening) if arguments.kernel == "yukawa" else Newton()
    system = read()
    sets = getattr(system, "sets", None)
    if sets is not None and (shape or arguments.plot):
        raise ValueError(
            f"{name}: must hold one charge a particle for --output and --plot, got {sets} "
            "charge sets; --save keeps the potentials of all"
        )
    domain = None
    if arguments.domain:
        domain = [arguments.domain[i : i + 2] for i in (0, 2, 4)]
    _say(f"{name}: {system!r}")
    result = potential(
        system, kernel=kernel, rtol=arguments.rtol, cutoff=arguments.cutoff, domain=domain,
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    _say(str(result.report()))
    if arguments.save:
        result.save(arguments.save)
        _say(f"wrote {arguments.save}")
    if shape:
        _write_grid(result, shape, arguments.output, arguments.units, factor)
    if arguments.plot:
        _plot(result, arguments.plot, arguments.units)


def _grid(arguments: argparse.Namespace) -> None:
    from chebtucker.units import potential_factor

    factor = potential_factor(arguments.units)
    shape = grid_shape(arguments.shape)
    check_targets(arguments, in_slabs=(".npy",))
    if arguments.workers < 1:
        raise ValueError(f"`--workers` must be at least 1, got {arguments.workers}")
    if arguments.output.lower().endswith(".cube"):
        if arguments.resume or arguments.workers > 1:
            raise ValueError("`--output` must not be .cube with --workers or --resume")
        _say(size_in_memory(shape, arguments.output))
        result = _load_potential(arguments.file)
        _write_grid(result, shape, arguments.output, arguments.units, factor)
        return
    _say(size_in_slabs(shape, arguments.output))
    result = _load_potential(arguments.file)
    _write_slabs(result, shape, arguments, factor)
    _say(f"wrote {arguments.output}, potential in {arguments.units}")


def _write_slabs(
    result: Any, shape: tuple[int, int, int], arguments: argparse.Namespace, factor: float
) -> None:
    """Write a grid slab by slab, on processes of our own if they are wanted."""
    from chebtucker.backends.executors import processes
    from chebtucker.io import write_grid

    with processes(arguments.workers) as pool:
        write_grid(
            arguments.output, result, shape, executor=pool, resume=arguments.resume,
            factor=factor, progress=sys.stderr.isatty(),
        )  # fmt: skip


def _evaluate(arguments: argparse.Namespace) -> None:
    from chebtucker.io import read_points, write_table
    from chebtucker.units import potential_factor

    factor = potential_factor(arguments.units)
    check_folder(arguments.output)
    result = _load_potential(arguments.file)
    points = read_points(arguments.points)
    columns = {"x": points[:, 0], "y": points[:, 1], "z": points[:, 2]}
    columns["potential"] = factor * result(points)
    if arguments.field:
        slopes = -factor * result.gradient(points)
        columns.update(field_x=slopes[:, 0], field_y=slopes[:, 1], field_z=slopes[:, 2])
    write_table(arguments.output, columns)
    _say(f"wrote {arguments.output}: {len(points):,} points, potential in {arguments.units}")


def _info(arguments: argparse.Namespace) -> None:
    from chebtucker.io import load
    from chebtucker.potentials import Potential

    found = load(arguments.file)
    _say(repr(found))
    if isinstance(found, Potential):
        _say(str(found.report()))


def _load_potential(path: str) -> Any:
    from chebtucker.io import load
    from chebtucker.potentials import ChargeSetsPotential, Potential

    found = load(path)
    if not isinstance(found, Potential):
        raise ValueError(f"{path}: must hold a potential, got a {type(found).__name__}")
    if isinstance(found, ChargeSetsPotential):
        raise ValueError(
            f"{path}: must hold one potential, got {len(found)} charge sets; save one from "
            "Python: V[0].save(...)"
        )
    return found


def _write_grid(
    result: Any, shape: tuple[int, int, int], path: str, units: str, factor: float
) -> None:
    from chebtucker.io import write_cube, write_dx, write_vti

    values = result.on_grid(*shape)
    ending = Path(path).suffix.lower()
    if ending == ".cube":
        write_cube(path, values, result.domain, system=_atoms(result, result.domain))
    else:
        values *= factor
        write = write_dx if ending == ".dx" else write_vti
        write(path, values, result.domain)
    _say(f"wrote {path}" + ("" if ending == ".cube" else f", potential in {units}"))


def _atoms(result: Any, box: Any) -> Any:
    """Return the particles to write or to draw: of a crystal those in a box."""
    from chebtucker.systems import Lattice

    system = result.system
    if not isinstance(system, Lattice):
        return system
    return system.to_particles(box) if len(system.sites_in(box)) else None


def _plot(result: Any, path: str, units: str) -> None:
    from chebtucker.plotting import save_picture

    save_picture(result.plot_slice(units=units), path)
    _say(f"wrote {path}")


def _say(text: str) -> None:
    print(text, flush=True)

"""The figures and tables of the page on choosing, for functions. Writes docs/figures/*.png.

python benchmarks/function_figures.py [--output FOLDER]
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import function_sweeps as sweeps
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from measuring import Row, machine, markdown

import chebtucker as ct
from chebtucker.plotting.canvas import COLOURS, MARKERS

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
METHODS = (
    "swirl", "many scales", "quotient", "power", "Gaussians", "tanh", "sech squared", "ridge",
    "helix", "outside charge", "nested logarithm", "Hilbert", "heat kernel", "Runge",
    "OTL circuit", "Genz corner peak", "smeared charge", "plane wave", "two needles",
    "Genz product peak",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", default=FIGURES, type=Path, help="folder of the pictures")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    smooth, rough = sweeps.tolerances(True), sweeps.tolerances(False)
    _save(draw_tolerances(smooth, rough), folder / "tolerance.png")
    _save(draw_decays(sweeps.decays(("Runge", "ridge", "outside charge", "Hilbert", "Gaussians"))),
          folder / "decay.png")  # fmt: skip
    costs = sweeps.methods(METHODS, 1e-8)
    _save(draw_methods(costs, 1e-8), folder / "methods.png")
    tables = {
        "Errors over the smooth functions of the gallery": sweeps.quantiles(smooth),
        "Evaluations at 1e-8": costs,
        "Evaluations at 1e-4": sweeps.methods(("ridge", "plane wave", "nested logarithm"), 1e-4),
        "Runge with given ranks and degrees": sweeps.prescribed(ct.gallery["Runge"], (4, 8, 12)),
        "Twenty seeds": sweeps.seeds(("Runge", "ridge", "nested logarithm", "heat kernel"), 1e-8),
        "Functions that are not resolved": sweeps.hard(),
    }
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
    print(f"\nAt {machine()['commit']}.")


def draw_tolerances(smooth: list[Row], rough: list[Row]) -> Figure:
    """Draw the error reached over rtol, and f.error over the error, for each function."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    shown = [row for row in smooth if row["error"] > 1e-14]  # below, rounding is compared
    _cloud(left, shown, lambda row: max(row["error"] / row["rtol"], 1e-4), "smooth")
    left.axhline(1, color="black", lw=0.8)
    left.set(ylabel="error / rtol", ylim=(5e-5, 200))
    _cloud(right, shown, lambda row: row["estimate"] / row["error"], "smooth")
    _cloud(right, rough, lambda row: row["estimate"] / row["error"], "kinks, steps, corners", 1)
    right.axhline(1, color="black", lw=0.8)
    right.set(ylabel="f.error / error", ylim=(0.01, 100))
    right.legend()
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel="rtol")
        ax.invert_xaxis()
    return figure


def draw_decays(measured: dict[str, list[Row]]) -> Figure:
    """Draw degrees and ranks against the tolerance, and the rates of theory as lines."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    rtol = np.array(sweeps.TOLERANCES)
    rates = {
        "Runge": _bernstein(0.2j), "ridge": _bernstein(0.1j * math.pi),
        "outside charge": _bernstein(-1.1 + 0.1j * math.sqrt(2)),
    }  # fmt: skip
    crossings = {"Runge": _zolotarev(-2.04, -0.04, 0, 1), "Hilbert": _zolotarev(-5, -1, 0, 1)}
    for k, (name, rows) in enumerate(measured.items()):
        look: dict[str, Any] = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none", "ms": 5}
        left.plot(rtol, [row["degree"] for row in rows], label=name, **look)
        right.plot(rtol, [row["rank"] for row in rows], label=name, **look)
        if name in rates:
            left.plot(rtol, np.log(1 / rtol) / math.log(rates[name]), color=COLOURS[k], lw=1)
        if name in crossings:
            right.plot(rtol, np.log(4 / rtol) / crossings[name], color=COLOURS[k], lw=1)
    left.set(ylabel="degree, first axis")
    right.set(ylabel="rank, first axis")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="rtol")
        ax.set_ylim(bottom=0)
        ax.invert_xaxis()
    left.legend()
    return figure


def draw_methods(rows: list[Row], rtol: float) -> Figure:
    """Draw how many values grid, cross and "auto" take."""
    figure = Figure(figsize=(7, 5.6), layout="constrained")
    ax = figure.subplots()
    rows = sorted(rows, key=lambda row: row["cross"] / row["tensor"])
    y = np.arange(len(rows))
    for k, (method, marker, size) in enumerate((("tensor", "s", 6), ("cross", "o", 6))):
        ax.plot([row[method] for row in rows], y, marker, ms=size, color=COLOURS[k], label=method)
    auto = [row["auto"] for row in rows]
    ax.plot(auto, y, "o", ms=11, mfc="none", mec="black", label="auto")
    ax.set_yticks(y, [row["function"] for row in rows])
    ax.set(xscale="log", xlabel=f"evaluations at rtol = {rtol:g}")
    ax.grid(axis="y", lw=0.3)
    ax.legend()
    return figure


def _cloud(ax: Axes, rows: list[Row], value: Any, label: str, k: int = 0) -> None:
    """Draw one point for each row, moved aside a little so that they can be told apart."""
    shift = 10 ** np.random.default_rng(0).uniform(-0.25, 0.25, len(rows))
    x = np.array([row["rtol"] for row in rows]) * shift
    look: dict[str, Any] = {"color": COLOURS[k], "alpha": 0.6, "mew": 0, "ms": 4 + 2 * k}
    ax.plot(x, [value(row) for row in rows], MARKERS[k], label=label, **look)


def _bernstein(pole: complex) -> float:
    """Return the sum of the half-axes of the ellipse with foci -1 and 1 through a pole."""
    root = np.sqrt(complex(pole * pole - 1))
    return float(max(abs(pole + root), abs(pole - root)))


def _zolotarev(a: float, b: float, c: float, d: float) -> float:
    """Return by how much the logarithm of singular values of 1 / (x - y) falls from rank to rank.

    For x in [a, b] and y in [c, d] (Beckermann and Townsend 2017, Corollary 4.2).
    """
    gamma = abs(c - a) * abs(d - b) / (abs(c - b) * abs(d - a))
    return math.pi**2 / math.log(16 * gamma)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()

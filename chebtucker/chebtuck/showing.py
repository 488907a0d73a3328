"""What a function looks like in a terminal and in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from numpy.typing import NDArray

if TYPE_CHECKING:
    from chebtucker.chebtuck.methods.state import State

_CELL = "text-align: left; padding: 2px 12px 2px 0"


def text(f: State) -> str:
    """Return one line: domain, degree, rank, error, size."""
    return (
        f"{type(f).__name__}(domain={box(f.domain)}, degree={f.degree}, rank={f.rank}, "
        f"error={f.error:.1e}, size={size(f.nbytes)})"
    )


def table(f: State) -> str:
    """Return a small HTML table: one row for each axis, then what holds for all."""
    head = _row("th", ["axis", "interval", "degree", "rank"])
    rows = [
        _row("td", [str(k), _interval(side), str(degree), str(rank)])
        for k, (side, degree, rank) in enumerate(zip(f.domain, f.degree, f.rank, strict=True))
    ]
    foot = f"error {f.error:.1e}, {size(f.nbytes)}"
    if f.evaluations:
        foot += f", {f.evaluations:,} evaluations"
    return (
        f'<table><caption style="{_CELL}">{escape(type(f).__name__)}: {escape(foot)}</caption>'
        f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(tag: str, cells: list[str]) -> str:
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{escape(c)}</{tag}>' for c in cells) + "</tr>"


def box(domain: NDArray) -> str:
    """Return a box as the product of its intervals."""
    return " x ".join(map(_interval, domain))


def _interval(side: NDArray) -> str:
    return f"[{side[0]:.6g}, {side[1]:.6g}]"


def size(nbytes: int) -> str:
    """Return a number of bytes with a unit that suits it.

    Examples
    --------
    >>> from chebtucker.chebtuck.showing import size
    >>> size(96), size(12_600), size(3_000_000)
    ('96 B', '12.3 KiB', '2.9 MiB')
    """
    number = float(nbytes)
    for unit in ("B", "KiB", "MiB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"

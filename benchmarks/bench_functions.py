"""Functions of several variables: evaluations, time and ranks against peers and against the least.

Prints Markdown tables and writes one JSON with machine, versions and commit.

    python benchmarks/bench_functions.py [--function NAME]
    python benchmarks/bench_functions.py --gallery [--function NAME] [--method auto|tensor|cross]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import peer_table
from gallery_table import ABOUT, gallery_rows, summary
from measuring import machine, markdown, write_json


def main() -> None:
    options = _options()
    if options.gallery:
        gallery(options)
    else:
        peers(options)


def peers(options: argparse.Namespace) -> None:
    cache = Path(options.output) / "gallery_least.json"
    rows, notes = peer_table.rows(options.function, cache)
    where = machine(peer_table.PACKAGES)
    print(f"\n## Functions of three variables at 1e-8, with peers\n\n{markdown(rows)}\n")
    print("\n".join([peer_table.ABOUT, *notes, f"At {where['commit']}, {where['processor']}."]))
    write_json(
        options.output, "bench_functions.json",
        {"machine": where, "notes": notes, "tables": {"peers": rows}},
    )  # fmt: skip


def gallery(options: argparse.Namespace) -> None:
    cache = Path(options.output) / "gallery_least.json"
    if options.renew:
        cache.unlink(missing_ok=True)
    rows = gallery_rows(options.function, options.method, cache)
    where = machine()
    print(f"\n## The gallery, method {options.method!r}\n\n{ABOUT}\n\n{markdown(rows)}")
    print(f"\nGeometric means, at {where['commit']}:\n\n{markdown(summary(rows))}")
    tables = {"gallery": rows, "summary": summary(rows)}
    write_json(options.output, "bench_functions_gallery.json", {"machine": where, "tables": tables})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gallery", action="store_true", help="the table over the gallery")
    parser.add_argument(
        "--function", action="append", default=[], metavar="NAME", help="only this; repeatable"
    )
    parser.add_argument("--method", default="auto", choices=("auto", "tensor", "cross"))
    parser.add_argument("--renew", action="store_true", help="compute the least grids again")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()

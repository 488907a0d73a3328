"""Products of functions on the sphere: time a sample against the degree, beside e3nn.

Prints Markdown tables and writes one JSON with machine, versions and commit. Times are CPU time of
one thread, the least of several runs, in microseconds a sample, tables and plans made before.
e3nn is measured in the same run where it is installed (``pip install e3nn``, which needs PyTorch):
its product has a weight for each path and so can express more than a product of functions;
`cg_product` computes what its FullTensorProduct does.

    python benchmarks/bench_angular.py [--quick] [--output DIR]
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from measuring import machine, markdown, write_json

import chebtucker as ct
from chebtucker.angular.study import cpu_seconds

Row = dict[str, Any]
METHODS = ("sparse", "grid", "fourier", "auto")
LARGEST_PEER = 8
"""e3nn generates code for each path: beyond, that takes minutes."""


def main() -> None:
    options = _options()
    degrees = [2, 4, 6, 8] if options.quick else [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20]
    has_peer = importlib.util.find_spec("e3nn") is not None
    if not has_peer:
        print("e3nn is not installed: left out (pip install e3nn)")
    tables: dict[str, list[Row]] = {}
    for batch in (1, 128):
        rows = [products(lmax, batch, has_peer) for lmax in degrees]
        tables[f"Products, batch of {batch}"] = rows
        tables[f"All Clebsch-Gordan paths, batch of {batch}"] = [
            all_paths(lmax, batch, has_peer) for lmax in degrees if lmax <= 10
        ]
    tables["What is expressed for what work"] = ct.angular.product_study(
        [d for d in degrees if d <= 10]
    )
    for title, rows in tables.items():
        print(f"\n## {title}\n\n{markdown(rows)}")
        crossover(rows)
    if options.output:
        content = {"machine": machine(["e3nn", "torch"]), "tables": tables}
        write_json(options.output, "bench_angular.json", content)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few degrees")
    parser.add_argument("--output", default="output", help="folder of the JSON")
    return parser.parse_args()


def products(lmax: int, batch: int, has_peer: bool) -> Row:
    """Time the methods for two functions of degree lmax, and check one at random directions."""
    rng = np.random.default_rng(lmax)
    a, b = rng.normal(size=(2, batch, (lmax + 1) ** 2)) / (lmax + 1)
    row: Row = {"L": lmax}
    for method in METHODS:
        row[method] = microseconds(lambda m=method: ct.angular.product(a, b, method=m), batch)
    peer = e3nn_product(a, b, lmax) if has_peer and lmax <= LARGEST_PEER else None
    row["e3nn"] = microseconds(peer, batch) if peer else None
    row["e3nn, ratio to auto"] = row["e3nn"] / row["auto"] if peer else None
    directions = rng.normal(size=(20, 3))
    f, g, fg = (
        c @ ct.angular.real_sph_harm(degree, directions).T
        for c, degree in ((a, lmax), (b, lmax), (ct.angular.product(a, b), 2 * lmax))
    )
    row["error of auto"] = float(np.abs(fg - f * g).max() / np.abs(f * g).max())
    return row


def all_paths(lmax: int, batch: int, has_peer: bool) -> Row:
    """Time the coupling of everything with everything."""
    a, b = np.random.default_rng(lmax).normal(size=(2, batch, (lmax + 1) ** 2))
    row: Row = {"L": lmax, "paths": ct.angular.expressivity(lmax, "cg")}
    row["cg_product"] = microseconds(lambda: ct.angular.cg_product(a, b), batch)
    peer = e3nn_all_paths(a, b, lmax) if has_peer and lmax <= LARGEST_PEER else None
    row["e3nn"] = microseconds(peer, batch) if peer else None
    row["e3nn, ratio"] = row["e3nn"] / row["cg_product"] if peer else None
    return row


def microseconds(run: Callable[[], Any], batch: int) -> float:
    return cpu_seconds(run) / batch * 1e6


def e3nn_product(a: Any, b: Any, lmax: int) -> Callable[[], Any]:
    """Return e3nn's product over the paths that a product of functions has, weights given."""
    import torch
    from e3nn import o3

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    parts = [o3.Irreps([(1, (k, (-1) ** k)) for k in range(n + 1)]) for n in (lmax, lmax, 2 * lmax)]
    paths = [
        (i, j, k, "uuu", True)
        for i, j, k in np.ndindex(lmax + 1, lmax + 1, 2 * lmax + 1)
        if ct.angular.interactable(i, j, k, "grid")
    ]
    multiply = o3.TensorProduct(*parts, paths, shared_weights=True, internal_weights=False)
    x, y, weights = torch.tensor(a), torch.tensor(b), torch.ones(multiply.weight_numel)

    def run() -> Any:
        with torch.no_grad():
            return multiply(x, y, weights)

    return run


def e3nn_all_paths(a: Any, b: Any, lmax: int) -> Callable[[], Any]:
    """Return e3nn's FullTensorProduct."""
    import torch
    from e3nn import o3

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    irreps = o3.Irreps([(1, (k, (-1) ** k)) for k in range(lmax + 1)])
    multiply = o3.FullTensorProduct(irreps, irreps)
    x, y = torch.tensor(a), torch.tensor(b)

    def run() -> Any:
        with torch.no_grad():
            return multiply(x, y)

    return run


def crossover(rows: list[Row]) -> None:
    """Say from which degree on the grid is faster than the table."""
    if "grid" in rows[0]:
        faster = [row["L"] for row in rows if row["grid"] < row["sparse"]]
        print(
            f"\nThe grid is faster than the table at L = {', '.join(map(str, faster)) or 'none'}."
        )


if __name__ == "__main__":
    main()

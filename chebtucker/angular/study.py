"""What products of functions on the sphere can express, and what they cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.angular import costs
from chebtucker.angular.couplings import gaunt_coefficients
from chebtucker.angular.products import cg_product, product

Array = NDArray[np.float64]
Row = dict[str, Any]

METHODS = ("dense", "sparse", "fourier", "grid", "cg")


def interactable(l1: int, l2: int, l3: int, method: str) -> bool:
    """Say whether a method can bring parts of degrees l1 and l2 to a part of degree l3.

    Parameters
    ----------
    l1, l2, l3 : int
        Degrees.
    method : {"dense", "sparse", "fourier", "grid", "cg"}
        "cg" couples wherever the triangle inequality holds. The others are the product of
        functions, which needs an even l1 + l2 + l3 too.

    Returns
    -------
    bool

    Examples
    --------
    The cross product of two vectors:

    >>> interactable(1, 1, 1, "cg"), interactable(1, 1, 1, "grid")
    (True, False)
    """
    l1, l2, l3 = (_checks.integer(l, f"l{k}") for k, l in enumerate((l1, l2, l3), 1))
    _checks.choice(method, "method", METHODS)
    triangle = abs(l1 - l2) <= l3 <= l1 + l2
    return triangle and (method == "cg" or (l1 + l2 + l3) % 2 == 0)


def expressivity(lmax: int, method: str) -> int:
    """Return the number of independent equivariant bilinear maps that a method can express.

    Of two inputs with one part of each degree 0..lmax to an output with one part of each degree
    0..2 lmax, when each part of inputs and output may be scaled freely.

    Parameters
    ----------
    lmax : int
    method : {"dense", "sparse", "fourier", "grid", "cg"}

    Returns
    -------
    int
        For "cg" the number of paths (l1, l2, l3), l1, l2 <= lmax, l3 <= 2 lmax, each with a
        weight of its own: (lmax + 1)(2 lmax^2 + 4 lmax + 3)/3 = 1, 6, 19, 44, 85, ... For the
        product of functions 4 lmax + 1: of the (lmax + 1) + (lmax + 1) + (2 lmax + 1) scales,
        two only undo others. That is the dimension of the set of maps that are reached.

    References
    ----------
    Y. Xie, A. Daigavane, M. Kotak, T. Smidt, arXiv:2506.13523.

    Examples
    --------
    >>> expressivity(4, "cg"), expressivity(4, "grid")
    (85, 17)
    """
    lmax = _checks.integer(lmax, "lmax")
    _checks.choice(method, "method", METHODS)
    if method == "cg":
        return (lmax + 1) * (2 * lmax**2 + 4 * lmax + 3) // 3
    return 4 * lmax + 1


def cost(lmax: int, method: str) -> int:
    """Return the multiplications for one product of two functions of degree `lmax`.

    Parameters
    ----------
    lmax : int
        Degree of both; the product is wanted up to 2 lmax.
    method : {"dense", "sparse", "fourier", "grid", "cg"}
        As `product` and `cg_product` do it; "dense" is the full table of Gaunt coefficients.

    Returns
    -------
    int
        Zeros that are multiplied included; an FFT of N nodes counts N log2 N. For large lmax
        like lmax^6, lmax^5, lmax^3, lmax^3 and lmax^5.

    Examples
    --------
    >>> [cost(4, method) for method in ("dense", "sparse", "fourier", "grid", "cg")]
    [51250, 1812, 9203, 4120, 4448]
    """
    lmax = _checks.integer(lmax, "lmax")
    _checks.choice(method, "method", METHODS)
    if method in ("grid", "fourier"):
        return {"grid": costs.grid, "fourier": costs.fourier}[method]((lmax, lmax), 2 * lmax)
    by_table = {"dense": costs.dense, "sparse": costs.sparse, "cg": costs.clebsch_gordan}
    return by_table[method](lmax, lmax, 2 * lmax)


def product_study(
    lmaxes: Iterable[int] = (1, 2, 3, 4, 6, 8, 10),
    methods: Iterable[str] = METHODS,
    *,
    batch: int = 128,
    seed: int = 0,
) -> list[Row]:
    """Measure products of two functions of equal degree: time, counted work, expressivity.

    Parameters
    ----------
    lmaxes : iterable of int
    methods : iterable of {"dense", "sparse", "fourier", "grid", "cg"}
        "dense" is timed up to lmax = 6, "cg" to 10; beyond, their seconds are NaN.
    batch : int
        Samples in one call.
    seed : int
        Of the random coefficients.

    Returns
    -------
    list of dict
        One row for each degree and method: ``lmax``, ``method``, ``batch``, ``seconds`` (CPU
        time a sample, the least of several runs, tables made before), ``multiplications``,
        ``expressivity``, ``multiplications_per_map``.

    Examples
    --------
    >>> rows = product_study([2], ["sparse", "grid"], batch=4)
    >>> [(row["method"], row["multiplications"], row["expressivity"]) for row in rows]
    [('sparse', 177, 9), ('grid', 984, 9)]
    """
    batch = _checks.integer(batch, "batch", minimum=1)
    rng = np.random.default_rng(seed)
    rows = []
    for lmax in lmaxes:
        a, b = rng.normal(size=(2, batch, (lmax + 1) ** 2))
        for method in methods:
            work, maps = cost(lmax, method), expressivity(lmax, method)
            run = _runner(a, b, lmax, method)
            rows.append({
                "lmax": lmax, "method": method, "batch": batch,
                "seconds": math.nan if run is None else cpu_seconds(run) / batch,
                "multiplications": work, "expressivity": maps,
                "multiplications_per_map": work / maps,
            })  # fmt: skip
    return rows


def _runner(a: Array, b: Array, lmax: int, method: str) -> Callable[[], Any] | None:
    """Return what is to be timed, or None where the table would be too large."""
    if method == "cg":
        return (lambda: cg_product(a, b)) if lmax <= 10 else None
    if method == "dense":
        return _dense_runner(a, b, lmax) if lmax <= 6 else None
    if method == "sparse" and lmax > 20:
        return None
    return lambda: product(a, b, method=method)  # type: ignore[arg-type]


def _dense_runner(a: Array, b: Array, lmax: int) -> Callable[[], Any]:
    """Return the product by the full table, one matrix product with all a_i b_j."""
    n = (lmax + 1) ** 2
    table = np.zeros((n, n, (2 * lmax + 1) ** 2))
    for l1, l2, l3 in np.ndindex(lmax + 1, lmax + 1, 2 * lmax + 1):
        block = [slice(l * l, (l + 1) ** 2) for l in (l1, l2, l3)]
        table[tuple(block)] = gaunt_coefficients(l1, l2, l3)
    flat = table.reshape(n * n, -1)
    return lambda: (a[:, :, None] * b[:, None]).reshape(len(a), -1) @ flat


def cpu_seconds(run: Callable[[], Any], *, least: float = 0.01, repeats: int = 5) -> float:
    """Return the CPU seconds of one call, the least of several runs of `least` seconds."""
    run()
    start = time.process_time()
    run()
    count = max(1, int(least / max(time.process_time() - start, 1e-6)))
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(count):
            run()
        times.append((time.process_time() - start) / count)
    return min(times)

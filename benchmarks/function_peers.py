"""Codes that approximate a function of three variables on [-1, 1]^3, behind one type."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plain_numpy import PlainNumPy, basis, transformed

import chebtucker as ct

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What peers are told about a function: the fewest points an axis and calls that reach 1e-8.

    Where no setting does (teneva on the ridge; larger steps need tens of GiB), the best that was
    seen.
    """

    sizes: tuple[int, int, int]
    eps: float  # of tntorch
    kick: int
    growth: int  # of the ranks, teneva
    sweeps: int = 30


SETTINGS = {
    "Runge": Settings((99, 99, 99), 1e-8, 6, 1),
    "Gaussians": Settings((27, 27, 27), 1e-8, 6, 2),
    "ridge": Settings((65, 11, 65), 1e-9, 15, 4, 11),
    "smeared charge": Settings((35, 35, 35), 1e-8, 3, 2),
}


@dataclass(frozen=True)
class Fit:
    """An approximation: values at points (M, 3), on a grid of three axes where it has a way."""

    at_points: Callable[[Array], Array]
    on_grid: Callable[..., Array] | None
    ranks: str
    sizes: str


def chebtucker(method: str) -> Callable[[Any, float], Fit]:
    """Return a builder by this project."""

    def build(f: Any, rtol: float) -> Fit:
        approximation = ct.from_function(f, [(-1, 1)] * 3, rtol=rtol, method=method)
        return Fit(
            approximation, approximation.on_grid,
            _text(approximation.rank), _text(n + 1 for n in approximation.degree),
        )  # fmt: skip

    return build


def plain_numpy(f: Any, rtol: float) -> Fit:
    """Double n on the full grid, cosine transform, HOSVD, BLAS."""
    one = PlainNumPy(f, rtol)
    return Fit(one.at_points, one.on_grid, _text(one.rank), _text((one.size,) * 3))


def _text(numbers: Any) -> str:
    return ",".join(map(str, numbers))


def teneva_cross(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder by a rank-adaptive TT cross on a grid of given points."""
    import teneva

    def build(f: Any, rtol: float) -> Fit:
        def on_indices(index: Array) -> Array:
            columns = [
                np.cos(np.pi * i / (n - 1)) for i, n in zip(index.T, given.sizes, strict=True)
            ]
            return f(*columns)

        start = teneva.rand(given.sizes, 2, seed=0)
        values = teneva.cross(
            on_indices, start, e=rtol, dr_max=given.growth, nswp=given.sweeps, cache={}
        )
        coefficients = teneva.func_int(teneva.truncate(values, 0.3 * rtol))
        return Fit(
            lambda points: teneva.func_get(points, coefficients, -1, 1), None,
            _text(core.shape[2] for core in coefficients[:-1]), _text(given.sizes),
        )  # fmt: skip

    return build


def tntorch_cross(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder by a rank-adaptive TT cross; the benchmark transforms and evaluates."""
    import torch

    with redirect_stdout(StringIO()):  # it advertises an accelerator
        import tntorch

    def build(f: Any, rtol: float) -> Fit:
        torch.set_default_dtype(torch.float64)  # else its cores are single precision: 1e-7
        torch.manual_seed(0)
        nodes = [torch.tensor(np.cos(np.pi * np.arange(n) / (n - 1))) for n in given.sizes]
        with redirect_stdout(StringIO()):
            values = tntorch.cross(
                lambda *x: torch.tensor(f(*[c.numpy() for c in x])), domain=nodes,
                eps=given.eps, kickrank=given.kick, rmax=200, verbose=False, suppress_warnings=True,
            )  # fmt: skip
        cores = [transformed(core.numpy(), 1) for core in values.cores]
        return Fit(
            lambda points: train_at_points(cores, points), None,
            _text(core.shape[2] for core in cores[:-1]), _text(given.sizes),
        )  # fmt: skip

    return build


def train_at_points(cores: list[Array], points: Array) -> Array:
    """Return values of a tensor train of Chebyshev coefficients at points (M, 3)."""
    result = np.empty(len(points))
    for start in range(0, len(points), 4096):
        part = points[start : start + 4096]
        left = np.ones((len(part), 1))
        for k, core in enumerate(cores):
            sampled = basis(part[:, k], core.shape[1]) @ core.transpose(1, 0, 2).reshape(
                core.shape[1], -1
            )  # (m, n) @ (n, r r')
            sampled = sampled.reshape(len(part), core.shape[0], core.shape[2])
            left = (left[:, None] @ sampled)[:, 0]
        result[start : start + 4096] = left[:, 0]
    return result


def pychebyshev_found(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a full tensor whose size is found, up to what is needed."""
    from pychebyshev import ChebyshevApproximation

    def build(f: Any, rtol: float) -> Fit:
        def one_point(point: list[float], _: object) -> float:
            return float(f(*[np.array([c]) for c in point])[0])

        domain = [(-1.0, 1.0)] * 3
        one = ChebyshevApproximation(
            one_point, 3, domain, error_threshold=rtol, max_n=max(given.sizes)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the limit was reached
            one.build(verbose=False)
        return Fit(_batched(one), None, "full", _text(one.n_nodes))

    return build


def pychebyshev_given(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a full tensor of given size, from values."""
    from pychebyshev import ChebyshevApproximation

    def build(f: Any, rtol: float) -> Fit:
        domain = [(-1.0, 1.0)] * 3
        nodes = ChebyshevApproximation.nodes(3, domain, list(given.sizes))["nodes_per_dim"]
        values = f(*np.meshgrid(*nodes, indexing="ij"))
        one = ChebyshevApproximation.from_values(values, 3, domain, list(given.sizes))
        return Fit(_batched(one), None, "full", _text(given.sizes))

    return build


def _batched(one: Any) -> Callable[[Array], Array]:
    return lambda points: one.vectorized_eval_batch(points, [0, 0, 0])


def numpy_polynomial(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of full coefficients, evaluated by numpy.polynomial."""
    from numpy.polynomial.chebyshev import chebgrid3d, chebval3d

    def build(f: Any, rtol: float) -> Fit:
        nodes = [np.cos(np.pi * np.arange(n) / (n - 1)) for n in given.sizes]
        values = f(*np.meshgrid(*nodes, indexing="ij"))
        for axis in range(3):
            values = transformed(values, axis)
        return Fit(
            lambda points: chebval3d(*points.T, values),
            lambda *axes: chebgrid3d(*axes, values), "full", _text(given.sizes),
        )  # fmt: skip

    return build

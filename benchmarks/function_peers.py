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

    Where no setting does (teneva on the ridge; larger steps need tens of GiB; pychebyshev's train
    on Runge and the ridge; SciPy's splines), the best that was seen.
    """

    sizes: tuple[int, int, int]
    eps: float  # of tntorch
    kick: int
    growth: int  # of the ranks, teneva
    sweeps: int = 30
    samples: int = 1  # fibres for a row of an unfolding, tensap
    tol: float = 1e-10  # of tensap
    rank: int = 20  # at most, pychebyshev's tensor train
    order: tuple[int, int, int] = (0, 1, 2)  # of the variables in that train
    nodes: tuple[int, int, int] = (129, 129, 129)  # of SciPy's splines: 2.8 GB


SETTINGS = {
    "Runge": Settings((99, 99, 99), 1e-8, 6, 1, samples=8, tol=1e-11, rank=50),
    "Gaussians": Settings((27, 27, 27), 1e-8, 6, 2, rank=27),
    "ridge": Settings(
        (65, 11, 65), 1e-9, 15, 4, 11, samples=6, rank=50, order=(1, 0, 2), nodes=(193, 33, 193)
    ),
    "smeared charge": Settings((35, 35, 35), 1e-8, 3, 2, tol=1e-11, rank=8),
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


def pychebyshev_train(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a tensor train by cross approximation, point by point."""
    from pychebyshev import ChebyshevTT

    order = list(given.order)

    def build(f: Any, rtol: float) -> Fit:
        def one_point(point: list[float], _: object) -> float:
            x = np.empty((3, 1))
            x[order, 0] = point
            return float(f(*x)[0])

        sizes = [given.sizes[k] for k in order]
        one = ChebyshevTT(
            one_point, 3, [(-1.0, 1.0)] * 3, sizes, max_rank=given.rank, tolerance=rtol
        )
        one.build(verbose=False, seed=0)
        return Fit(
            lambda points: one.eval_batch(points[:, order]), None,
            _text(one.tt_ranks[1:-1]), _text(given.sizes),
        )  # fmt: skip

    return build


def pychebyshev_compressed(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a tensor train by SVD of all values."""
    from pychebyshev import ChebyshevTT

    def build(f: Any, rtol: float) -> Fit:
        domain = [(-1.0, 1.0)] * 3
        nodes = ChebyshevTT.nodes(3, domain, list(given.sizes))["nodes_per_dim"]
        values = f(*np.meshgrid(*nodes, indexing="ij"))
        one = ChebyshevTT.from_values(values, 3, domain, list(given.sizes), tolerance=0.1 * rtol)
        return Fit(one.eval_batch, None, _text(one.tt_ranks[1:-1]), _text(given.sizes))

    return build


def tensap_tucker(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of Tucker bases from random fibres, with interpolation in the core.

    The Legendre polynomials of the package overflow at degree 86, so the basis is given to it.
    """
    import tensap

    def chebyshev(n: int) -> Any:
        functions = [lambda x, k=k: np.cos(k * np.arccos(x)) for k in range(n)]
        return tensap.UserDefinedFunctionalBasis(functions, tensap.UniformRandomVariable(-1, 1))

    def build(f: Any, rtol: float) -> Fit:
        np.random.seed(0)  # noqa: NPY002 - the package draws from it
        solver = tensap.FunctionalTensorPrincipalComponentAnalysis()
        solver.bases = tensap.FunctionalBases([chebyshev(n) for n in given.sizes])
        solver.grid = [np.cos(np.pi * np.arange(n) / (n - 1))[:, None] for n in given.sizes]
        solver.tol, solver.pca_sampling_factor = given.tol, given.samples
        solver.display = False
        one, _ = solver.tucker_approximation(lambda points: f(*points.T))
        return Fit(
            _in_blocks(one.eval), lambda *axes: _on_grid(one, axes),
            _text(one.tensor.ranks[1:]), _text(given.sizes),
        )  # fmt: skip

    return build


def _on_grid(one: Any, axes: tuple[Array, ...]) -> Array:
    return one.eval_on_grid([x[:, None] for x in axes]).full().data


def _in_blocks(evaluate: Callable[[Array], Array], block: int = 4096) -> Callable[[Array], Array]:
    """Return an evaluation that takes less memory: r^3 numbers a point otherwise."""
    return lambda points: np.concatenate(
        [evaluate(points[start : start + block]) for start in range(0, len(points), block)]
    )


def chebyshevnd_given(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a full tensor of given size, evaluated in a compiled loop.

    The package evaluates at one point; its compiled function is called from a parallel loop here.
    """
    import numba
    from chebyshevnd import ChebyshevInterpolant3D, chebyshev_gauss_lobatto_nodes
    from chebyshevnd.clenshaw import clenshaw_3d

    @numba.njit(parallel=True)
    def at_points(coefficients: Array, points: Array) -> Array:
        result = np.empty(len(points))
        for m in numba.prange(len(points)):
            result[m] = clenshaw_3d(coefficients, points[m, 0], points[m, 1], points[m, 2])
        return result

    def build(f: Any, rtol: float) -> Fit:
        nodes = [chebyshev_gauss_lobatto_nodes(n, -1.0, 1.0) for n in given.sizes]
        values = f(*np.meshgrid(*nodes, indexing="ij"))
        one = ChebyshevInterpolant3D(values, nodes="GaussLobatto")
        one.optimize(0.1 * rtol)
        kept = np.ascontiguousarray(one.coeffs[tuple(map(slice, one.kmax))])
        return Fit(lambda points: at_points(kept, points), None, "full", _text(one.kmax))

    return build


def scipy_cubic(given: Settings) -> Callable[[Any, float], Fit]:
    """Return a builder of a tensor product of cubic splines on a uniform grid."""
    from scipy.interpolate import RegularGridInterpolator

    def build(f: Any, rtol: float) -> Fit:
        nodes = [np.linspace(-1, 1, n) for n in given.nodes]
        one = RegularGridInterpolator(
            nodes, f(*np.meshgrid(*nodes, indexing="ij")), method="cubic",
            solver_args={"rtol": rtol, "atol": 0.0},  # the default, 1e-5, shows
        )  # fmt: skip
        return Fit(one, None, "full", _text(given.nodes))

    return build


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

"""Products of functions on the sphere, and couplings of their parts, on coefficients."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.angular.costs import is_sparse_faster
from chebtucker.angular.fourier import fourier_product
from chebtucker.angular.grid import grid_product
from chebtucker.angular.sparse import Path, clebsch_gordan_table, gaunt_table
from chebtucker.angular.sphere import coefficient_array

Array = NDArray[np.float64]
Method = Literal["auto", "sparse", "fourier", "grid"]


def product(*coefficients: Any, lmax: int | None = None, method: Method = "auto") -> Array:
    """Return the coefficients of the pointwise product of functions on the sphere.

    Parameters
    ----------
    *coefficients : array_like, shape (..., (L_k + 1)^2)
        Coefficients of one function and more in real spherical harmonics, in the order
        l^2 + l + m (see `real_sph_harm`); the leading axes broadcast.
    lmax : int, optional
        Largest degree that is wanted, at most the sum of the L_k, which is the default. The
        product is exact all the same; only less of it is computed.
    method : {"auto", "sparse", "fourier", "grid"}
        All are exact up to rounding. "sparse": a table of the nonzero Gaunt coefficients, about
        L^5/2 multiplications for two functions. "grid": values on a Gauss-Legendre grid, about
        30 L^3. "fourier": double Fourier series and FFT, about L^3 and L^2 log L. "auto": by
        counted work, the table or the grid.

    Returns
    -------
    ndarray, shape (..., (lmax + 1)^2)

    Raises
    ------
    ValueError
        For shapes that do not fit, and for an `lmax` beyond the degree of the product.

    Notes
    -----
    The first call for some degrees makes tables (1 s for "sparse" at L = 20); the last few are
    kept. Two factors enter symmetrically, so nothing antisymmetric, like the cross product of two
    vectors, can come out: see `cg_product`.

    References
    ----------
    S. Luo, T. Chen, A. S. Krishnapriyan, arXiv:2401.10216 (Fourier); Y. Xie, A. Daigavane,
    M. Kotak, T. Smidt, arXiv:2506.13523 (grid, comparison).

    Examples
    --------
    >>> x, z = np.array([0, 0, 0, 1.0]), np.array([0, 0, 1.0, 0])
    >>> xz = product(x, z)  # Y_11 Y_10 = sqrt(3/(20 pi)) Y_21
    >>> xz.shape, np.flatnonzero(np.abs(xz) > 1e-12).tolist(), round(float(xz[7]), 6)
    ((9,), [7], 0.21851)
    """
    _checks.choice(method, "method", ("auto", "sparse", "fourier", "grid"))
    arrays, degrees, shape = _inputs(coefficients)
    top = _output_degree(lmax, sum(degrees))
    if len(arrays) == 1:
        return arrays[0][:, : (top + 1) ** 2].reshape(*shape, -1).copy()
    if method == "auto":
        method = "sparse" if is_sparse_faster(degrees, top, len(arrays[0])) else "grid"
    multiply = {"sparse": _sparse_product, "fourier": fourier_product, "grid": grid_product}
    return multiply[method](arrays, top).reshape(*shape, (top + 1) ** 2)


def cg_product(a: Any, b: Any, *, lmax: int | None = None) -> dict[Path, Array]:
    """Return the Clebsch-Gordan products of the parts of two sets of coefficients.

    Every l1 of `a` is coupled with every l2 of `b` to every l3 of the triangle inequality, those
    with odd l1 + l2 + l3 included, which a product of functions cannot express.

    Parameters
    ----------
    a : array_like, shape (..., (La + 1)^2)
    b : array_like, shape (..., (Lb + 1)^2)
        Coefficients as in `product`; the leading axes broadcast.
    lmax : int, optional
        Largest l3, at most La + Lb, which is the default.

    Returns
    -------
    dict
        From the path (l1, l2, l3) to an array of shape (..., 2 l3 + 1), orders ascending:
        sum over m1, m2 of C[m1, m2, m3] a[l1, m1] b[l2, m2], C = `clebsch_gordan(l1, l2, l3)`.
        The arrays are views of one block of memory.

    Notes
    -----
    One sparse table for all paths, about 2 L^5 multiplications; under 1 s to make it at L = 10.
    The table needs no 3j symbols: even paths come from integrals of f g h, odd ones from
    integrals of {f, g} h with the Poisson bracket of the sphere.

    Examples
    --------
    Of two vectors: the dot product over sqrt(3), the cross product over sqrt(2), and a
    symmetric tensor. Vectors are stored as y, z, x.

    >>> paths = cg_product([0, 1.0, 0, 0], [0, 0, 1.0, 0])  # y and z
    >>> [path for path, c in paths.items() if np.abs(c).max() > 1e-12]
    [(1, 1, 1), (1, 1, 2)]
    >>> (paths[1, 1, 1] * 2**0.5).round(12) + 0.0  # y cross z = x
    array([0., 0., 1.])
    """
    (a, b), (la, lb), shape = _inputs((a, b), ("a", "b"))
    top = _output_degree(lmax, la + lb)
    table, places = clebsch_gordan_table(la, lb, top)
    flat = table(a, b)
    return {
        path: flat[:, k : k + 2 * path[2] + 1].reshape(*shape, 2 * path[2] + 1)
        for path, k in places.items()
    }


def _sparse_product(factors: list[Array], lmax: int) -> Array:
    """Multiply one factor after the other."""
    result, degree = factors[0], _degree(factors[0])
    for k, a in enumerate(factors[1:], 2):
        degree_a = _degree(a)
        top = lmax if k == len(factors) else degree + degree_a
        result = gaunt_table(degree, degree_a, top)(result, a)
        degree = top
    return result


def _degree(a: Array) -> int:
    return int(a.shape[1] ** 0.5 + 0.5) - 1


def _inputs(
    coefficients: tuple[Any, ...], names: tuple[str, ...] = ()
) -> tuple[list[Array], tuple[int, ...], tuple[int, ...]]:
    """Return arrays (B, n_k), their degrees, and the leading shape that they broadcast to."""
    if not coefficients:
        raise TypeError("`coefficients` must be at least one array, got none")
    names = names or ("coefficients",) * len(coefficients)
    checked = [coefficient_array(c, name) for c, name in zip(coefficients, names, strict=True)]
    shape = _common_shape([array.shape[:-1] for array, _ in checked])
    arrays = [
        a if a.shape[:-1] == shape else np.broadcast_to(a, (*shape, a.shape[-1]))
        for a, _ in checked
    ]
    flat = [np.ascontiguousarray(a.reshape(-1, a.shape[-1])) for a in arrays]
    return flat, tuple(degree for _, degree in checked), shape


def _common_shape(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    if all(shape == shapes[0] for shape in shapes):
        return shapes[0]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            "the leading axes of the coefficients must broadcast, got "
            + " and ".join(map(str, shapes))
        ) from None


def _output_degree(lmax: Any, total: int) -> int:
    if lmax is None:
        return total
    top = _checks.integer(lmax, "lmax")
    if top > total:
        raise ValueError(f"`lmax` must be at most the degree {total} of the product, got {top}")
    return top

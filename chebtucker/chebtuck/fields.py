"""Vector fields: tuples of functions on one box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chebtucker._device import current
from chebtucker.chebtuck import operators
from chebtucker.chebtuck.function import ChebTuck


def divergence(field: Sequence[ChebTuck]) -> ChebTuck:
    """Return the divergence of a vector field: the sum of d field[k] / d x_k.

    Parameters
    ----------
    field : sequence of ChebTuck
        As many functions as they have variables, all on one domain.

    Returns
    -------
    ChebTuck
        Its error is the sum of those of the derivatives.

    Examples
    --------
    >>> import chebtucker as ct
    >>> u = ct.from_function(lambda x, y: x**2, [(0, 1), (0, 2)])
    >>> v = ct.from_function(lambda x, y: x * y, [(0, 1), (0, 2)])
    >>> float(round(ct.divergence((u, v))(0.5, 1.0), 9))
    1.5
    """
    field = _checked(field, "one for each variable")
    if len(field) != field[0].ndim:
        raise ValueError(
            f"`field` must have one function for each of {field[0].ndim} variables, "
            f"got {len(field)}"
        )
    with current(field[0].device):
        return operators.total([_partial(f, axis) for axis, f in enumerate(field)])


def curl(field: Sequence[ChebTuck]) -> Any:
    """Return the curl of a vector field in three variables, or in two.

    Parameters
    ----------
    field : sequence of ChebTuck
        Three functions of three variables, or two functions of two, all on one domain.

    Returns
    -------
    tuple of ChebTuck or ChebTuck
        Three functions; of a plane field the one component across the plane, d field[1] / dx -
        d field[0] / dy.

    Examples
    --------
    >>> import chebtucker as ct
    >>> u = ct.from_function(lambda x, y: -y, [(0, 1), (0, 2)])
    >>> v = ct.from_function(lambda x, y: x, [(0, 1), (0, 2)])
    >>> float(round(ct.curl((u, v))(0.5, 1.0), 9))
    2.0
    """
    field = _checked(field, "two or three")
    if (len(field), field[0].ndim) not in ((2, 2), (3, 3)):
        raise ValueError(
            "`field` must be two functions of two variables or three of three, "
            f"got {len(field)} of {field[0].ndim}"
        )
    if len(field) == 2:
        return _partial(field[1], 0) - _partial(field[0], 1)
    pairs = ((1, 2), (2, 0), (0, 1))
    return tuple(_partial(field[j], i) - _partial(field[i], j) for i, j in pairs)


def laplacian(field: Sequence[ChebTuck]) -> tuple[ChebTuck, ...]:
    """Return the Laplacian of each component of a field; of one function it is `f.laplacian()`.

    Parameters
    ----------
    field : sequence of ChebTuck
        Any number of functions on one domain.

    Examples
    --------
    >>> import chebtucker as ct
    >>> u = ct.from_function(lambda x, y: x**2 + y**2, [(0, 1), (0, 2)])
    >>> [float(round(f(0.5, 1.0), 8)) for f in ct.laplacian((u, 2 * u))]
    [4.0, 8.0]
    """
    return tuple(f.laplacian() for f in _checked(field, "any number"))


def _checked(field: Any, count: str) -> tuple[ChebTuck, ...]:
    wanted = f"`field` must be a tuple of ChebTuck, {count}, got "
    if isinstance(field, ChebTuck):
        raise TypeError(wanted + "a single ChebTuck")
    try:
        functions = tuple(field)
    except TypeError:
        raise TypeError(wanted + type(field).__name__) from None
    strangers = [type(f).__name__ for f in functions if not isinstance(f, ChebTuck)]
    if strangers or not functions:
        raise TypeError(wanted + (strangers[0] if strangers else "none"))
    for f in functions[1:]:
        operators.check_partner(functions[0], f)
    return functions


def _partial(f: ChebTuck, axis: int) -> ChebTuck:
    return f.derivative(tuple(int(k == axis) for k in range(f.ndim)))

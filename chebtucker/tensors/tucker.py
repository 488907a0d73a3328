"""The Tucker format: a small core and one factor matrix for each mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import current, works_there
from chebtucker.tensors.modes import multi_mode_dot, triangle

Array = NDArray[np.float64]


@works_there("to_array", "norm", "inner", "__add__", "__neg__", "__sub__", "__mul__", "__rmul__")
@dataclass(frozen=True, eq=False, repr=False)
class TuckerTensor:
    """The tensor with entries sum over a of core[a] * prod_k factors[k][i_k, a_k].

    It unpacks like TensorLy's: ``core, factors = tucker``. The arrays are read-only.

    Parameters
    ----------
    core : array_like, shape (r_1, .., r_d)
        The core.
    factors : sequence of array_like, shape (n_k, r_k)
        One matrix for each mode; their columns need not be orthonormal.

    Notes
    -----
    Sums are exact and their ranks add up; `chebtucker.decompositions.round_tucker` lowers them.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> t = ct.TuckerTensor(np.ones((1, 1)), (np.ones((3, 1)), np.ones((4, 1))))
    >>> t
    TuckerTensor(shape=(3, 4), rank=(1, 1))
    >>> (t + 2 * t).to_array()[0, 0]
    np.float64(3.0)
    """

    core: Array
    factors: tuple[Array, ...]

    def __post_init__(self) -> None:
        with current(_arrays.place(self.core)):
            self._check()

    def _check(self) -> None:
        core = _checks.real_array(self.core, "core", anywhere=True)
        if core.ndim == 0:
            raise ValueError("`core` must be an array of at least one dimension, got a scalar")
        matrices = tuple(self.factors)
        if len(matrices) != core.ndim:
            raise ValueError(
                f"`factors` must be {core.ndim} matrices, one for each dimension of the core, "
                f"got {len(matrices)}"
            )
        names = [f"factors[{k}]" for k in range(core.ndim)]
        for matrix, name in zip(matrices, names, strict=True):
            _checks.on_no_other_device(matrix, core, name)
        shaped = [
            _checks.shaped(matrix, name, (None, r), anywhere=True)
            for matrix, name, r in zip(matrices, names, core.shape, strict=True)
        ]
        factors = tuple(
            _checks.there(matrix, core, name) for matrix, name in zip(shaped, names, strict=True)
        )
        object.__setattr__(self, "core", _checks.read_only(core))
        object.__setattr__(self, "factors", tuple(map(_checks.read_only, factors)))

    def __reduce__(self) -> tuple[Any, ...]:  # arrays of copies are read-only too
        return type(self), (self.core, self.factors)

    def __iter__(self) -> Iterator[Any]:
        yield self.core
        yield self.factors

    def __repr__(self) -> str:
        return f"TuckerTensor(shape={self.shape}, rank={self.rank})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Entries along each mode."""
        return tuple(factor.shape[0] for factor in self.factors)

    @property
    def rank(self) -> tuple[int, ...]:
        """Columns of each factor, the shape of the core."""
        return self.core.shape

    @property
    def ndim(self) -> int:
        """How many modes."""
        return self.core.ndim

    @property
    def device(self) -> str:
        """Where the arrays are: "cpu", or "cuda", "cuda:1", .. on a device."""
        return _arrays.place(self.core)

    @property
    def nbytes(self) -> int:
        """Bytes of the core and the factors."""
        return sum(map(_arrays.nbytes, (self.core, *self.factors)))

    def to_array(self) -> Array:
        """Return the whole tensor as an array of shape `shape`."""
        return multi_mode_dot(self.core, self.factors)

    def norm(self) -> float:
        """Return the Frobenius norm of the whole, by a QR decomposition of each factor."""
        triangles = [triangle(factor) for factor in self.factors]
        return _arrays.norm(multi_mode_dot(self.core, triangles))

    def inner(self, other: TuckerTensor) -> float:
        """Return the sum of the products of all entries with those of another tensor."""
        self._check_partner(other)
        crossed = [a.T @ b for a, b in zip(self.factors, other.factors, strict=True)]  # (r, s)
        return _arrays.dot(self.core, multi_mode_dot(other.core, crossed))

    def __add__(self, other: object) -> TuckerTensor:
        if not isinstance(other, TuckerTensor):
            return NotImplemented
        self._check_partner(other)
        xp = _arrays.namespace(self.core)
        core = _arrays.zeros([r + s for r, s in zip(self.rank, other.rank, strict=True)], self.core)
        core[tuple(slice(r) for r in self.rank)] = self.core
        core[tuple(slice(r, None) for r in self.rank)] = other.core
        joined = [xp.concat(pair, axis=1) for pair in zip(self.factors, other.factors, strict=True)]
        return TuckerTensor(core, tuple(joined))

    def __neg__(self) -> TuckerTensor:
        return TuckerTensor(-self.core, self.factors)

    def __sub__(self, other: object) -> TuckerTensor:
        if not isinstance(other, TuckerTensor):
            return NotImplemented
        return self + (-other)

    def __mul__(self, scalar: object) -> TuckerTensor:
        if not _checks.is_real_scalar(scalar):
            return NotImplemented
        return TuckerTensor(_checks.number(scalar, "scalar") * self.core, self.factors)

    __rmul__ = __mul__

    def _check_partner(self, other: TuckerTensor) -> None:
        if not isinstance(other, TuckerTensor):
            raise TypeError(f"`other` must be a TuckerTensor, got {type(other).__name__}")
        if other.shape != self.shape:
            raise ValueError(f"`other` must be of shape {self.shape}, got shape {other.shape}")

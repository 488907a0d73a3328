"""The canonical format: a sum of R products of vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks

Array = NDArray[np.float64]
_BLOCK = 2048  # columns whose Gram matrices are formed at once


@dataclass(frozen=True, eq=False, repr=False)
class CPTensor:
    """The tensor with entries sum over j of weights[j] * prod_k factors[k][i_k, j].

    It unpacks like TensorLy's: ``weights, factors = cp``. The arrays are read-only.

    Parameters
    ----------
    weights : array_like, shape (R,)
        The weight of each term.
    factors : sequence of array_like, shape (n_k, R)
        One matrix for each mode; their columns need not be normalised.

    Examples
    --------
    >>> import numpy as np
    >>> import chebtucker as ct
    >>> cp = ct.CPTensor([2.0], (np.ones((3, 1)), np.ones((4, 1))))
    >>> cp
    CPTensor(shape=(3, 4), rank=1)
    >>> cp.to_array()[0, 0]
    np.float64(2.0)
    """

    weights: Array
    factors: tuple[Array, ...]

    def __post_init__(self) -> None:
        weights = _checks.shaped(self.weights, "weights", (None,))
        matrices = tuple(self.factors)
        if not matrices:
            raise ValueError("`factors` must be at least one matrix, got none")
        factors = tuple(
            _checks.shaped(matrix, f"factors[{k}]", (None, len(weights)))
            for k, matrix in enumerate(matrices)
        )
        object.__setattr__(self, "weights", _checks.read_only(weights))
        object.__setattr__(self, "factors", tuple(map(_checks.read_only, factors)))

    def __iter__(self) -> Iterator[Any]:
        yield self.weights
        yield self.factors

    def __repr__(self) -> str:
        return f"CPTensor(shape={self.shape}, rank={self.rank})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Entries along each mode."""
        return tuple(len(factor) for factor in self.factors)

    @property
    def rank(self) -> int:
        """How many terms."""
        return len(self.weights)

    @property
    def ndim(self) -> int:
        """How many modes."""
        return len(self.factors)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights and the factors."""
        return self.weights.nbytes + sum(factor.nbytes for factor in self.factors)

    def to_array(self) -> Array:
        """Return the whole tensor as an array of shape `shape`; 2 R n_1 .. n_d flops."""
        return sum_of_products(self.weights, self.factors)

    def norm(self) -> float:
        """Return the Frobenius norm of the whole.

        From the Gram matrices of the factors: where terms cancel, digits are lost.
        """
        part, exponent = self._balanced()
        return _shifted(np.sqrt(max(_inner(part, part), 0.0)), exponent)

    def inner(self, other: CPTensor) -> float:
        """Return the sum of the products of all entries with those of another tensor."""
        self._check_partner(other)
        (a, exponent), (b, more) = self._balanced(), other._balanced()
        return _shifted(_inner(a, b), exponent + more)

    def _balanced(self) -> tuple[tuple[Array, ...], int]:
        """Return weights and factors whose squares can be summed, without 2 to a power."""
        arrays, powers = zip(*map(_arrays.balanced, (self.weights, *self.factors)), strict=True)
        return arrays, int(np.log2(powers).sum())

    def __add__(self, other: object) -> CPTensor:
        if not isinstance(other, CPTensor):
            return NotImplemented
        self._check_partner(other)
        joined = [np.hstack(pair) for pair in zip(self.factors, other.factors, strict=True)]
        return CPTensor(np.concatenate([self.weights, other.weights]), tuple(joined))

    def __neg__(self) -> CPTensor:
        return CPTensor(-self.weights, self.factors)

    def __sub__(self, other: object) -> CPTensor:
        if not isinstance(other, CPTensor):
            return NotImplemented
        return self + (-other)

    def __mul__(self, scalar: object) -> CPTensor:
        if not _checks.is_real_scalar(scalar):
            return NotImplemented
        return CPTensor(_checks.number(scalar, "scalar") * self.weights, self.factors)

    __rmul__ = __mul__

    def _check_partner(self, other: CPTensor) -> None:
        if not isinstance(other, CPTensor):
            raise TypeError(f"`other` must be a CPTensor, got {type(other).__name__}")
        if other.shape != self.shape:
            raise ValueError(f"`other` must be of shape {self.shape}, got shape {other.shape}")


def _inner(a: tuple[Array, ...], b: tuple[Array, ...]) -> float:
    """Return the inner product of two canonical tensors, weights first, in blocks of terms."""
    total = 0.0
    for start in range(0, len(a[0]), _BLOCK):
        part = slice(start, start + _BLOCK)
        gram = np.ones((1, 1))
        for u, v in zip(a[1:], b[1:], strict=True):
            gram = gram * (u[:, part].T @ v)  # (R, n_k) @ (n_k, S)
        total += float(a[0][part] @ gram @ b[0])
    return total


def _shifted(value: float, exponent: int) -> float:
    with np.errstate(over="ignore", under="ignore"):
        return float(np.ldexp(value, exponent))


def sum_of_products(weights: Array, factors: tuple[Array, ...]) -> Array:
    """Return the dense sum of R products of columns, (n_1, .., n_d), one GEMM a block of terms."""
    shape = tuple(len(factor) for factor in factors)
    split = (len(shape) + 1) // 2
    left, right = factors[:split], factors[split:]
    rows = int(np.prod(shape[:split], dtype=np.int64))
    columns = int(np.prod(shape[split:], dtype=np.int64))
    result = np.zeros((rows, columns))
    block = max(1, 2**22 // max(rows, columns))
    for start in range(0, len(weights), block):
        part = slice(start, start + block)
        a = _column_products(left, len(weights), part) * weights[part]
        result += a @ _column_products(right, len(weights), part).T  # (rows, R) @ (R, columns)
    return result.reshape(shape)


def _column_products(factors: tuple[Array, ...], terms: int, part: slice) -> Array:
    """Return the products of columns of the same index (Khatri-Rao), (n_1 .. n_d, R)."""
    result = np.ones((1, len(range(terms)[part])))
    for factor in factors:
        columns = factor[:, part]
        result = (result[:, None, :] * columns[None, :, :]).reshape(-1, columns.shape[1])
    return result

"""What a ChebTuck holds: coefficients, a box, an error; every method rests on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chebtucker import _arrays, _checks
from chebtucker._device import carrier, checked_device, is_there
from chebtucker.chebtuck import accuracy, arithmetic, calculus, evaluation, showing
from chebtucker.tensors import TuckerTensor

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class State:
    """The fields of a ChebTuck, checked, and what can be read off them."""

    coefficients: TuckerTensor
    domain: Array
    error: float = 0.0
    evaluations: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.coefficients, TuckerTensor):
            kind = type(self.coefficients).__name__
            raise TypeError(f"`coefficients` must be a TuckerTensor, got {kind}")
        box = _checks.domain(self.domain, ndim=self.coefficients.ndim)
        error = _checks.number(self.error, "error")
        if error < 0:
            raise ValueError(f"`error` must be at least 0, got {error}")
        object.__setattr__(self, "domain", _checks.read_only(box))
        object.__setattr__(self, "error", error)
        object.__setattr__(self, "evaluations", _checks.integer(self.evaluations, "evaluations"))

    def __repr__(self) -> str:
        return showing.text(self)

    def _repr_html_(self) -> str:
        return showing.table(self)

    def __reduce__(self) -> tuple[Any, ...]:  # arrays of copies are read-only too
        return type(self), (self.coefficients, self.domain, self.error, self.evaluations)

    @property
    def core(self) -> Array:
        """The core of the coefficients, shape `rank`."""
        return self.coefficients.core

    @property
    def factors(self) -> tuple[Array, ...]:
        """The factors of the coefficients, (degree + 1, rank) on each axis."""
        return self.coefficients.factors

    @property
    def rank(self) -> tuple[int, ...]:
        """Tucker rank on each axis."""
        return self.coefficients.rank

    @property
    def degree(self) -> tuple[int, ...]:
        """Polynomial degree on each axis."""
        return tuple(n - 1 for n in self.coefficients.shape)

    @property
    def ndim(self) -> int:
        """How many variables."""
        return self.coefficients.ndim

    @property
    def nbytes(self) -> int:
        """Bytes of the coefficients."""
        return self.coefficients.nbytes

    @property
    def device(self) -> str:
        """Where the coefficients are: "cpu", or "cuda", "cuda:1", .. on a device."""
        return _arrays.place(self.core)

    def to_device(self, device: str) -> Self:
        """Return the function with its coefficients on "cpu", or on a device: "cuda", "cuda:K".

        There it takes and returns arrays of CuPy. "cuda" is CuPy's current device, usually the
        first; "cuda:K" is that of number K, from 0. What is there already is returned as it is;
        to "cuda" nothing moves that is on a device.

        Raises
        ------
        ValueError
            If `device` is anything else.
        ImportError
            Without CuPy: ``pip install 'chebtucker[cuda12]'`` or ``'chebtucker[cuda13]'``.
        RuntimeError
            With CuPy but without a device or that device, or with a driver that is too old.

        Examples
        --------
        >>> import chebtucker as ct
        >>> f = ct.from_function(lambda x, y: x * y, [(0, 1), (0, 2)])
        >>> f.device, f.to_device("cpu") is f
        ('cpu', True)
        """
        if is_there(checked_device(device), self.device):
            return self
        move = carrier(device)
        core, factors = self.coefficients
        there = TuckerTensor(move(core), tuple(map(move, factors)))
        return replace(self, coefficients=there)

    def _axis(self, axis: int) -> int:
        number = _checks.integer(axis, "axis", minimum=-self.ndim)
        if number >= self.ndim:
            raise ValueError(f"`axis` must be below {self.ndim}, got {number}")
        return number % self.ndim

    def _changed(self, coefficients: TuckerTensor) -> Self:
        moved = evaluation.distance(self.coefficients, coefficients)
        return replace(self, coefficients=coefficients, error=self.error + moved)

    def _contracted(self, rows: dict[int, Array], error: float) -> Any:
        """Return the function after functionals on some axes; a float where none is left."""
        core, factors = calculus.contract(self.coefficients, rows)
        if not factors:
            return float(core)
        rest = [k for k in range(self.ndim) if k not in rows]
        coefficients, error = self._compressed(TuckerTensor(core, factors), error)
        return type(self)(
            coefficients, self.domain[rest], error=error, evaluations=self.evaluations
        )

    def _compressed(self, coefficients: TuckerTensor, error: float) -> tuple[TuckerTensor, float]:
        """Return coefficients of the ranks and degrees that an error asks for, and the error."""
        small = arithmetic.compressed(coefficients, accuracy.CUT * error)
        return small, error + accuracy.moved([coefficients], small, sum)

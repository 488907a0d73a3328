"""Direct sums over all pairs on the device."""

from __future__ import annotations

from typing import Any

from chebtucker._device import cupy
from chebtucker.backends.cuda.compiling import launch

_BLOCK = 128
_THREADS = 2**18  # that a device should have to do
_LEAST = 1024  # particles of a share


def direct_values(points: Any, positions: Any, charges: Any, screening: float) -> Any:
    """Return sum_j q_j exp(-screening r_j)/r_j at points (M, 3)."""
    return _sums("direct_values", (), points, positions, charges, screening)


def direct_gradients(points: Any, positions: Any, charges: Any, screening: float) -> Any:
    """Return the gradient (M, 3) of `direct_values`."""
    return _sums("direct_gradients", (3,), points, positions, charges, screening)


def _sums(
    kernel: str, more: tuple[int, ...], points: Any, positions: Any, charges: Any, screening: float
) -> Any:
    """Return the sums of shares of the particles, added: few points still fill the device."""
    cp = cupy()
    count, particles = len(points), len(charges)
    packed = cp.concatenate([positions, charges[:, None]], axis=1)
    shares = max(1, min(_THREADS // max(count, 1), particles // _LEAST, 65_535))
    parts = cp.empty((shares, count, *more))
    launch(
        "direct", kernel, (-(-count // _BLOCK), shares), _BLOCK, cp.ascontiguousarray(points),
        count, packed, particles, float(screening), parts,
    )  # fmt: skip
    return parts.sum(axis=0)

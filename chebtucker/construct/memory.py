"""Arrays that the machine cannot hold are refused before they fill it."""

from __future__ import annotations

import math
import os
from typing import Any


def refuse_too_large(values: Any, name: str, *, copies: int) -> None:
    """Raise MemoryError where copies of values in double precision exceed the machine's memory."""
    shape = tuple(getattr(values, "shape", ()))
    need = 8 * copies * math.prod(shape)
    have = memory()
    if have is not None and need > have:
        raise MemoryError(
            f"`{name}` must fit into memory, got shape {shape}: {copies} arrays of it "
            f"in double precision need {need / 2**30:,.1f} GiB and the machine has "
            f"{have / 2**30:,.1f} GiB; pass fewer points"
        )


def memory() -> int | None:
    """Return the bytes of the machine's memory; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None

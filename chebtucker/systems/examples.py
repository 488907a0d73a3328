"""Where the example protein is."""

from __future__ import annotations

from pathlib import Path


def example_file() -> Path:
    """Return the path of the protein that comes with the package."""
    here = Path(__file__).parents[1]
    for path in (here / "data" / "1ubi.pqr", here.parent / "examples" / "data" / "1ubi.pqr"):
        if path.exists():
            return path
    raise FileNotFoundError("the example protein 1ubi.pqr is missing from this installation")

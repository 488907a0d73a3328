"""Seeds, published files, small systems."""

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)


@pytest.fixture(scope="session")
def molecule():
    """Return a function from a file's name to its path; skips where the file is missing."""

    def find(name):
        path = SHARED / "systems" / name
        if not path.exists():
            pytest.skip(f"{name} is not there: it is looked for in {path.parent}")
        return path

    return find

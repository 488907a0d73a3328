"""Every example runs, keeps the error that it states, and draws."""

import re
import runpy
from pathlib import Path

import pytest
from matplotlib.axes import Axes

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example(path):
    names = runpy.run_path(str(path))
    expected = re.search(r"Expected error[^:]*: below (\d+e-\d+)", path.read_text())
    assert 0 < names["error"] <= float(expected.group(1))
    assert isinstance(names["visualize"](), Axes)

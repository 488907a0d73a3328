"""The front door: light, complete, sorted."""

import subprocess
import sys

import pytest

import chebtucker as ct

HEAVY = ("numba", "scipy", "tensorly", "matplotlib", "cupy", "gemmi", "tqdm")


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_import_loads_nothing_heavy():
    loaded = run(f"import sys, chebtucker; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded.strip() == "[]"


def test_import_takes_milliseconds():
    code = "import time; t = time.perf_counter(); import chebtucker; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(3)) < 0.1


def test_every_public_name_is_there_and_documented():
    assert ct.__all__ == sorted(ct.__all__)
    for name in ct.__all__:
        assert getattr(ct, name).__doc__, name
        assert name in dir(ct)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = ct.nonsense

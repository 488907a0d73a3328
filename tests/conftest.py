"""Seeds, published files, small systems."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)


@pytest.fixture
def write(tmp_path):
    """Return a function from a name and a content, text or bytes, to the path of that file."""

    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture(scope="module")
def pool():
    """Return two processes that are started afresh, as on Windows, macOS and clusters."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="session")
def molecule():
    """Return a function from a file's name to its path; skips where the file is missing."""

    def find(name):
        path = SHARED / "systems" / name
        if not path.exists():
            pytest.skip(f"{name} is not there: it is looked for in {path.parent}")
        return path

    return find


PLACES = ["host", pytest.param("device", marks=pytest.mark.gpu)]


@pytest.fixture(params=PLACES)
def cp(request, monkeypatch):
    """CuPy: a stand-in that runs the kernels on the CPU, and the true one where it finds a device.

    With the stand-in the arrays are on the CPU and the CUDA C is compiled by g++.
    """
    return cupy_of(request.param, monkeypatch)


@pytest.fixture(params=PLACES)
def several(request, monkeypatch):
    """CuPy with several devices: three of the stand-in, or two and more true ones."""
    module = cupy_of(request.param, monkeypatch, 3)
    count = module.cuda.runtime.getDeviceCount()
    if count < 2:
        pytest.skip(f"several CUDA devices are needed, got {count}")
    return module


def cupy_of(place, monkeypatch, devices=1):
    import host_cupy

    from chebtucker import _device
    from chebtucker.backends.cuda import compiling

    compiling._module.cache_clear()
    if place == "host":
        if host_cupy.COMPILER is None:
            pytest.skip("g++ is not there to compile the kernels for the CPU")
        return host_cupy.install(monkeypatch, devices)
    try:
        module = _device.cupy()
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"no CUDA device: {error}")
    if "CHEBTUCKER_SANITIZE" in os.environ:  # an array beside another hides what is out of bounds
        module.cuda.set_allocator(None)
    return module

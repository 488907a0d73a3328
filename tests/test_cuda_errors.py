"""Without CuPy, without a device, with a driver that is too old: each says which."""

import re
import sys
import types
from pathlib import Path

import pytest

import chebtucker as ct
from chebtucker.backends.choosing import loops_for

MAKEFILE = Path(__file__).parents[1] / "Makefile"


class CUDARuntimeError(RuntimeError):
    pass


def cupy_of(count, driver, needed):
    """A CuPy that finds some devices, or raises what the runtime raises."""

    def devices():
        if count is None:
            raise CUDARuntimeError("cudaErrorInsufficientDriver")
        return count

    runtime = types.SimpleNamespace(
        getDeviceCount=devices, CUDARuntimeError=CUDARuntimeError,
        driverGetVersion=lambda: driver, runtimeGetVersion=lambda: needed,
    )  # fmt: skip
    module = types.ModuleType("cupy")
    module.cuda = types.SimpleNamespace(runtime=runtime)
    return module


@pytest.fixture(params=["function", "potential", "particles"])
def thing(request):
    if request.param == "function":
        return ct.from_function(lambda x: x, [(0, 1)])
    ion = ct.ParticleSystem([[0.0, 0.0, 0.0]], [1.0])
    return ct.potential(ion, rtol=1e-3) if request.param == "potential" else ion


def test_without_cupy(monkeypatch, thing):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(ImportError, match=r"pip install 'chebtucker\[cuda12\]' or 'chebtucker\[c"):
        thing.to_device("cuda")
    with pytest.raises(ImportError, match=r"CuPy is needed for device .*chebtucker\[cuda12\]"):
        ct.DeviceExecutor()


CASES = [
    (None, 0, 12090, "got no NVIDIA driver and so no device"),
    (None, 11080, 12090, "driver must support CUDA 12.9, got one for CUDA 11.8; update it"),
    (None, 13000, 12090, 'device "cuda" must be there, got none'),
    (0, 13000, 12090, "got a driver that shows no device"),
]


@pytest.mark.parametrize(("count", "driver", "needed", "message"), CASES)
def test_without_a_device(monkeypatch, thing, count, driver, needed, message):
    monkeypatch.setitem(sys.modules, "cupy", cupy_of(count, driver, needed))
    with pytest.raises(RuntimeError, match=re.escape(message)):
        thing.to_device("cuda")
    with pytest.raises(RuntimeError, match=re.escape(message)):
        ct.DeviceExecutor([0])


def test_arrays_without_loops_are_refused():
    xp = pytest.importorskip("array_api_strict")
    with pytest.raises(TypeError, match="`array` must be an array of numpy or cupy, got one of a"):
        loops_for(xp.zeros(3))


def test_cupy_is_imported_in_one_place():
    package = Path(ct.__file__).parent
    imports = re.compile(r"^\s*(import cupy|from cupy|.*import_module\(\"cupy\"\))", re.MULTILINE)
    found = [p.name for p in package.rglob("*.py") if imports.search(p.read_text())]
    assert found == ["_device.py"]


def test_make_runs_all_that_needs_a_device():
    """By their names, so that nothing else must be importable where the device is."""
    folder = Path(__file__).parent
    (line,) = re.findall(r"^\t\$\(GPU_TESTS\) (tests/.*\*.*)$", MAKEFILE.read_text(), re.MULTILINE)
    run = {path.name for pattern in line.split() for path in folder.parent.glob(pattern)}
    need = re.compile(r"def test_\w+\([^)]*\b(cp|several|device)\b|mark\.gpu")
    found = {path.name for path in folder.glob("test_*.py") if need.search(path.read_text())}
    assert "test_cuda_large.py" in found
    assert found <= run

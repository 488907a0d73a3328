"""The kernels compile for sm_80 (A100) and sm_90 (H100, H200) to machine code without spills.

NVRTC needs no device. `pytest -s` prints registers for each kernel.
"""

import re
from pathlib import Path

import pytest

from chebtucker.backends.cuda import compiling
from chebtucker.local_series.planning import _LONGEST

nvrtc = pytest.importorskip(
    "cuda.bindings.nvrtc", reason="pip install cuda-bindings nvidia-cuda-nvrtc-cu12"
)

VARIANTS = [
    ("cells", {}),
    ("direct", {}),
    ("moments", {}),
    *(("local_series", {"P3": n}) for n in (11, _LONGEST)),
    *(("short_range", {"COUNT": n, "EVEN": 1, "REAL": "float"}) for n in (12, 32)),
    ("short_range", {"COUNT": 20, "EVEN": 1, "REAL": "double"}),
    ("short_range", {"COUNT": 48, "EVEN": 0, "REAL": "double"}),
]
RESOURCES = re.compile(
    r"Function properties for (\w+)\n.*? (\d+) bytes stack frame, (\d+) bytes spill stores, "
    r"(\d+) bytes spill loads\n.*?Used (\d+) registers"
)


def call(name, *arguments):
    status, *result = getattr(nvrtc, name)(*arguments)
    if int(status):
        pytest.fail(f"{name}: {status}")
    return result[0] if result else None


def compiled(file, macros, architecture):
    """Return the machine code and the compiler's log."""
    try:
        nvrtc.nvrtcVersion()
    except RuntimeError as error:
        pytest.skip(f"NVRTC is not there: {error}")
    text = compiling.source(file).encode()
    program = call("nvrtcCreateProgram", text, file.encode(), 0, [], [])
    options = [
        *compiling.OPTIONS, *compiling.definitions(tuple(macros.items())),
        f"--gpu-architecture={architecture}", "--ptxas-options=-v",
    ]  # fmt: skip
    status = nvrtc.nvrtcCompileProgram(program, len(options), [o.encode() for o in options])
    log = b" " * call("nvrtcGetProgramLogSize", program)
    call("nvrtcGetProgramLog", program, log)
    assert int(status[0]) == 0, log.decode(errors="replace")
    code = b" " * call("nvrtcGetCUBINSize", program)
    call("nvrtcGetCUBIN", program, code)
    return code, log.decode(errors="replace")


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
@pytest.mark.parametrize(("file", "macros"), VARIANTS)
def test_compiles_without_spills(file, macros, architecture):
    code, log = compiled(file, macros, architecture)
    assert code.startswith(b"\x7fELF")
    found = RESOURCES.findall(log)
    kernels = re.findall(
        r'extern "C" __global__ void[^(]*\([^)]*\)\s*(\w+)', compiling.source(file)
    )
    assert {name for name, *_ in found} == set(kernels)
    for name, stack, stores, loads, registers in found:
        line = f"{architecture} {name} {macros}: {registers} registers, {stores} bytes spilled"
        print(line)  # noqa: T201
        assert (stack, stores, loads) == ("0", "0", "0"), name
        assert int(registers) <= 255


def test_every_source_is_compiled_here():
    folder = Path(compiling.__file__).parent
    names = {path.stem for path in folder.glob("*.cu")} - {"common"}
    assert names == {file for file, _ in VARIANTS}

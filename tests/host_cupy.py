"""A stand-in for CuPy on machines without a device: NumPy inside, CuPy's manners outside.

Its arrays refuse to meet arrays of NumPy, as CuPy's do; its names are a part of CuPy's; its kernels
are the same CUDA C, compiled for the CPU with `host_cuda.h`. What `empty` returns is poisoned and
has a rim that no kernel may touch. It may have several devices: an array is on the one that was
current when it was made, each thread has its own current one, and work on arrays of another raises.
"""

import ctypes
import hashlib
import operator
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import types
from functools import cache
from pathlib import Path

import numpy as np

NAMES = [
    "abs",
    "acos",
    "all",
    "any",
    "arange",
    "argsort",
    "ascontiguousarray",
    "astype",
    "broadcast_arrays",
    "clip",
    "concat",
    "concatenate",
    "copysign",
    "cos",
    "diff",
    "einsum",
    "exp",
    "flip",
    "float32",
    "float64",
    "floor",
    "full",
    "int32",
    "int64",
    "isdtype",
    "isfinite",
    "matmul",
    "max",
    "maximum",
    "min",
    "minimum",
    "moveaxis",
    "nonzero",
    "permute_dims",
    "real",
    "reshape",
    "searchsorted",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "sum",
    "take",
    "tensordot",
    "where",
]  # all of them are names of CuPy 14
LINALG = frozenset(("eigh", "qr", "svd"))
RIM = 32
COMPILER = shutil.which("g++")
FOLDER = Path(tempfile.gettempdir()) / "chebtucker-host-kernels"


class Device:
    """A device, by default the current one of this thread."""

    state = threading.local()

    def __init__(self, number=None):
        self.id = number if number is not None else getattr(self.state, "current", 0)
        self.before = []

    def use(self):
        self.state.current = self.id

    def synchronize(self):
        """Nothing is under way."""

    def __enter__(self):
        self.before.append(Device().id)
        self.use()
        return self

    def __exit__(self, *_):
        self.state.current = self.before.pop()


def _check_device(number):
    """Refuse arrays of another device than the current one, as CuPy does."""
    now = Device().id
    if number != now:
        raise ValueError(
            "Array device must be same as the current device: "
            f"array device = {number} while current = {now}"
        )


class ndarray:  # noqa: N801
    """An array on a device that is not there."""

    __module__ = "cupy"
    __array_ufunc__ = None  # NumPy's operators leave it alone
    __hash__ = None

    def __init__(self, array, rim=None, device=None):
        self.a, self.rim = array, rim
        self.device = Device() if device is None else device

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    shape = property(lambda self: self.a.shape)
    ndim = property(lambda self: self.a.ndim)
    size = property(lambda self: self.a.size)
    dtype = property(lambda self: self.a.dtype)
    flags = property(lambda self: self.a.flags)
    nbytes = property(lambda self: self.a.nbytes)
    T = property(lambda self: ndarray(self.a.T, device=self.device))

    def __len__(self):
        return len(self.a)

    def __float__(self):
        return float(self.a)

    def __int__(self):
        return int(self.a)

    def __bool__(self):
        return bool(self.a)

    def __getitem__(self, key):
        chosen = np.asarray(self.a[_bare(key)])
        if np.shares_memory(chosen, self.a):  # a view, on any device
            return ndarray(chosen, self.rim, self.device)
        _check_device(self.device.id)
        return ndarray(chosen)

    def __setitem__(self, key, value):
        _check_device(self.device.id)
        self.a[_bare(key)] = _bare(value)

    def get(self, stream=None, order="C", out=None, blocking=True):
        if out is None:
            return self.a.copy()
        assert isinstance(out, np.ndarray)
        assert out.shape == self.shape
        out[...] = self.a
        return out

    def check_rim(self):
        if self.rim is not None:
            buffer, count = self.rim
            ends = np.concatenate([buffer[:RIM], buffer[RIM + count :]])
            assert (ends == _poison(buffer.dtype)).all(), "a kernel wrote outside of an array"


def _method(name):
    def method(self, *args, **options):
        if name != "copy":  # which carries to the current device
            _check_device(self.device.id)
        return _dressed(getattr(self.a, name)(*map(_bare, args), **options))

    return method


for _name in [
    "astype",
    "copy",
    "fill",
    "max",
    "min",
    "ravel",
    "reshape",
    "sum",
    "transpose",
    "any",
    "all",
]:
    setattr(ndarray, _name, _method(_name))


def _operator(function):
    def forward(self, other):
        return _dressed(function(_bare(self), _bare(other)))

    def backward(self, other):
        return _dressed(function(_bare(other), _bare(self)))

    return forward, backward


for _name in ["add", "sub", "mul", "truediv", "pow", "matmul", "and", "or"]:
    _function = getattr(operator, f"{_name}_" if _name in ("and", "or") else _name)
    _forward, _backward = _operator(_function)
    setattr(ndarray, f"__{_name}__", _forward)
    setattr(ndarray, f"__r{_name}__", _backward)
for _name in ["lt", "le", "gt", "ge", "eq", "ne"]:
    setattr(ndarray, f"__{_name}__", _operator(getattr(operator, _name))[0])
for _name in ["neg", "invert", "abs"]:
    _one = getattr(operator, _name)
    setattr(ndarray, f"__{_name}__", lambda self, _one=_one: _dressed(_one(_bare(self))))


def _inplace(name):
    def method(self, other):
        getattr(_bare(self), name)(_bare(other))
        return self

    return method


for _name in ["iadd", "iand", "isub", "imul", "itruediv"]:
    setattr(ndarray, f"__{_name}__", _inplace(f"__{_name}__"))


def _bare(value):
    """Return what is inside; arrays of NumPy and of other devices do not belong here."""
    if isinstance(value, ndarray):
        _check_device(value.device.id)
        return value.a
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, (list, tuple)):
        return type(value)(map(_bare, value))
    return value


def _dressed(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return ndarray(np.asarray(value))
    return tuple(map(_dressed, value)) if isinstance(value, tuple) else value


def _function_of(function):
    def call(*args, **options):
        return _dressed(
            function(*map(_bare, args), **{name: _bare(v) for name, v in options.items()})
        )

    return call


def _poison(dtype):
    return np.dtype(dtype).type(-12345.5 if np.dtype(dtype).kind == "f" else -12345)


def empty(shape, dtype=np.float64):
    """Return a poisoned array within a rim."""
    count = int(np.prod(shape))
    buffer = np.full(count + 2 * RIM, _poison(dtype), dtype)
    inside = buffer[RIM : RIM + count].reshape(shape)
    if np.dtype(dtype).kind == "f":
        inside[...] = np.nan
    return ndarray(inside, (buffer, count))


# Kernels ------------------------------------------------------------------------------------------


class RawModule:
    """Kernels compiled for the CPU."""

    def __init__(self, code, options=()):
        macros = [o for o in options if o.startswith("-D")]
        self.types = {"double": "float64", "int": "int32", "index_t": "int64"}
        reals = [o.split("=")[1] for o in macros if o.startswith("-DREAL=")]
        self.types["REAL"] = {"double": "float64", "float": "float32"}[(reals or ["double"])[0]]
        self.signatures = _signatures(code)
        self.library = ctypes.CDLL(_compiled(code, tuple(macros), self._launchers()))

    def _launchers(self):
        text = []
        for name, parameters in self.signatures.items():
            declared = ", ".join(f"{kind} {word}" for kind, word in parameters)
            passed = ", ".join(word for _, word in parameters)
            text.append(
                f'extern "C" void launch_{name}(unsigned* N_, {declared}) {{\n'
                "gridDim = {N_[0], N_[1], N_[2]}; blockDim = {N_[3], 1, 1};\n"
                "for (unsigned z_ = 0; z_ < N_[2]; ++z_)\n"
                "for (unsigned y_ = 0; y_ < N_[1]; ++y_)\n"
                "for (unsigned x_ = 0; x_ < N_[0]; ++x_)\n"
                "for (unsigned t_ = 0; t_ < N_[3]; ++t_) {\n"
                f"blockIdx = {{x_, y_, z_}}; threadIdx = {{t_, 0, 0}}; {name}({passed}); }}\n}}\n"
            )
        return "".join(text)

    def get_function(self, name):
        parameters = self.signatures[name]
        function = getattr(self.library, f"launch_{name}")

        def run(grid, block, arguments):
            assert len(arguments) == len(parameters), name
            size = (ctypes.c_uint * 4)(*(*grid, 1, 1)[:3], block[0])
            pairs = zip(arguments, parameters, strict=True)
            function(size, *(self._argument(a, kind, word) for a, (kind, word) in pairs))
            for argument in arguments:
                if isinstance(argument, ndarray):
                    argument.check_rim()

        return run

    def _argument(self, value, kind, word):
        """Return an argument for ctypes; it must be of exactly the type of the parameter."""
        base = self.types[kind.replace("const", "").replace("*", "").strip()]
        assert value.dtype == base, (word, value.dtype, base)
        if "*" not in kind:
            assert isinstance(value, np.generic), word
            return np.ctypeslib.as_ctypes_type(base)(value)
        assert isinstance(value, ndarray), word
        assert value.device.id == Device().id, f"{word} is on another device"
        assert value.flags.c_contiguous, f"{word} is not contiguous"
        return ctypes.c_void_p(value.a.ctypes.data)


def _signatures(code):
    """Return for each kernel its parameters: pairs of type and name."""
    for name, text in re.findall(r"#define (CELLS) ((?:.*\\\n)*.*)", code):
        code = code.replace(f" {name},", f" {text},").replace("\\\n", " ")
    found = {}
    for name, text in re.findall(
        r'extern "C" __global__ void __launch_bounds__\([^)]*\)\s*(\w+)\(([^)]*)\)', code
    ):
        words = [p.replace("__restrict__", "").split() for p in text.split(",")]
        found[name] = [(" ".join(w[:-1]), w[-1]) for w in words]
    return found


@cache
def _compiled(code, macros, launchers):
    header = Path(__file__).with_name("host_cuda.h").read_text()
    text = "\n".join((header, code, launchers))
    key = hashlib.sha256(repr((text, macros)).encode()).hexdigest()[:24]
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{key}.so"
    if not path.exists():
        source, made = FOLDER / f"{key}.cpp", FOLDER / f"{key}.{id(text)}.so"
        source.write_text(text)
        run = [COMPILER, "-O1", "-std=c++17", "-Wno-unknown-pragmas", "-shared", "-fPIC"]
        done = subprocess.run(
            [*run, *macros, source, "-o", made], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[:3000]
        made.replace(path)
    return str(path)


# Streams ------------------------------------------------------------------------------------------


class Stream:
    """A stream on which everything is done at once."""

    def __init__(self, null=False, non_blocking=False):
        self.waits = 0
        self.device_id = Device().id

    def __enter__(self):
        assert self.device_id == Device().id, "a stream of another device"
        return self

    def __exit__(self, *_):
        return None

    def synchronize(self):
        self.waits += 1

    def record(self):
        return "event"

    def wait_event(self, event):
        assert event == "event"


class Event:
    """An event: nothing to wait for."""

    def __init__(self):
        self.at = 0.0

    def record(self):
        self.at = time.perf_counter()

    def synchronize(self):
        assert self.at


class CUDARuntimeError(RuntimeError):
    """What the runtime raises."""


class _Generator:
    def __init__(self, seed=None):
        self.rng = np.random.default_rng(seed)

    def random(self, size):
        return ndarray(self.rng.random(size))


def module(devices=1):
    """Return the stand-in as a module named cupy, and one named cupyx."""
    cupy = types.ModuleType("cupy")
    for name in NAMES:
        thing = getattr(np, name)
        plain = isinstance(thing, type) or name == "isdtype"
        setattr(cupy, name, thing if plain else _function_of(thing))
    cupy.linalg = types.SimpleNamespace(
        **{name: _function_of(getattr(np.linalg, name)) for name in LINALG}
    )
    cupy.fft = types.SimpleNamespace(rfft=_function_of(np.fft.rfft))
    cupy.ndarray, cupy.empty, cupy.RawModule = ndarray, empty, RawModule
    cupy.zeros = lambda shape, dtype=np.float64: ndarray(np.zeros(shape, dtype))

    def asarray(a, dtype=None, order=None, *, copy=None):
        inside = a.a if isinstance(a, ndarray) else np.asarray(a)
        here = isinstance(a, ndarray) and a.device.id == Device().id
        if here and not copy and dtype in (None, inside.dtype):
            return a
        return ndarray(np.array(inside, dtype=dtype))

    cupy.asarray = asarray
    runtime = types.SimpleNamespace(
        getDeviceCount=lambda: devices, CUDARuntimeError=CUDARuntimeError,
        driverGetVersion=lambda: 13000, runtimeGetVersion=lambda: 13000,
        getDeviceProperties=lambda number: {"name": b"a stand-in"}, deviceSynchronize=lambda: None,
    )  # fmt: skip
    cupy.cuda = types.SimpleNamespace(
        runtime=runtime, Device=Device, Stream=Stream, get_current_stream=Stream, Event=Event,
        get_elapsed_time=lambda start, end: 1000 * (end.at - start.at),
    )  # fmt: skip
    cupy.random = types.SimpleNamespace(default_rng=_Generator)
    cupy.__version__ = "14"
    cupyx = types.ModuleType("cupyx")
    cupyx.empty_pinned = lambda shape, dtype=float: np.full(shape, np.nan, dtype)
    return cupy, cupyx


def install(monkeypatch, devices=1):
    """Put the stand-in where CuPy would be, for one test."""
    cupy, cupyx = module(devices)
    Device(0).use()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setitem(sys.modules, "cupyx", cupyx)
    from chebtucker.backends.cuda import compiling

    compiling._module.cache_clear()
    return cupy

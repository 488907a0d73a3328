"""Grids written slab by slab: the same values, whole files or none, runs that go on."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.chebtuck import ChebTuck
from chebtucker.cli import main
from chebtucker.io.slab_records import fingerprint
from chebtucker.units import potential_factor

SHAPE = (23, 31, 17)
SMALL = 40_000  # bytes for a slab: three planes or so


@pytest.fixture(scope="module")
def V():
    rng = np.random.default_rng(3)
    ions = ct.ParticleSystem(rng.uniform(size=(60, 3)) * [1, 2, 0.7], rng.choice([-1.0, 1.0], 60))
    return ct.potential(ions, rtol=1e-5, domain=[(-0.2, 1.1), (0.1, 2.0), (-0.3, 0.9)])


@pytest.fixture(scope="module")
def f():
    return ct.from_function(
        lambda x, y, z: np.sin(x + 2 * y) / (1 + z**2), [(0, 1), (-1, 1), (0, 3)], rtol=1e-8
    )


class Failing(ChebTuck):
    """A function that fails on all planes from the eighth on."""

    how = "interrupt"

    def on_grid(self, *axes, **options):
        if axes[0][0] > 0.3:
            if self.how == "NaN":
                return np.full([len(a) for a in axes], np.nan)
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
        return super().on_grid(*axes, **options)


class Dying(Failing):
    how = "kill"


class Undefined(Failing):
    how = "NaN"


def like(f, kind):
    return kind(f.coefficients, f.domain)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def vti_values(path, dtype):
    content = path.read_bytes()
    start = content.index(b"\n_") + 2
    count = int(np.frombuffer(content[start : start + 8], "<u8")[0])
    values = np.frombuffer(content[start + 8 : start + 8 + count], dtype)
    assert content[start + 8 + count :] == b"\n</AppendedData>\n</VTKFile>\n"
    return values.reshape(SHAPE[::-1]).T


@pytest.mark.parametrize("workers", [None, "pool"])
@pytest.mark.parametrize("ending", ["npy", "dx", "vti"])
def test_slabs_have_the_values_of_the_grid(V, tmp_path, request, ending, workers):
    executor = workers and request.getfixturevalue(workers)
    path = tmp_path / f"v.{ending}"
    ct.write_grid(path, V, SHAPE, memory=SMALL, executor=executor, factor=-3.0)
    exact = -3.0 * V.on_grid(*SHAPE)
    scale = np.abs(exact).max()
    if ending == "npy":
        found = np.load(path, mmap_mode="r")
        assert_allclose(found, exact, rtol=0, atol=1e-12 * scale)
    elif ending == "vti":
        assert_allclose(vti_values(path, "<f8"), exact, rtol=0, atol=1e-12 * scale)
    else:
        found, box = ct.read_dx(path)
        assert_allclose(found, exact, rtol=6e-7, atol=0)
        assert_allclose(box, V.domain, rtol=1e-12)
    assert names(tmp_path) == [path.name]


def test_the_same_bytes_as_from_an_array(f, tmp_path):
    values = f.on_grid(*SHAPE).astype(np.float32)
    ct.write_vti(tmp_path / "a.vti", values, f.domain)
    ct.write_grid(tmp_path / "b.vti", f, SHAPE, dtype=np.float32, memory=SMALL)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.vti", "b.vti"))
    assert len(first) == len(second)
    assert first[:600] == second[:600]
    assert_allclose(vti_values(tmp_path / "b.vti", "<f4"), values, rtol=1e-6)
    ct.write_grid(tmp_path / "b.npy", f, SHAPE, dtype=np.float32)
    assert np.load(tmp_path / "b.npy").dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 2), (5, 2, 1), (3, 3, 3)])
def test_lines_of_three_numbers_of_one_width(tmp_path, shape):
    """Infinities, signs, tiny numbers; lines broken across slabs."""
    f = ct.from_function(lambda x, y, z: (x - 0.3) * 1e-120 + 0 * y * z, [(0, 1)] * 3)
    g = ct.from_function(lambda x, y, z: x - 2 * y + z, [(0, 1)] * 3)
    ct.write_grid(tmp_path / "g.dx", g, shape, memory=1)
    assert_allclose(ct.read_dx(tmp_path / "g.dx").values, g.on_grid(*shape), atol=1e-6)
    ct.write_grid(tmp_path / "f.dx", f, shape, memory=1)
    assert not ct.read_dx(tmp_path / "f.dx").values.any()
    lines = (tmp_path / "g.dx").read_text().split("data follows\n")[1].split("attribute")[0]
    counts = [len(line.split()) for line in lines.rstrip("\n").split("\n")]
    assert all(n == 3 for n in counts[:-1])
    assert 1 <= counts[-1] <= 3


def test_a_grid_point_on_a_charge_is_infinite(tmp_path):
    pair = ct.ParticleSystem([[0, 0, 0], [0, 0, 1]], [-1, 2])
    V = ct.potential(pair, domain=[(-1, 1)] * 3)
    ct.write_grid(tmp_path / "v.npy", V, 3)
    values = np.load(tmp_path / "v.npy")
    assert (values[1, 1, 1], values[1, 1, 2]) == (-np.inf, np.inf)
    assert np.isfinite(values).sum() == 25
    ct.write_grid(tmp_path / "v.dx", V, 3)
    assert ct.read_dx(tmp_path / "v.dx").values[1, 1, 1] == pytest.approx(-3.4e38, rel=1e-2)


def test_other_dimensions(tmp_path):
    f = ct.from_function(lambda a, b, c, d: a * b + c - d**2, [(0, 1), (0, 2), (0, 3), (0, 1)])
    ct.write_grid(tmp_path / "f.npy", f, (3, 4, 5, 2), memory=100)
    assert_allclose(np.load(tmp_path / "f.npy"), f.on_grid(3, 4, 5, 2), atol=1e-13)
    with pytest.raises(ValueError, match=r"`path` must end in .npy for 4 dimensions, got"):
        ct.write_grid(tmp_path / "f.vti", f, 3)


def test_particles_in_chunks(tmp_path, rng, pool):
    rows = np.column_stack([rng.uniform(size=(300, 3)), rng.choice([-1.0, 1.0], 300)])
    np.save(tmp_path / "ions.npy", rows[np.argsort(rows[:, 0])])
    V = ct.potential(ct.ParticleFile(tmp_path / "ions.npy", size=70), rtol=1e-5)
    ct.write_grid(tmp_path / "v.npy", V, (9, 8, 7), executor=pool)
    exact = ct.potential(ct.ParticleSystem(rows[:, :3], rows[:, 3]), rtol=1e-7).on_grid(9, 8, 7)
    difference = np.load(tmp_path / "v.npy") - exact
    assert np.linalg.norm(difference) <= 1e-4 * np.linalg.norm(exact)


def test_crystals(tmp_path, pool):
    crystal = ct.Lattice.rock_salt((40, 30, 20), 1.0, missing=[(20, 15, 10, 2)])
    V = ct.potential(crystal, rtol=1e-6, domain=[(39, 43.3), (29, 32.1), (18, 22)])
    ct.write_grid(tmp_path / "v.npy", V, (9, 8, 7), executor=pool)
    exact = V.on_grid(9, 8, 7)
    close = np.load(tmp_path / "v.npy")[np.isfinite(exact)]
    assert_allclose(close, exact[np.isfinite(exact)], rtol=1e-9, atol=1e-9)


# Interruptions -----------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on(f, tmp_path):
    path = tmp_path / "f.npy"
    with pytest.raises(KeyboardInterrupt) as caught:
        ct.write_grid(path, like(f, Failing), SHAPE, memory=SMALL)
    assert "slabs are written; resume goes on from there" in caught.value.__notes__[0]
    assert names(tmp_path) == [".f.npy.part", ".f.npy.slabs"]
    part = tmp_path / ".f.npy.part"
    before = part.stat().st_ino
    calls = []

    class Counting(Failing):
        def on_grid(self, *axes, **options):
            calls.append(axes[0][0])
            return ChebTuck.on_grid(self, *axes, **options)

    Counting.__qualname__ = "Failing"  # the same thing, mended
    ct.write_grid(path, like(f, Counting), SHAPE, memory=SMALL, resume=True)
    assert min(calls) > 0.3
    assert path.stat().st_ino == before
    assert names(tmp_path) == ["f.npy"]
    assert_allclose(np.load(path), f.on_grid(*SHAPE), atol=1e-12)


@pytest.mark.parametrize("ending", ["npy", "dx", "vti"])
def test_a_part_of_something_else_is_not_mixed_in(f, tmp_path, ending):
    path = tmp_path / f"f.{ending}"
    long = (SHAPE[0], 9, 23)
    with pytest.raises(KeyboardInterrupt):
        ct.write_grid(tmp_path / "f.npy", like(f, Failing), long, memory=8000)
    for suffix in ("part", "slabs"):
        os.replace(tmp_path / f".f.npy.{suffix}", tmp_path / f".f.{ending}.{suffix}")
    for other, options in ((f, {}), (like(f, Failing), {"factor": 2.0})):
        with pytest.raises(
            ValueError, match=r"`resume` must go on with what was begun, got .*part"
        ):
            ct.write_grid(path, other, long, resume=True, **options)
    (tmp_path / f".f.{ending}.slabs").write_text("nonsense")
    with pytest.raises(ValueError, match="`resume` must find a sound record, got .*; remove it"):
        ct.write_grid(path, f, long, resume=True)
    ct.write_grid(path, f, long)
    assert names(tmp_path) == [path.name]
    ct.write_grid(path, f, long, resume=True)  # nothing to resume: begins
    assert names(tmp_path) == [path.name]


def test_fingerprints_tell_apart_what_differs(V, f):
    marks = [fingerprint(x) for x in (V, f, -f, f.restrict([(0, 0.5), (-1, 1), (0, 3)]), 1, 1.0)]
    assert len(set(marks)) == len(marks)
    assert fingerprint(V) == fingerprint(ct.potential(V.system, rtol=1e-5, domain=V.domain))
    assert fingerprint((1, 2), 3) != fingerprint(1, (2, 3))


def test_nan_names_the_planes_and_leaves_no_file(f, tmp_path, pool):
    path = tmp_path / "f.npy"
    for executor in (None, pool):
        with pytest.raises(ValueError, match=r"must have no NaN, got one in planes \d+ to \d+ of"):
            ct.write_grid(path, like(f, Undefined), SHAPE, memory=SMALL, executor=executor)
        assert not path.exists()


def test_a_worker_that_is_killed_ends_the_run_which_can_go_on(f, tmp_path, pool):
    path = tmp_path / "f.npy"
    start = time.perf_counter()
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as own,
        pytest.raises(BrokenExecutor, match=r"got BrokenProcessPool from planes \d+ to \d+ of"),
    ):
        ct.write_grid(path, like(f, Dying), SHAPE, memory=SMALL, executor=own)
    assert time.perf_counter() - start < 30
    assert names(tmp_path) == [".f.npy.part", ".f.npy.slabs"]
    with pytest.raises(ValueError, match="a part of something else"):
        ct.write_grid(path, f, SHAPE, resume=True)
    ct.write_grid(path, f, SHAPE, executor=pool, memory=SMALL)
    assert names(tmp_path) == ["f.npy"]


def test_what_was_at_the_name_stays_until_the_new_file_is_whole(f, tmp_path):
    path = tmp_path / "f.npy"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        ct.write_grid(path, like(f, Failing), SHAPE)
    assert path.read_bytes() == b"old"
    ct.write_grid(path, f, SHAPE)
    assert np.load(path).shape == SHAPE


def test_memory_bounds_the_slabs(f, tmp_path):
    sizes = []

    class Watching(Failing):
        def on_grid(self, *axes, **options):
            sizes.append(8 * int(np.prod([len(a) for a in axes])))
            return ChebTuck.on_grid(self, *axes, **options)

    ct.write_grid(tmp_path / "f.npy", like(f, Watching), (40, 50, 60), memory=10**6)
    assert max(sizes) <= 10**6 / 3
    assert sum(sizes) == 8 * 40 * 50 * 60


class Elsewhere(ChebTuck):
    device = "cuda"


def test_wrong_arguments(f, V, tmp_path):
    path = tmp_path / "f.npy"
    sets = V.with_charges(np.stack([V.system.charges] * 2))
    for error, message, call in [
        (ValueError, "`path` must end in .npy, .dx, .vti, got",
         lambda: ct.write_grid("v.cube", V, 3)),
        (TypeError, "`function` must be a Potential or a ChebTuck, got int",
         lambda: ct.write_grid(path, 1, 3)),
        (TypeError, "`function` must have one value a point, got 2 charge sets; write V",
         lambda: ct.write_grid(path, sets, 3)),
        (TypeError, "`function` must be on the CPU, got one on cuda; use to_device",
         lambda: ct.write_grid(path, like(f, Elsewhere), 3)),
        (TypeError, "`dtype` must be float64 or float32, got int8",
         lambda: ct.write_grid(path, f, 3, dtype="int8")),
        (ValueError, r"`shape` must be one integer, or one for each of 3 axes, got 2",
         lambda: ct.write_grid(path, f, (3, 4))),
        (ValueError, r"`shape` must be an integer of at least 1, got 0",
         lambda: ct.write_grid(path, f, 0)),
        (ValueError, "`memory` must be an integer of at least 1, got 0",
         lambda: ct.write_grid(path, f, 3, memory=0)),
        (TypeError, "`executor` must be a concurrent.futures.Executor, got 2",
         lambda: ct.write_grid(path, f, 3, executor=2)),
        (FileNotFoundError, "No such folder",
         lambda: ct.write_grid(tmp_path / "a" / "f.npy", f, 3)),
        (OSError, "no room for 8,000,000,000.0 GB", lambda: ct.write_grid(path, f, 10**6)),
    ]:  # fmt: skip
        with pytest.raises(error, match=message):
            call()
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(IsADirectoryError):
        ct.write_grid(tmp_path / "folder.npy", f, 3)
    local = ct.potential(ct.ParticleChunks(lambda: [([[0, 0, 0]], [1])]), rtol=1e-2)
    with ThreadPoolExecutor(1) as threads, pytest.raises(TypeError, match="must be picklable"):
        ct.write_grid(path, local, 3, executor=threads)
    assert names(tmp_path) == ["folder.npy"]


# The command line --------------------------------------------------------------------------------


def test_command_line(V, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    V.save("v.npz")
    assert (
        main(["grid", "v.npz", "--shape", "6", "5", "4", "--output", "v.npy", "--units", "V"]) == 0
    )
    assert "120 points, about 0.0 MB on disk" in capsys.readouterr().out
    factor = potential_factor("V")
    assert_allclose(np.load("v.npy"), factor * V.on_grid(6, 5, 4), rtol=1e-9)
    for arguments, message in {
        "--output v.cube --workers 2": "`--output` must not be .cube with --workers or --resume",
        "--output v.cube --resume": "`--output` must not be .cube with",
        "--output v.npy --workers 0": "`--workers` must be at least 1, got 0",
        "--output v.txt": "`--output` must end in .dx, .cube, .vti, .npy, got v.txt",
    }.items():
        assert main(f"grid v.npz --shape 4 {arguments}".split()) == 2
        assert message in capsys.readouterr().err


def _nothing_runs_in(folder, patience=10.0):
    """Return whether all processes that work in a folder have ended, where the system tells."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        places = [_place(process) for process in Path("/proc").glob("[0-9]*")]
        if folder.resolve() not in places:
            return True
        time.sleep(0.05)
    return False


def _place(process):
    try:
        return (process / "cwd").resolve()
    except OSError:  # it has ended, or is somebody else's
        return None


def test_command_line_with_workers_that_is_killed_and_goes_on(V, tmp_path):
    """As a job that runs out of its time: kill -9, then the same command with --resume."""
    V.save(tmp_path / "v.npz")
    command = [sys.executable, "-m", "chebtucker", "grid", "v.npz", "--shape", "60", "70", "80"]
    command += ["--output", "v.dx"]
    environment = {**os.environ, "PYTHONPATH": str(Path(ct.__file__).parents[1])}
    record = tmp_path / ".v.dx.slabs"
    first = [*command, "--workers", "2"]
    job = subprocess.Popen(first, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and job.poll() is None:
            if record.exists() and record.read_text().count("\n") >= 2:
                job.kill()
                break
            time.sleep(0.001)
    finally:
        job.kill()
        job.wait(10)
    assert job.returncode in (-signal.SIGKILL, 0)
    assert _nothing_runs_in(tmp_path)
    if job.returncode:
        assert not (tmp_path / "v.dx").exists()
    done = subprocess.run(
        [*command, "--resume"], cwd=tmp_path, env=environment, timeout=120, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "wrote v.dx" in done.stdout
    found = ct.read_dx(tmp_path / "v.dx").values
    assert_allclose(found, V.on_grid(60, 70, 80), rtol=1e-6, atol=1e-9)

"""The page "On a cluster", word for word: MPI ranks and a Dask cluster of processes."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import chebtucker as ct

PAGE = Path(__file__).parents[1] / "docs" / "cluster.md"
BINARIES = Path(sys.executable).parent
LIMIT = 120  # seconds


def needs(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


has_mpiexec = pytest.mark.skipif(
    not (BINARIES / "mpiexec").exists(), reason="no mpiexec beside Python: pip install mpich"
)


def block(heading, language):
    """Return the first block of code in a language below a heading of the page."""
    text = PAGE.read_text().split(f"\n## {heading}\n")[1]
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL).group(1)


@pytest.fixture
def ions(tmp_path, rng):
    rows = np.column_stack([rng.uniform(size=(3000, 3)) * [1, 2, 3], rng.choice([-1.0, 1.0], 3000)])
    np.save(tmp_path / "ions.npy", rows)
    return ct.ParticleSystem(rows[:, :3], rows[:, 3])


def run(command, folder, **more):
    """Run a command in a folder, all that it starts included, and end it all after LIMIT."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(ct.__file__).parents[1]),
        "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
        **more,
    }
    job = subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = job.communicate(timeout=LIMIT)
    finally:
        for _ in range(50):  # what the job has started ends with it
            if not members(job.pid):
                break
            time.sleep(0.1)
        left = members(job.pid)
        for process in left:
            os.kill(process, signal.SIGKILL)
        job.wait(10)
    assert left == [], "processes are left over"
    return job.returncode, output


def members(session):
    """Return the processes of a session that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(number) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def check(folder, ions, output):
    assert "error, near atoms" in output
    values = np.load(folder / "potential.npy", mmap_mode="r")
    assert values.shape == (96, 80, 64)
    V = ct.potential(ions, rtol=1e-7)
    axes = [axis[::16] for axis in V.axes(96, 80, 64)]
    exact = ct.direct_potential(ions, np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    usual = np.abs(exact) < np.quantile(np.abs(exact), 0.95)
    error = np.linalg.norm((values[::16, ::16, ::16] - exact)[usual])
    assert error <= 3e-5 * np.linalg.norm(exact[usual])
    assert [p.name for p in folder.glob(".*")] == []


@needs("mpi4py")
@has_mpiexec
def test_the_slurm_script(tmp_path, ions):
    (tmp_path / "build.py").write_text(block("Slurm and MPI", "python"))
    (tmp_path / "job.sh").write_text(block("Slurm and MPI", "bash"))
    code, output = run(["bash", "job.sh"], tmp_path, SLURM_NTASKS="3")
    assert code == 0, output
    check(tmp_path, ions, output)


@needs("distributed")
def test_the_dask_script(tmp_path, ions):
    (tmp_path / "build.py").write_text(block("Dask", "python"))
    code, output = run([sys.executable, "build.py", "ions.npy", "potential.npy"], tmp_path)
    assert code == 0, output
    check(tmp_path, ions, output)


FAULTS = """
import os, signal, sys, time
from chebtucker.backends.executors import in_order

def fault(item):
    if item == 2 and sys.argv[1] == "die once":
        if not os.path.exists("died"):
            open("died", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
    elif item == 2 and sys.argv[1] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif item == 2:
        raise LookupError("no such thing")
    time.sleep(0.1)
    return item

def many(pool):
    start = time.perf_counter()
    try:
        count = 20 if sys.argv[1] == "die once" else 1000
        print([result for _, result in in_order(pool, fault, range(count))])
    except RuntimeError as error:
        print(f"after {time.perf_counter() - start:.1f} s:", error, flush=True)
        sys.exit(7)
"""

MPI = (
    FAULTS
    + """
from mpi4py.futures import MPIPoolExecutor
if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        many(pool)
"""
)

DASK = (
    FAULTS
    + """
import dask
from dask.distributed import Client, LocalCluster
if __name__ == "__main__":
    failures = 3 if sys.argv[1] == "die once" else 0
    dask.config.set({"distributed.scheduler.allowed-failures": failures})
    here = LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with here as cluster, Client(cluster) as client, client.get_executor() as pool:
        many(pool)
"""
)


@needs("mpi4py")
@has_mpiexec
@pytest.mark.parametrize("how", ["die", "raise"])
def test_an_mpi_rank_that_fails_ends_the_job(tmp_path, how):
    (tmp_path / "job.py").write_text(MPI)
    start = time.perf_counter()
    command = ["mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures", "job.py", how]
    code, output = run(command, tmp_path)
    assert code != 0
    assert time.perf_counter() - start < 60  # of which the start is most
    if how == "raise":
        assert "got LookupError from 2: no such thing" in output


@needs("distributed")
@pytest.mark.parametrize("how", ["die", "raise"])
def test_a_dask_worker_that_fails_is_an_error(tmp_path, how):
    (tmp_path / "job.py").write_text(DASK)
    code, output = run([sys.executable, "job.py", how], tmp_path)
    assert code == 7, output
    seconds = float(re.search(r"after ([\d.]+) s:", output).group(1))
    assert seconds < 30
    # a worker that dies takes with it what else it had
    expected = r"got KilledWorker from \d" if how == "die" else "got LookupError from 2: no such"
    assert re.search(expected, output), output


@needs("distributed")
def test_dask_replaces_a_worker_that_is_killed(tmp_path):
    (tmp_path / "job.py").write_text(DASK)
    code, output = run([sys.executable, "job.py", "die once"], tmp_path)
    assert code == 0, output
    assert (tmp_path / "died").exists()
    assert str(list(range(20))) in output


def test_the_names_on_the_page_are_there():
    for name in re.findall(r"\bct\.(\w+)", PAGE.read_text()):
        assert name in ct.__all__

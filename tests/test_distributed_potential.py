"""Potentials of particles in chunks: any source, any number of workers, errors within seconds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from comparing import relative
from numpy.testing import assert_allclose

import chebtucker as ct
from chebtucker.potentials.chunks.partial import Accumulating, Counting, total_counts, total_moments

N = 6000
BOX = np.array([[-0.2, 0.8], [1.0, 3.5], [-4.0, -3.4]])
POINTS = np.random.default_rng(1).uniform(*BOX.T, size=(150, 3))


@pytest.fixture(scope="module")
def ions():
    rng = np.random.default_rng(7)
    return rng.uniform(*BOX.T, size=(N, 3)), rng.choice([-1.0, 1.0, 0.5], N)


@pytest.fixture(scope="module")
def exact(ions):
    return ct.direct_potential(ct.ParticleSystem(*ions), POINTS)


@pytest.fixture
def rows(ions, tmp_path):
    path = tmp_path / "ions.npy"
    np.save(path, np.column_stack(ions))
    return path


def pairs(ions, size):
    positions, charges = ions
    return [(positions[a : a + size], charges[a : a + size]) for a in range(0, N, size)]


def sources(ions, folder):
    positions, charges = ions
    np.save(folder / "x.npy", positions.astype(np.float32))
    np.save(folder / "q.npy", charges)
    return {
        "a file of rows": ct.ParticleFile.write(folder / "xq.npy", iter(pairs(ions, 700))),
        "a function": ct.ParticleChunks(lambda: iter(pairs(ions, 1234)), size=2000),
        "a list": ct.ParticleChunks(pairs(ions, N), size=N // 3),
        "mapped arrays": ct.ParticleChunks(
            [(np.load(folder / "xq.npy", mmap_mode="r")[:, :3], charges)]
        ),
        "two files": ct.ParticleFile(folder / "x.npy", folder / "q.npy"),
    }


def test_all_sources_give_the_potential(ions, exact, tmp_path):
    for name, particles in sources(ions, tmp_path).items():
        V = ct.potential(particles, rtol=1e-5, cutoff=0.3)
        single = 1e-6 if name == "two files" else 0.0  # positions were rounded
        assert relative(V(POINTS), exact) <= 1e-5 + single, name
        report = V.report()
        assert report.particles == N
        assert report.total_charge == pytest.approx(ions[1].sum())
        assert 1e-8 < report.error <= 1e-5
        assert_allclose(V.domain, ct.potential(ct.ParticleSystem(*ions)).domain, atol=1e-6)


def test_values_on_grids_and_gradients_are_those_of_particles_in_memory(ions, rows):
    domain = [(-0.1, 0.5), (1.5, 3.0), (-3.9, -3.5)]
    options = {"rtol": 1e-8, "cutoff": 0.2, "domain": domain, "prefactor": -2.5}
    V = ct.potential(ct.ParticleFile(rows, size=1100), kernel=ct.Yukawa(0.7), **options)
    W = ct.potential(ct.ParticleSystem(*ions), kernel=ct.Yukawa(0.7), **options)
    scale = np.abs(W.long.on_grid(9, 9, 9)).max()
    assert_allclose(V.on_grid(5, 14, 7), W.on_grid(5, 14, 7), rtol=1e-7, atol=1e-7 * scale)
    inside = POINTS[((np.array(domain)[:, 0] < POINTS) & (np.array(domain)[:, 1] > POINTS)).all(1)]
    assert len(inside) > 10
    assert_allclose(V.gradient(inside), W.gradient(inside), rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<i2"])
def test_rows_of_any_file(tmp_path, rng, order, dtype):
    table = np.asarray(100 * rng.normal(size=(50, 4)), dtype=dtype, order=order)
    np.save(tmp_path / "t.npy", table)
    particles = ct.ParticleFile(tmp_path / "t.npy", size=17)
    whole = [piece.read() for piece in particles.pieces()]
    assert [len(charges) for _, charges in whole] == [16, 17, 17]
    for chunk in (
        particles.subset(50),
        [np.concatenate(column) for column in zip(*whole, strict=True)],
    ):
        assert_allclose(np.column_stack(chunk), table, rtol=0)
        assert all(array.dtype == np.float64 for array in chunk)
    few = particles.subset(5)
    assert_allclose(np.column_stack(few), table[[0, 12, 24, 36, 49]], rtol=0)


def test_two_readings_of_a_file_three_of_a_function(ions, rows, monkeypatch):
    readings = []

    def chunks():
        readings.append(1)
        return iter(pairs(ions, 1500))

    ct.potential(ct.ParticleChunks(chunks), rtol=1e-3)
    assert len(readings) == 3
    opened = []
    groups = ct.ParticleFile.groups
    monkeypatch.setattr(ct.ParticleFile, "groups", lambda self: opened.append(1) or groups(self))
    ct.potential(ct.ParticleFile(rows), rtol=1e-3)
    assert len(opened) == 2


def test_neutral_clusters_that_cancel_are_built_again_until_exact(rng):
    x = rng.uniform(size=(1500, 3))
    dipoles = np.concatenate([x, x + np.array([0.0, 0.0, 1e-3])]), np.repeat([1.0, -1.0], 1500)
    V = ct.potential(ct.ParticleChunks([dipoles]), rtol=1e-5)
    points = rng.uniform(size=(200, 3))
    exact = ct.direct_potential(ct.ParticleSystem(*dipoles), points)
    assert relative(V(points), exact) <= 2e-5


def test_particles_and_points_of_the_same_seed_do_not_coincide():
    positions = np.random.default_rng(0).uniform(*BOX.T, size=(500, 3))
    charges = np.resize([1.0, -1.0, 0.5], 500)
    for system in (
        ct.ParticleSystem(positions, charges),
        ct.ParticleChunks([(positions, charges)]),
    ):
        V = ct.potential(system, rtol=1e-4, domain=BOX)
        assert 1e-8 < V.report().error <= 1e-4


def coefficients(V):
    return V.long.coefficients.to_array()


def test_coefficients_do_not_depend_on_workers_and_chunks(ions, rows, pool):
    """Equal bit for bit with the same chunks, to rounding with others."""
    options = {"rtol": 1e-6, "cutoff": 0.3}
    reference = coefficients(ct.potential(ct.ParticleFile(rows, size=700), **options))
    scale = np.abs(reference).max()
    with ThreadPoolExecutor(4) as four:
        for executor, size in [(pool, 700), (four, 700), (None, 1), (pool, 431), (four, N)]:
            if size == 1:
                size = 6000 - 1
            V = ct.potential(ct.ParticleFile(rows, size=size), executor=executor, **options)
            difference = np.abs(coefficients(V) - reference).max()
            assert difference <= 1e-13 * scale
            assert size != 700 or difference <= 1e-15 * scale


def test_groups_of_pieces_add_up_to_the_same(rows, monkeypatch):
    options = {"rtol": 1e-6, "cutoff": 0.3}
    particles = ct.ParticleFile(rows, size=700)
    single = coefficients(ct.potential(particles, **options))
    monkeypatch.setattr("chebtucker.io.particle_files.GROUPS", 4)
    assert [len(group.pieces) for group in particles.groups()] == [3, 3, 3]
    assert str(next(particles.groups())).startswith("particles 0 to 1,999 of ")
    grouped = coefficients(ct.potential(particles, **options))
    assert np.abs(grouped - single).max() <= 1e-13 * np.abs(single).max()


def test_particles_in_memory_with_an_executor(ions, exact, pool, monkeypatch):
    monkeypatch.setattr("chebtucker.systems.chunks.FEW", 1000)
    system = ct.ParticleSystem(*ions)
    V, W = (ct.potential(system, rtol=1e-6, executor=e) for e in (None, pool))
    scale = np.abs(coefficients(V)).max()
    assert 0 < np.abs(coefficients(W) - coefficients(V)).max() <= 1e-13 * scale
    assert relative(W(POINTS), exact) <= 1e-6
    assert W.energy() == pytest.approx(V.energy(), rel=1e-12)


def test_moments_add_up(ions):
    """The moment M_000 is the total charge, M_100 its first moment on the scaled box."""
    from chebtucker.blocks import BlockGrid

    positions, charges = ions
    task = Accumulating(BlockGrid(BOX, (2, 3, 1), (8, 7, 9)), (6, 5, 7))
    groups = list(ct.ParticleChunks([ions], size=800).groups())
    moments, short = total_moments(groups, task, None)
    scaled = 2 * (positions - BOX[:, 0]) / (BOX[:, 1] - BOX[:, 0]) - 1
    assert moments.shape == (6, 5, 7)
    assert moments[0, 0, 0] == pytest.approx(charges.sum(), rel=1e-12)
    assert moments[1, 0, 0] == pytest.approx(charges @ scaled[:, 0], rel=1e-9)
    assert moments[0, 2, 1] == pytest.approx(
        charges @ ((2 * scaled[:, 1] ** 2 - 1) * scaled[:, 2]), rel=1e-9
    )
    assert short.size == 0


@pytest.mark.parametrize(("column", "name"), [(1, "positions"), (3, "charges")])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_in_a_file_names_the_particle(rows, pool, column, name, bad):
    table = np.load(rows)
    table[4321, column] = bad
    np.save(rows, table)
    for executor in (None, pool):
        with pytest.raises(ValueError, match=rf"`{name}` must be finite.*at particle 4,321 .*npy"):
            ct.potential(ct.ParticleFile(rows, size=1000), domain=BOX, executor=executor)


class Lying(ThreadPoolExecutor):
    """Workers with a fault: their third moments are NaN."""

    def submit(self, call, task, piece, token):
        def wrong(task, group, token):
            result = call(task, group, token)
            piece = group.pieces[0]
            if isinstance(task, Accumulating) and piece.first == 2000:
                result[0][0, 1, 2] = np.nan
            if isinstance(task, Counting) and piece.first == 4000 and self.early:
                result.direct[3] = np.nan
            return result

        return super().submit(wrong, task, piece, token)


@pytest.mark.parametrize("early", [True, False])
def test_nan_from_a_worker_names_the_chunk(rows, early):
    message = "4,000 to 4,999" if early else "2,000 to 2,999"
    with Lying(2) as executor:
        executor.early = early
        with pytest.raises(RuntimeError, match=rf"must return no NaN, got one in .* {message} of"):
            ct.potential(ct.ParticleFile(rows, size=1000), executor=executor)


def test_nothing_to_read():
    for empty in ([], lambda: iter([]), [(np.empty((0, 3)), [])]):
        with pytest.raises(ValueError, match="`system` must hold at least one particle, got none"):
            ct.potential(ct.ParticleChunks(empty))
    with pytest.raises(ValueError, match="at least one particle"):
        total_counts([], Counting(np.empty((0, 3)), ct.Newton()), None)


def test_what_needs_all_particles_is_refused(rows, tmp_path):
    V = ct.potential(ct.ParticleFile(rows), rtol=1e-3)
    for call in (V.at_particles, V.energy, V.forces):
        with pytest.raises(TypeError, match=r"`system` must be .* for \w+, got ParticleFile"):
            call()
    with pytest.raises(TypeError, match="`thing` must hold its particles in memory to be saved"):
        V.save(tmp_path / "v.npz")
    V.long.save(tmp_path / "long.npz")
    assert "ChunkedPotential(6,000 particles" in repr(V)
    assert V.nbytes == V.long.nbytes


def test_wrong_arguments(rows, tmp_path):
    once = (pair for pair in [])
    bad = {
        "must be a function that returns an iterator, or a list": lambda: ct.ParticleChunks(once),
        "`executor` must be a concurrent.futures.Executor, got 4": lambda: ct.potential(
            ct.ParticleFile(rows), executor=4
        ),
        "must yield pairs of positions and charges, got int as number 0": lambda: ct.potential(
            ct.ParticleChunks([1])
        ),
        "`chunk 0: positions` must be an array of real numbers": lambda: ct.potential(
            ct.ParticleChunks([(["a"], [1])])
        ),
    }
    for message, call in bad.items():
        with pytest.raises(TypeError, match=message):
            call()
    shapes = {
        r"`chunk 0: positions` must be an array of shape \(n, 3\), got \(1, 2\)": ([[1, 2]], [1]),
        r"`chunk 0: charges` must be 1 numbers, got shape \(2,\)": ([[1, 2, 3]], [1, 2]),
    }
    for message, pair in shapes.items():
        with pytest.raises(ValueError, match=message):
            ct.potential(ct.ParticleChunks([pair]))
    with pytest.raises(ValueError, match="`size` must be an integer of at least 1, got 0"):
        ct.ParticleChunks([], size=0)


def test_wrong_files(rows, tmp_path):
    np.save(tmp_path / "five.npy", np.ones((3, 5)))
    np.save(tmp_path / "none.npy", np.ones((0, 4)))
    np.save(tmp_path / "text.npy", np.array([["a"] * 4]))
    np.save(tmp_path / "q.npy", np.ones(2))
    np.save(tmp_path / "x.npy", np.ones((3, 3)))
    (tmp_path / "short.npy").write_bytes(rows.read_bytes()[:5000])
    (tmp_path / "noise.npy").write_bytes(b"not at all")
    for name, message in {
        "five": r"`path` must hold an array \(N, 4\), got shape \(3, 5\)",
        "none": "`path` must hold at least one particle, got none",
        "short": "short.npy: not a sound .npy file",
        "noise": "noise.npy: not a sound .npy file",
        "wrong.txt": "`path` must end in .npy, got",
    }.items():
        with pytest.raises(ValueError, match=message):
            ct.ParticleFile(tmp_path / (name if "." in name else f"{name}.npy"))
    with pytest.raises(TypeError, match="`path` must hold real numbers, got dtype <U1"):
        ct.ParticleFile(tmp_path / "text.npy")
    with pytest.raises(ValueError, match="`charges` must have 3 numbers, got 2"):
        ct.ParticleFile(tmp_path / "x.npy", tmp_path / "q.npy")
    with pytest.raises(ValueError, match=r"`charges` must hold an array \(N,\), got shape \(3"):
        ct.ParticleFile(tmp_path / "x.npy", tmp_path / "x.npy")
    with pytest.raises(FileNotFoundError):
        ct.ParticleFile(tmp_path / "absent.npy")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    def chunks():
        yield np.zeros((2, 3)), np.ones(2)
        raise KeyError("the source broke")

    with pytest.raises(KeyError, match="the source broke"):
        ct.ParticleFile.write(tmp_path / "p.npy", chunks())
    assert list(tmp_path.iterdir()) == []
    written = ct.ParticleFile.write(tmp_path / "p.npy", [([[1, 2, 3]], [4])] * 5)
    assert_allclose(np.load(tmp_path / "p.npy"), [[1, 2, 3, 4]] * 5)
    assert (len(written), written.count) == (5, 5)
    assert repr(written) == "ParticleFile(5 particles in p.npy)"

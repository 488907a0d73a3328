"""Potentials of trajectories: lazy, on one domain, averaged; a bad frame is named."""

from functools import partial

import numpy as np
import pytest
import tqdm
from comparing import relative
from numpy.testing import assert_allclose

import chebtucker as ct

BOX = [(-0.5, 1.5), (-0.5, 2.5), (-0.5, 1.0)]


def moving(rng, frames=4, n=60):
    """Particles that drift, (F, N, 3), and their charges."""
    start = rng.uniform(size=(n, 3)) * [1.0, 2.0, 0.5]
    steps = 0.02 * rng.normal(size=(frames, n, 3)).cumsum(axis=0)
    return start + steps, rng.choice([-1.0, 1.0], n)


def test_each_frame_is_what_it_is_alone_on_the_common_domain(rng):
    positions, charges = moving(rng)
    points = rng.uniform(*np.array(BOX).T, size=(100, 3))
    found = list(ct.frame_potentials(positions, charges, domain=BOX, rtol=1e-6))
    assert len(found) == len(positions)
    for V, frame in zip(found, positions, strict=True):
        assert_allclose(V.domain, BOX)
        exact = ct.direct_potential(ct.ParticleSystem(frame, charges), points)
        assert relative(V(points), exact) <= 1e-6


def test_the_default_domain_holds_all_frames(rng):
    positions, charges = moving(rng)
    first, *others = ct.frame_potentials(positions, charges, rtol=1e-2)
    low, high = positions.min(axis=(0, 1)), positions.max(axis=(0, 1))
    margin = (high - low).max() / 10
    assert_allclose(first.domain, np.stack([low - margin, high + margin], axis=1))
    for V in others:
        assert_allclose(V.domain, first.domain)
        V.at_particles()  # none is outside


def test_nothing_is_read_before_it_is_asked_for(rng):
    positions, charges = moving(rng)
    read = []

    def frames():
        for number, frame in enumerate(positions):
            read.append(number)
            yield ct.ParticleSystem(frame, charges)

    potentials = ct.frame_potentials(frames(), domain=BOX, rtol=1e-2)
    assert read == []
    next(potentials)
    assert read == [0]
    next(potentials)
    assert read == [0, 1]


@pytest.mark.parametrize("sets", [None, 2])
def test_averages_at_points_and_on_grids_are_means_of_direct_sums(rng, sets):
    positions, charges = moving(rng)
    if sets is not None:
        charges = np.stack([charges, np.arange(len(charges))])
    systems = [ct.ParticleSystem(frame, charges) for frame in positions]
    points = rng.uniform(*np.array(BOX).T, size=(5, 8, 3))
    leading = () if sets is None else (sets,)
    exact = np.mean([ct.direct_potential(s, points) for s in systems], axis=0)
    mean = ct.average_potential(systems, points, domain=BOX, rtol=1e-7)
    assert mean.shape == (*leading, 5, 8)
    assert relative(mean, exact) <= 1e-6
    axes = np.linspace(-0.4, 1.4, 4), np.linspace(0.03, 2, 7), np.array([-0.1, 0.6])
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    exact = np.mean([ct.direct_potential(s, grid) for s in systems], axis=0)
    mean = ct.average_potential(positions, axes, charges, domain=BOX, rtol=1e-7)
    assert mean.shape == (*leading, 4, 7, 2)
    assert relative(mean, exact) <= 1e-6
    counts = ct.average_potential(iter(systems), (3, 4, 5), domain=BOX, rtol=1e-2)
    assert counts.shape == (*leading, 3, 4, 5)


def test_a_memory_mapped_file_and_a_progress_bar(rng, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tqdm.tqdm", partial(tqdm.tqdm, mininterval=0, miniters=1))  # every step
    positions, charges = moving(rng)
    np.save(tmp_path / "x.npy", positions)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    options = {"domain": BOX, "rtol": 1e-3}
    a = ct.average_potential(mapped, (2, 2, 2), charges, progress=True, **options)
    err = capsys.readouterr().err
    assert [f"{done}/4 [" in err for done in range(5)] == [True] * 5
    assert_allclose(a, ct.average_potential(positions, (2, 2, 2), charges, **options))
    assert capsys.readouterr().err == ""


def bad(frame, value):
    positions, charges = moving(np.random.default_rng(0))
    frames = [np.array(p) for p in positions]
    frames[frame] = value(frames[frame])
    return frames, charges


def with_nan(x):
    x[3, 1] = np.nan
    return x


FRAMES = [
    (bad(2, with_nan), ValueError, r"frame 2: `positions` must be finite, got nan at index \[3, 1"),
    (bad(1, lambda x: x[:-1]), ValueError, r"frame 1: `charges` must be an array of shape \(59\)"),
    (bad(0, lambda x: x[:, :2]), ValueError, r"frame 0: `positions` must be an array of shape \(a"),
    (([], [1.0]), ValueError, "`frames` must hold at least one frame, got none"),
    ((np.ones((5, 3)), np.ones(5)), ValueError, r"of shape \(F, N, 3\), got shape \(5, 3\)"),
    ((7, None), TypeError, "`frames` must be an iterable of ParticleSystem, .*, got int"),
    ((np.ones((1, 2, 3)), None), TypeError, "`charges` must be given .*, got None at frame 0"),
    (
        ([ct.ParticleSystem([[0, 0, 0]], [1])], [1.0]),
        TypeError,
        "`charges` must be None where frames are ParticleSystems, got some at frame 0",
    ),
    (
        ([ct.ParticleSystem(np.eye(3)[:n], np.ones(n)) for n in (3, 3, 2)], None),
        ValueError,
        "`frames` must have 3 particles like frame 0, got 2 in frame 2",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "message"), FRAMES)
def test_a_bad_frame_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        list(ct.frame_potentials(*arguments, domain=BOX, rtol=1e-2))
    with pytest.raises(error, match=message):
        list(ct.frame_potentials(*arguments, rtol=1e-2))


def test_the_frames_before_a_bad_one_are_there():
    frames, charges = bad(2, with_nan)
    potentials = ct.frame_potentials(frames, charges, domain=BOX, rtol=1e-2)
    next(potentials)
    next(potentials)
    with pytest.raises(ValueError, match="frame 2"):
        next(potentials)


def test_options_are_those_of_potential(rng):
    positions, charges = moving(rng)
    (V,) = ct.frame_potentials(positions[:1], charges, kernel=ct.Yukawa(2.0), cutoff=0.3)
    assert V.cutoff == 0.3
    assert V.kernel.screening == 2.0
    with pytest.raises(ValueError, match="frame 0: `cutoff` must be positive, got -1"):
        next(ct.frame_potentials(positions, charges, cutoff=-1))


def test_what_is_read_once_needs_a_domain(rng):
    positions, charges = moving(rng)
    with pytest.raises(ValueError, match="`domain` must be given where frames .* with a generator"):
        ct.frame_potentials((p for p in positions), charges)
    with pytest.raises(ValueError, match="`at` must be points or a tuple of three axes, got 2"):
        ct.average_potential(positions, (3, 4), charges, domain=BOX)

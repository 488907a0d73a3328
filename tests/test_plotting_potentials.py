"""Pictures of potentials: values, units, particles, surfaces, errors."""

import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import chebtucker as ct
from chebtucker.plotting import plot_error, plot_isosurface, plot_plane, save_picture
from chebtucker.plotting.canvas import draw_sizes
from chebtucker.plotting.surfaces import FALL_BACK
from chebtucker.plotting.tetrahedra import isosurface

BOX = np.array([[-1.0, 2], [0.5, 1.5], [-3, 1]])
KT = 560.4593218


@pytest.fixture(scope="module")
def molecule():
    rng = np.random.default_rng(5)
    positions = rng.uniform(-3, 3, (30, 3)) * [1, 2, 0.5]
    charges = rng.normal(size=30)
    return ct.ParticleSystem(positions, charges, radii=rng.uniform(1, 2, 30))


@pytest.fixture(scope="module")
def V(molecule):
    return ct.potential(molecule, rtol=1e-6, domain=[(-5, 4), (-7, 8), (-3, 3.5)])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_have_values_units_and_the_particles_near_them(axis, V, molecule):
    value = (0.5, -1.25, 0.75)[axis]
    ax = V.plot_slice(axis, value, units="kT/e", points=40, thickness=0.9)
    (shown,) = ax.images
    values = shown.get_array().T
    left, right, bottom, top = shown.get_extent()
    rest = [k for k in range(3) if k != axis]
    assert np.ravel(V.domain[rest]).tolist() == [left, right, bottom, top]
    grid = [None] * 3
    grid[axis] = np.array([value])
    for k, n in zip(rest, values.shape, strict=True):
        grid[k] = np.linspace(*V.domain[k], n)
    expected = KT * np.squeeze(V.on_grid(*grid), axis=axis)
    inside = np.abs(expected) < 2 * shown.get_clim()[1]  # what is far beyond is cut
    assert inside.mean() > 0.9
    np.testing.assert_allclose(values[inside], expected[inside], rtol=1e-6)
    near = np.abs(molecule.positions[:, axis] - value) < 0.9
    cloud = next(c for c in ax.collections if len(c.get_offsets()) == near.sum())
    np.testing.assert_allclose(cloud.get_offsets(), molecule.positions[near][:, rest])
    np.testing.assert_allclose(cloud.get_array(), molecule.charges[near])
    names = [f"{'xyz'[k]} (Å)" for k in range(3)]
    assert (ax.get_xlabel(), ax.get_ylabel()) == (names[rest[0]], names[rest[1]])
    assert ax.get_title() == f"{'xyz'[axis]} = {value} Å"
    bar = next(other for other in ax.get_figure().axes if other is not ax)
    assert bar.get_ylabel() == "potential (kT/e)"


def test_without_units_nothing_is_claimed(V):
    own = Figure().add_subplot()
    ax = V.plot_slice(ax=own)
    assert ax is own
    assert (ax.get_xlabel(), ax.get_title()) == ("x", "z = 0.25")
    low, high = ax.images[0].get_clim()
    assert low == -high


def test_colours_end_early_only_where_few_values_are_far_beyond():
    def draw(on_grid):
        return plot_plane(on_grid, BOX, points=60).images[0].get_clim()

    def smooth(x, y, z):
        return x[:, None, None] * y[:, None] + 0 * z

    def spiky(x, y, z):
        values = np.ones((len(x), len(y), len(z)))
        values[0, 0], values[1, 1] = 1000.0, np.inf
        return values

    assert draw(smooth) == (-3.0, 3.0)
    assert max(draw(spiky)) < 4


def test_crystals_have_the_sites_near_the_plane():
    crystal = ct.Lattice.rock_salt((6, 5, 4), 2.8)
    V = ct.potential(crystal, rtol=1e-4, domain=[(3, 14), (3, 10), (2, 9)])
    ax = V.plot_slice(2, 5.6, thickness=0.5)
    sites = max((c.get_offsets() for c in ax.collections), key=len)
    assert len(sites) == 4 * 2  # x = 5.6, .. 14 - 2.8 and 14; y = 5.6, 8.4
    np.testing.assert_allclose(sites / 2.8, np.round(sites / 2.8), atol=1e-9)


def ball(x, y, z):
    return np.sqrt((x - 0.4) ** 2 + (y - 1) ** 2 + (z + 1) ** 2)


def on_box(function, n):
    axes = [np.linspace(lo, hi, k) for (lo, hi), k in zip(BOX, n, strict=True)]
    return function(*np.meshgrid(*axes, indexing="ij"))


def area_and_volume(triangles):
    a, b, c = np.moveaxis(triangles, 1, 0)
    normals = np.cross(b - a, c - a)
    return np.linalg.norm(normals, axis=1).sum() / 2, np.einsum("ij,ij->", a, normals) / 6


def test_surfaces_of_a_ball_have_its_area_and_volume_to_second_order():
    radius, errors = 0.45, []
    exact = np.array([4 * np.pi * radius**2, -4 / 3 * np.pi * radius**3])  # r grows: inward
    for n in ((25, 13, 31), (49, 25, 61)):
        triangles = isosurface(on_box(ball, n), BOX, radius)
        errors.append(np.abs(np.array(area_and_volume(triangles)) / exact - 1).max())
    assert errors[0] < 0.05
    assert errors[1] < 0.35 * errors[0]


def test_surfaces_are_closed_and_planes_exact():
    triangles = isosurface(on_box(ball, (17, 14, 23)), BOX, 0.45)
    edges = {}
    for corners in np.round(triangles, 9):
        if np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0])) < 1e-14:
            continue
        for k in range(3):
            a, b = tuple(corners[k]), tuple(corners[(k + 1) % 3])
            edges[a, b] = edges.get((a, b), 0) + 1
    assert all(edges.get((b, a), 0) == count for (a, b), count in edges.items())
    flat = isosurface(on_box(lambda x, y, z: 2 * x + 0 * y - z, (5, 4, 6)), BOX, 0.7)
    np.testing.assert_allclose(2 * flat[..., 0] - flat[..., 2], 0.7, atol=1e-12)
    area, _ = area_and_volume(flat)  # z from -3 to 1 along the slope, over a side of 1
    assert area == pytest.approx(np.sqrt(5) * (0.85 - -1.0) * 1.0)
    assert isosurface(on_box(ball, (5, 4, 6)), BOX, 99.0).shape == (0, 3, 3)


def test_without_pyvista_matplotlib_draws_and_says_so(V, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyvista", None)
    with pytest.warns(
        UserWarning, match=r"fall-back: .*; pip install 'chebtucker\[view\]'"
    ) as seen:
        ax = V.plot_isosurface([-0.5, 0.5], units="V", points=20)
    assert seen[0].filename == __file__
    assert isinstance(ax, Axes)
    assert ax.get_figure().get_supxlabel() == FALL_BACK
    assert len(ax.collections) == 2
    assert ax.get_zlabel() == "z (Å)"
    legend = ax.get_figure().legends[0]
    assert legend.get_title().get_text() == "potential (V)"
    assert [text.get_text() for text in legend.get_texts()] == ["-0.5", "0.5"]
    save_picture(ax, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000
    f = ct.from_function(lambda x, y, z: x + y * z, BOX)
    with pytest.warns(UserWarning, match="fall-back"):
        assert isinstance(plot_isosurface(f), Axes)


def test_surfaces_around_particles_with_pyvista(V, molecule, tmp_path):
    pytest.importorskip("pyvista", reason="PyVista is not installed (extra view)")
    plotter = V.plot_isosurface([-80, 200], units="kT/e", points=50, off_screen=True)
    levels = next(m for m in plotter.meshes if "potential (kT/e)" in m.point_data)
    found = levels.point_data["potential (kT/e)"]
    assert set(np.unique(found)) == {-80.0, 200.0}
    points = np.clip(levels.points.astype(float), *V.domain.T)
    usual = np.median(np.abs(KT * V(points) - found))  # beside charges a grid is coarse
    assert usual < 10
    spheres = next(m for m in plotter.meshes if "radius" in m.point_data)
    assert spheres.n_points % len(molecule) == 0
    low, high = np.array(spheres.bounds).reshape(3, 2).T
    reach = 0.7 * molecule.radii[:, None]
    np.testing.assert_allclose(low, (molecule.positions - reach).min(axis=0), atol=0.06)
    np.testing.assert_allclose(high, (molecule.positions + reach).max(axis=0), atol=0.06)
    save_picture(plotter, Path(tmp_path, "a.png"))
    assert (tmp_path / "a.png").stat().st_size > 10_000
    plotter.close()


def test_default_levels_have_both_signs_where_both_occur(V, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvista", None)
    with pytest.warns(UserWarning, match="fall-back"):
        ax = V.plot_isosurface(points=24)
    labels = [float(text.get_text()) for text in ax.get_figure().legends[0].get_texts()]
    counts = np.ceil(24 * np.array([9, 15, 6.5]) / 15).astype(int)
    level = np.quantile(np.abs(V.on_grid(*np.maximum(counts, 12).tolist())), 0.9)
    assert labels == pytest.approx([-level, level], rel=0.01)
    alone = ct.potential(ct.ParticleSystem([[0, 0, 0]], [2.0]), domain=[(-1, 1)] * 3)
    with pytest.warns(UserWarning, match="fall-back"):
        ax = alone.plot_isosurface(points=12)
    assert len(ax.collections) == 1


def test_error_maps_show_the_error(V, molecule):
    def wave(x, y, z):
        return np.sin(x + y * z)

    f = ct.from_function(wave, BOX, rtol=1e-5)
    ax = f.plot_error(wave, axis=1, value=0.75, points=30, length_unit="nm")
    (shown,) = ax.images
    x, z = np.linspace(*BOX[0], 23), np.linspace(*BOX[2], 30)
    exact = np.abs(f.on_grid(x, [0.75], z) - wave(x[:, None, None], 0.75, z))[:, 0]
    np.testing.assert_allclose(shown.get_array().T, np.maximum(exact, shown.norm.vmin), atol=1e-16)
    assert shown.norm.vmax == pytest.approx(exact.max())
    assert ax.get_xlabel() == "x (nm)"
    assert ax.get_title().startswith(f"y = 0.75 nm: at most {exact.max():.1e}, ")
    ax = V.plot_error(points=12)
    axes = [np.linspace(*V.domain[0], 8), np.linspace(*V.domain[1], 12), [0.25]]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)[:, :, 0]
    direct = ct.direct_potential(molecule, points)
    worst = np.abs(V.on_grid(*axes)[:, :, 0] - direct).max()
    assert f"at most {worst:.1e}, {worst / np.abs(direct).max():.1e}" in ax.get_title()


def test_particles_in_chunks_are_not_drawn_but_summed(molecule):
    pieces = [(molecule.positions[:17], molecule.charges[:17])]
    pieces.append((molecule.positions[17:], molecule.charges[17:]))
    V = ct.potential(ct.ParticleChunks(pieces), rtol=1e-5, domain=[(-5, 4), (-7, 8), (-3, 3.5)])
    assert not any(len(c.get_offsets()) == len(molecule) for c in V.plot_slice().collections)
    axes = [np.linspace(*V.domain[0], 8), np.linspace(*V.domain[1], 12), [0.25]]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    worst = np.abs(V.on_grid(*axes) - ct.direct_potential(molecule, points)).max()
    assert f"at most {worst:.1e}," in V.plot_error(points=12).get_title()


def test_error_maps_bear_zero_and_what_is_no_number():
    for sizes in (np.zeros((4, 3)), np.full((4, 3), np.nan), np.array([[1e-3, np.inf], [0, 1]])):
        ax = Figure().add_subplot()
        draw_sizes(ax, sizes, BOX[:2], "error")
        low, high = ax.images[0].get_clim()
        assert 0 < low < high < np.inf
        assert np.isfinite(ax.images[0].get_array()).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda V: V.plot_slice(3), "`axis` must be 0, 1 or 2, got 3"),
        (lambda V: V.plot_slice(2, 99.0), r"`axes\[2\]` must be inside the domain"),
        (lambda V: V.plot_slice(units="eV"), "`units` must be one of e/A, .*, got 'eV'"),
        (lambda V: V.plot_isosurface([]), "`levels` must be between"),
        (lambda V: V.plot_slice(points=1), "`points` must be an integer of at least 2, got 1"),
        (lambda V: V.plot_error(points=1), "`points` must be an integer of at least 2, got 1"),
        (lambda V: plot_error(V.long), "`exact` must be the function that `f` approximates, got"),
        (lambda V: plot_error(V.long.slice(0, 0.0)), "a function of three variables, got 2"),
    ],
)
def test_errors(call, message, V):
    with pytest.raises(ValueError, match=message):
        call(V)

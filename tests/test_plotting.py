"""Pictures show what they say: the values, the axes, the units."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import chebtucker as ct
from chebtucker.plotting import plot_isosurface, plot_slice, save_picture

BOX = [(-1, 2), (0.5, 1.5), (-3, 1), (0, 5)]


@pytest.fixture(scope="module")
def signed():
    return ct.from_function(lambda x, y, z: x * y * y + z, BOX[:3])


@pytest.fixture(scope="module")
def positive():
    return ct.from_function(lambda x, y: 2 + x * y, BOX[:2])


def image(ax):
    """Values, and the coordinates of the pixels, whose edges are on the ends of the box."""
    (shown,) = ax.images
    values = shown.get_array()
    left, right, bottom, top = shown.get_extent()
    assert shown.origin == "lower"
    x, y = np.linspace(left, right, values.shape[1]), np.linspace(bottom, top, values.shape[0])
    return values, x, y, shown


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_planes_have_the_values_of_the_function(axis, signed):
    value = (0.25, 1.25, -2.0)[axis]
    ax = signed.plot_slice(axis=axis, value=value, label="potential (V)", length_unit="nm")
    values, u, v, _ = image(ax)
    rest = [k for k in range(3) if k != axis % 3]
    grid = [None] * 3
    grid[axis] = np.array([value])
    grid[rest[0]], grid[rest[1]] = u, v
    expected = np.squeeze(signed.on_grid(*grid), axis=axis)
    np.testing.assert_allclose(values.T, expected, atol=1e-9)
    assert ax.get_xlabel() == f"{'xyz'[rest[0]]} (nm)"
    assert ax.get_ylabel() == f"{'xyz'[rest[1]]} (nm)"
    assert ax.get_title() == f"{'xyz'[axis]} = {value:g} nm"
    bar = next(other for other in ax.get_figure().axes if other is not ax)
    assert bar.get_ylabel() == "potential (V)"


def test_colours_are_centred_where_signs_differ_and_go_up_where_not(signed, positive):
    _, _, _, shown = image(signed.plot_slice())
    low, high = shown.get_clim()
    assert low == -high
    assert high == pytest.approx(3.5, rel=0.01)  # z is fixed in the middle, at -1
    assert shown.get_cmap().name == "RdBu"
    _, _, _, shown = image(positive.plot_slice())
    assert shown.get_clim() == pytest.approx((0.5, 5.0))
    assert shown.get_cmap().name == "viridis"
    grey = shown.get_cmap()(np.linspace(0, 1, 50))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(grey) > 0).all()  # it can be read without colours
    _, _, _, shown = image((0 * positive + 3).plot_slice())
    low, high = shown.get_clim()
    assert low < 3 < high


def test_one_variable_left_is_a_curve(signed):
    own = Figure().add_subplot()
    ax = plot_slice(signed, axis=(0, 2), value=(1.5, 0.5), label="u", ax=own)
    assert ax is own
    (line,) = ax.lines
    y, values = line.get_data()
    np.testing.assert_allclose(values, 1.5 * y * y + 0.5, atol=1e-9)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("y", "u")
    assert ax.get_title() == "x = 1.5, z = 0.5"
    assert ax.get_xlim() == (0.5, 1.5)
    single = ct.from_function(lambda x: x**3, [(0, 2)])
    x, values = single.plot_slice().lines[0].get_data()
    np.testing.assert_allclose(values, x**3, atol=1e-9)


def test_four_variables_need_two_of_them_fixed():
    f = ct.from_function(lambda a, b, c, d: a * b + c - d, BOX)
    ax = f.plot_slice(axis=(0, 3), value=(1, 2))
    values, u, v, _ = image(ax)
    np.testing.assert_allclose(values.T, u[:, None] + v - 2, atol=1e-8)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x2", "x3")
    assert f.plot_slice().get_title() == "x3 = -1, x4 = 2.5"


def test_spectra_are_norms_and_singular_values_of_the_dense_tensor(signed):
    f = ct.from_function(lambda x, y, z: np.exp(x * y) * np.cos(z + x), BOX[:3], rtol=1e-9)
    left, right = f.plot_spectrum()
    dense = f.coefficients.to_array()
    for k in range(3):
        unfolded = np.moveaxis(dense, k, 0).reshape(dense.shape[k], -1)
        degree, sizes = left.lines[k].get_data()
        np.testing.assert_allclose(sizes, np.linalg.norm(unfolded, axis=1)[degree], rtol=1e-6)
        index, values = right.lines[k].get_data()
        expected = np.linalg.svd(unfolded, compute_uv=False)[index - 1]
        np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-14)
        assert len(values) == f.rank[k]
    assert left.get_yscale() == right.get_yscale() == "log"
    assert set(left.lines[-1].get_ydata()) == {f.error}
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["x", "y", "z", "error"]
    pair = Figure().subplots(1, 2)
    assert (f.plot_spectrum(ax=pair) == pair).all()


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_pictures_are_written(ending, tmp_path, positive):
    ax = positive.plot_slice()
    assert isinstance(ax, Axes)
    path = tmp_path / f"picture.{ending}"
    save_picture(ax, path)
    assert path.stat().st_size > 2000


def test_isosurfaces_are_where_the_function_has_the_value(signed):
    pyvista = pytest.importorskip("pyvista")
    plotter = signed.plot_isosurface([-1.0, 2.0], points=60, label="u", off_screen=True)
    assert isinstance(plotter, pyvista.Plotter)
    surface = next(mesh for mesh in plotter.meshes if mesh.n_cells > 100)
    levels = surface.point_data["u"]
    assert set(np.unique(levels)) == {-1.0, 2.0}
    points = np.clip(surface.points, signed.domain[:, 0], signed.domain[:, 1])
    np.testing.assert_allclose(signed(points), levels, atol=0.01)
    plotter.close()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: f.plot_slice(axis=3), ValueError, "`axis` must be below 3, got 3"),
        (lambda f: f.plot_slice(axis=(0, 1, 2)), ValueError, "leave one or two of 3 axes"),
        (lambda f: f.plot_slice(axis=()), ValueError, r"leave one or two of 3 axes .* got \(\)"),
        (lambda f: f.plot_slice(axis=1.5), TypeError, "`axis` must be an integer"),
        (lambda f: f.plot_slice(2, (1, 2)), ValueError, r"one number for each fixed axis \(2,\)"),
        (lambda f: f.plot_slice(2, 7.0), ValueError, "`value` must be inside the domain"),
        (lambda f: f.plot_slice(points=1), ValueError, "`points` must be an integer of at least 2"),
        (lambda f: f.plot_spectrum(ax=Figure().add_subplot()), ValueError, "`ax` must be two Axes"),
        (lambda f: plot_isosurface(f.slice(0, 1)), ValueError, "three variables, got 2"),
    ],
)
def test_errors(call, error, message, signed):
    with pytest.raises(error, match=message):
        call(signed)


def test_levels_outside_the_values_are_refused(signed):
    with pytest.raises(ValueError, match="`levels` must be between -5.25 and 5.5"):
        signed.plot_isosurface(99.0, off_screen=True)

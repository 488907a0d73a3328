"""Pictures. The only package that imports matplotlib; every function takes `ax=` and returns it."""

from chebtucker.plotting.canvas import save_picture
from chebtucker.plotting.planes import plot_plane
from chebtucker.plotting.potentials import plot_error, plot_potential, plot_potential_surface
from chebtucker.plotting.slices import plot_slice
from chebtucker.plotting.spectra import plot_spectrum
from chebtucker.plotting.surfaces import plot_isosurface

__all__ = [
    "plot_error",
    "plot_isosurface",
    "plot_plane",
    "plot_potential",
    "plot_potential_surface",
    "plot_slice",
    "plot_spectrum",
    "save_picture",
]

"""Functions on the sphere in real spherical harmonics: values, products, couplings."""

from chebtucker.angular.couplings import clebsch_gordan, gaunt_coefficients
from chebtucker.angular.harmonics import real_sph_harm, real_sph_harm_gradient
from chebtucker.angular.moments import cartesian_moments, density_moments
from chebtucker.angular.products import cg_product, product
from chebtucker.angular.sphere import SphereGrid, rotation_matrix, sphere_grid
from chebtucker.angular.study import cost, expressivity, interactable, product_study

__all__ = [
    "SphereGrid",
    "cartesian_moments",
    "cg_product",
    "clebsch_gordan",
    "cost",
    "density_moments",
    "expressivity",
    "gaunt_coefficients",
    "interactable",
    "product",
    "product_study",
    "real_sph_harm",
    "real_sph_harm_gradient",
    "rotation_matrix",
    "sphere_grid",
]

"""Are the ranks of a function those of the tensor of its values on a fine grid?

The potential of three charges outside of a box, where it is smooth. For tolerances from 1e-2 to
1e-10: the ranks of the Chebyshev-Tucker format, whose tensor has some 30 coefficients an axis, and
those of the algebraic Tucker decomposition of 100 x 90 x 80 values. They agree to one, though one
tensor is 20 times larger than the other, and both grow like log(1 / tolerance). Tolerances are
those of the Frobenius norm, errors are measured in the max norm, both relative.
Expected error at the tolerance 1e-10: below 2e-10, and below twice the tolerance at all others.
"""

import numpy as np

import chebtucker as ct

domain = [(-1, 1), (0, 1.5), (-0.5, 2)]
sources = np.array([[2.0, 0.5, 0.3], [-0.4, -1.1, 1.0], [0.2, 0.9, 3.2]])


def potential(x, y, z):
    return sum(
        q / np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2)
        for q, (a, b, c) in zip((1.0, -0.7, 1.4), sources, strict=True)
    )


f = ct.from_function(potential, domain, rtol=1e-13)
axes = [np.linspace(lo, hi, n) for (lo, hi), n in zip(domain, (100, 90, 80), strict=True)]
grid = potential(axes[0][:, None, None], axes[1][:, None], axes[2])

tolerances = 10.0 ** -np.arange(2, 11)
ours = [f.round(rtol) for rtol in tolerances]
theirs = [ct.st_hosvd(grid, rtol=rtol) for rtol in tolerances]
ranks = np.array([[g.rank, t.core.shape] for g, t in zip(ours, theirs, strict=True)])
assert np.abs(ranks[:, 0] - ranks[:, 1]).max() <= 1

points = np.random.default_rng(0).uniform(*np.array(domain).T, size=(2000, 3))
exact = potential(*points.T)
errors = np.array([np.abs(g(points) - exact).max() for g in ours]) / np.abs(exact).max()
assert (errors < 2 * tolerances).all()
error = errors[-1]


def visualize():
    """Draw the ranks against the tolerance."""
    from chebtucker.plotting.canvas import COLOURS, MARKERS, new_axes

    ax = new_axes()
    for k, name in enumerate("xyz"):
        look = {"color": COLOURS[k], "marker": MARKERS[k]}
        ax.plot(tolerances, ranks[:, 0, k], **look, label=f"Chebyshev-Tucker, {name}")
        ax.plot(tolerances, ranks[:, 1, k], **look, ls=":", mfc="none", label=f"grid, {name}")
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.set(xlabel="tolerance", ylabel="rank")
    ax.legend(frameon=False, ncols=3, fontsize="small")
    return ax


if __name__ == "__main__":
    print(f"{f.coefficients.core.size:,} core entries at 1e-13; degrees {f.degree}")
    for rtol, (cheb, tucker), measured in zip(tolerances, ranks.tolist(), errors, strict=True):
        print(f"{rtol:.0e}: Chebyshev-Tucker {cheb}, grid {tucker}, error {measured:.1e}")

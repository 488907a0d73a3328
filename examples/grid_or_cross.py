"""When is a full grid of values cheaper than a cross, and is the right one taken?

A grid of n points an axis takes n^d values; a cross of ranks r takes r^d + d n r at least, and more
to find its points. cos(50 x + 40 y + 30 z) has ranks 2, 2, 2 at any frequency: a cross. The rank of
cos(40 x y) is half its degree, and there are two axes only: a grid. With method="auto", lines show
the degrees and a coarse block of values the ranks before the choice is made.
Expected error of all six, relative to the largest value: below 1e-6, the tolerance.
"""

import numpy as np

import chebtucker as ct


def wave(x, y, z):
    return np.cos(50 * x + 40 * y + 30 * z)


def hyperbolic(x, y):
    return np.cos(40 * x * y)


cases = {
    "cos(50 x + 40 y + 30 z)": (wave, [(-1, 1), (0, 1.5), (-0.5, 2)]),
    "cos(40 x y)": (hyperbolic, [(0, 1), (0, 2)]),
}
methods = ("tensor", "cross", "auto")
evaluations, error = {}, 0.0
for name, (exact, domain) in cases.items():
    points = np.random.default_rng(0).uniform(*np.array(domain).T, size=(2000, len(domain)))
    for method in methods:
        f = ct.from_function(exact, domain, rtol=1e-6, method=method)
        evaluations[name, method] = f.evaluations
        error = max(error, np.abs(f(points) - exact(*points.T)).max())

for name, cheaper, dearer in zip(cases, ("cross", "tensor"), ("tensor", "cross"), strict=True):
    assert evaluations[name, cheaper] < 0.7 * evaluations[name, dearer]
    assert evaluations[name, "auto"] < 1.3 * evaluations[name, cheaper]


def visualize():
    """Draw how many values each method takes."""
    from chebtucker.plotting.canvas import COLOURS, new_axes

    ax = new_axes()
    for k, (method, colour) in enumerate(zip(methods, COLOURS, strict=False)):
        counts = [evaluations[name, method] for name in cases]
        bars = ax.bar(np.arange(len(cases)) + 0.27 * (k - 1), counts, 0.25, color=colour)
        ax.bar_label(bars, [f"{method}\n{n:,}" for n in counts], padding=2)
    ax.set_xticks(range(len(cases)), cases)
    ax.set_yscale("log")
    ax.set_ylim(1e3, 1e6)
    ax.set_ylabel("evaluations of the function")
    return ax


if __name__ == "__main__":
    print("\n".join(f"{name}, {m}: {n:,} values" for (name, m), n in evaluations.items()))
    print(f"error {error:.1e}")

"""A module imports only from strictly lower rows; the doors upwards are named."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chebtucker"
ROWS = [
    {"__main__"},
    {"cli"},
    {"study_command"},
    {"demonstration", "options", "study_files"},
    {"io", "plotting"},
    {"studies"},
    {"potentials"},
    {"construct"},
    {"chebtuck"},
    {"local_series", "angular"},
    {"decompositions", "backends", "blocks", "collection"},
    {"chebyshev"},
    {"tensors", "kernels", "systems"},
    {"_checks", "_device", "units", "__init__"},
    {"_arrays"},
]
HEIGHT = {name: -row for row, names in enumerate(ROWS) for name in names}
DOORS = {  # methods that users expect on the object: (module, what it opens)
    ("potentials/range_separated.py", "io"),
    ("potentials/range_separated.py", "plotting"),
    ("chebtuck", "io"),
    ("chebtuck", "plotting"),
    ("chebtuck", "construct"),
    ("studies/tucker_ranks.py", "io"),
}


def imported(node, path):
    """Names of the package's top-level modules that an import statement loads."""
    if isinstance(node, ast.Import):
        return [a.name.split(".")[1] for a in node.names if a.name.startswith("chebtucker.")]
    if not isinstance(node, ast.ImportFrom) or (node.module or "").split(".")[0] != "chebtucker":
        return []
    assert node.level == 0, f"{path}: relative import"
    parts = node.module.split(".")
    return parts[1:2] if len(parts) > 1 else [a.name for a in node.names]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_imports_only_downwards(path):
    relative = path.relative_to(PACKAGE)
    here = relative.parts[0].removesuffix(".py")
    assert here in HEIGHT, f"{here} is in no row"
    for node in ast.walk(ast.parse(path.read_text())):
        for there in imported(node, path):
            home = relative.as_posix() if (relative.as_posix(), there) in DOORS else here
            if there == here or (home, there) in DOORS or there == "__version__":
                continue
            assert there in HEIGHT, f"{path}: unknown module {there}"
            assert HEIGHT[there] < HEIGHT[here], f"{relative} imports {there}, not a lower row"

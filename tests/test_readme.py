"""The README's example runs, and its commands exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_example_runs(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    protein = ROOT / "examples" / "data" / "1ubi.pqr"
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code.replace("examples/data/1ubi.pqr", protein.as_posix()), names)
    assert (tmp_path / "ubiquitin.dx").exists()
    assert names["energy"] < 0
    assert names["field"].shape == (100, 3)


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, flags=re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_linked_files_exist():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            if not link.startswith("gallery/"):  # made from the examples when the site is built
                assert (page.parent / link).exists(), f"{page.name} links {link}"

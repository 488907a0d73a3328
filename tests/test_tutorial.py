"""The sessions in the pages run and print what they say; the tutorial draws its pictures."""

import doctest
import math
import re
from pathlib import Path

import pytest
from matplotlib.image import imread

DOCS = Path(__file__).parents[1] / "docs"
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d*)?(?:e[-+]?\d+)?(?!\w)")


def blocks(page, language):
    """The text of all fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def close(shown, printed):
    """Numbers of five digits and more agree in all of them; sizes and errors roughly."""
    theirs, ours = (float(text.replace(",", "")) for text in (shown, printed))
    decimals = shown.partition(".")[2]
    if "e" not in shown and len(decimals) > 1 and len(re.sub(r"\D", "", shown).lstrip("0")) > 4:
        return abs(theirs - ours) <= 1.01 * 10.0 ** -len(decimals)
    if theirs * ours <= 0:
        return theirs == ours
    return abs(math.log(theirs / ours)) < math.log(4 if "e-" in shown else 1.3)


class Roughly(doctest.OutputChecker):
    """Words must agree; numbers as `close` says."""

    def check_output(self, want, got, flags):
        words, printed = NUMBER.sub("#", want).split(), NUMBER.sub("#", got).split()
        pairs = zip(NUMBER.findall(want), NUMBER.findall(got), strict=False)
        return words == printed and all(close(*pair) for pair in pairs)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("0.0970449055", "0.0970449055", True),
        ("0.0970449055", "0.0970449155", False),
        ("rank=(16, 15, 11)", "rank=(17, 15, 11)", True),
        ("rank=(16, 15, 11)", "rank=(16, 25, 11)", False),
        ("1.0e-10", "3.1e-10", True),
        ("1.0e-10", "1.0e-09", False),
        ("True", "False", False),
        ("-3.5", "3.5", False),
    ],
)
def test_what_counts_as_the_same(shown, printed, same):
    assert Roughly().check_output(shown, printed, 0) is same


def run(page):
    """Run a page's session; return how many commands it had and what differed."""
    lines = "".join(text + "\n" for text in blocks(page, "pycon"))
    session = doctest.DocTestParser().get_doctest(lines, {}, page.name, str(page), 0)
    said = []
    runner = doctest.DocTestRunner(Roughly(), verbose=False)
    result = runner.run(session, out=said.append)
    return result.attempted, "".join(said)


@pytest.mark.filterwarnings("default:rtol")  # one of its commands shows a warning
def test_tutorial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("examples").symlink_to(DOCS.parent / "examples")
    attempted, differences = run(DOCS / "tutorial.md")
    assert not differences, differences
    assert attempted > 30
    drawn = {path.name for path in tmp_path.glob("*.png")}
    shown = set(re.findall(r"figures/tutorial/([\w-]+\.png)", (DOCS / "tutorial.md").read_text()))
    assert drawn == shown
    for name in shown:  # `python docs/draw.py` renews them
        assert imread(DOCS / "figures" / "tutorial" / name).shape[1] > 300


OTHERS = [
    page for page in sorted(DOCS.rglob("*.md")) if page.stem != "tutorial" and blocks(page, "pycon")
]


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.stem)
def test_sessions(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    attempted, differences = run(page)
    assert not differences, differences
    assert attempted > 0


SCRIPTS = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if "import chebtucker" in "".join(blocks(page, "python"))  # else it is a fragment
]


@pytest.mark.parametrize("page", SCRIPTS, ids=lambda page: page.stem)
def test_scripts(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("examples").symlink_to(DOCS.parent / "examples")
    if "import cupy" in page.read_text():
        pytest.importorskip("cupy", reason="the page is about devices")
    names = {}
    for text in blocks(page, "python"):
        exec(compile(text, str(page), "exec"), names)

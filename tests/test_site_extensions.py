"""The small extensions that the site is built with."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx_gallery", reason="the extra `docs` is not installed")
pytest.importorskip("docutils")
from docutils.core import publish_doctree

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"
pytestmark = pytest.mark.site


@pytest.fixture
def extension(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))

    def load(name):
        sys.modules.pop(name, None)
        module = __import__(name)
        sys.modules.pop(name)
        return module

    return load


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-7 of n", [("inline", "1e-7")]),
        ("2 n^3 and 10^-6 m", [("superscript", "3"), ("superscript", "\N{MINUS SIGN}6")]),
        ("like N^0.29.", [("superscript", "0.29")]),
        ("n^d flops", [("superscript", "d")]),
        ("V^(k), 1e5, a-b, x^ab", []),
    ],
)
def test_numbers_in_text(extension, text, expected):
    parts = list(extension("numbers_in_text").pieces(text))
    marked = [(part.tagname, part.astext()) for part in parts if part.tagname != "#text"]
    assert marked == expected
    plain = "".join(part.astext() for part in parts).replace("\N{MINUS SIGN}", "-")
    assert plain == text.replace("^", "") or not expected


def test_docstrings_of_examples_stay_as_they_are_typed(extension):
    typed = "What is |x - x_j|?\n\nV(x) = q_j / |x - x_j| and *r* is `r`."
    document = publish_doctree(
        extension("examples").as_page(typed), settings_overrides={"halt_level": 2}
    )
    assert document["title"] == "What is |x - x_j|?"
    assert document.astext().endswith("V(x) = q_j / |x - x_j| and *r* is `r`.")


def test_bars_in_docstrings(extension):
    lines = ["Return |x| and `|y|`.", ">>> a | b"]
    extension("docstrings").escape(None, "function", "f", None, None, lines)
    assert lines == [r"Return \|x\| and `|y|`.", ">>> a | b"]


def test_unreadable_formulas_are_warnings(extension, caplog):
    module = extension("mathml")
    document = publish_doctree(r":math:`\nonsense{x}` and :math:`\frac{a}{b}`")
    bad, good = document.findall(lambda node: node.tagname == "math")
    assert "<mfrac>" in module.convert(good, as_block=False)
    assert module.convert(bad, as_block=False) == r"\nonsense{x}"

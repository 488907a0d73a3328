"""Studies as data and as text: tables, comparisons, pages, and what the command line says."""

import csv
import io

import numpy as np
import pytest

from chebtucker import studies
from chebtucker.cli import main
from chebtucker.studies import Comparison, Figure, Panel, Plane, Study, Table
from chebtucker.studies.tracking import with_bar
from chebtucker.study_files import write_study

ROWS = tuple((n, part, 1.5 / n, None if n == 2 else (n, 3)) for part in "ab" for n in (1, 2, 4))
TABLE = Table("errors", "Errors, by part", ("n", "part", "error", "ranks"), ROWS)
PANEL = Panel("errors", "n", "error", "points", "error (V)", by="part", labels={"a": "long"})
PLANE = Plane(np.outer([1.0, 2, 4], [1, -1.0]), np.array([[0, 3], [5, 6]]), "U (V)", "x", "z")


def study(**changes):
    fields = {
        "name": "small", "title": "A small study", "question": "Does it halve?",
        "tables": (TABLE,), "figures": (Figure("main", "What halves.", (PANEL, PLANE)),),
        "findings": ("It halves.",), "notes": ("In volts.",), "versions": studies.versions(),
        "comparisons": (Comparison("error", 0.375, 0.376, "below", "a book"),),
        "seed": 7, "options": "--data DIR",
    }  # fmt: skip
    return Study(**(fields | changes))


def test_tables_give_columns_rows_and_entries():
    assert TABLE.column("n") == [1, 2, 4, 1, 2, 4]
    assert TABLE.select(part="b", n=4) == [(4, "b", 0.375, (4, 3))]
    assert TABLE.value("error", n=2, part="a") == 0.75
    records = [dict(zip(TABLE.columns, row, strict=True)) for row in ROWS]
    assert Table.from_records("errors", TABLE.title, records) == TABLE
    with pytest.raises(ValueError, match="`wanted` must be true of one row of errors, got 2"):
        TABLE.value("error", n=2)
    with pytest.raises(ValueError, match="`column` must be one of 'n', .* got 'm'"):
        TABLE.column("m")
    with pytest.raises(ValueError, match="`rows` must be 2 entries each, got 1 in row 1"):
        Table("t", "", ("a", "b"), ((1, 2), (1,)))


@pytest.mark.parametrize(
    ("value", "reference", "rule", "met"),
    [
        (2, 2, "equal", True),
        ((1, 2, 3), (1, 2, 4), "equal", False),
        ((3, 2, 1), (1, 2, 3), "equal", False),
        ((1, 2, 3), (1, 2, 4), "at most", True),
        ((1, 5, 3), (1, 2, 4), "at most", False),
        (1.0, 1.0, "below", False),
        (0.999, 1.0, "below", True),
        (1.0009, 1.0, "within", True),
        (0.9991, 1.0, "within", True),
        (1.0011, 1.0, "within", False),
        (2.0, 1.0, "within", False),
        (np.nan, 1.0, "below", False),
        (np.nan, 1.0, "within", False),
    ],
)
def test_comparisons_say_whether_they_are_met(value, reference, rule, met):
    comparison = Comparison("x", value, reference, rule, "a book", rtol=1e-3)
    assert comparison.met is met
    assert study(comparisons=(comparison,)).met is met


def test_comparisons_are_checked():
    with pytest.raises(ValueError, match="`rule` must be one of 'equal', .* got 'near'"):
        Comparison("x", 1, 1, "near", "a book")
    with pytest.raises(ValueError, match=r"`reference` must be of shape \(3,\) .* got \(\)"):
        Comparison("x", (1, 2, 3), 1, "equal", "a book")


def test_studies_need_tables_of_different_names():
    for tables in ((), (TABLE, TABLE)):
        with pytest.raises(ValueError, match="`tables` must be one or more of different names"):
            study(tables=tables)
    with pytest.raises(ValueError, match="`name` must be one of 'errors', got 'main'"):
        study().table("main")


def test_csv_has_every_number_to_twelve_digits():
    rows = list(csv.DictReader(io.StringIO(study().to_csv())))
    assert len(rows) == len(ROWS)
    assert [float(row["error"]) for row in rows] == [row[2] for row in ROWS]
    assert [row["ranks"] for row in rows[:3]] == ["1 3", "", "4 3"]
    third = Table("t", "", ("x",), ((1 / 3,), (float("nan"),)))
    assert study(tables=(third,)).to_csv() == 'x\n0.333333333333\n""\n'


def test_the_page_has_question_figure_findings_comparison_and_command():
    page = study().to_markdown()
    order = ("# A small study", "Does it halve?", "(small-main.png)", "It halves.", "1 of 1 met",
             "below 0.376", "Errors, by part", "(small.csv)", "In volts.",
             "chebtucker study small --data DIR --output DIR", "Seed 7.", "numpy")  # fmt: skip
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    unmet = Comparison("rank", 4, 3, "at most", "a book")
    page = study(comparisons=(unmet,), seed=None).to_markdown()
    assert "| rank | 4 | at most 3 | a book | **no** |" in page
    assert "no random numbers" in page


def test_long_tables_are_thinned_out_on_the_page_only():
    rows = tuple((k,) for k in range(1000))
    long = study(tables=(Table("long", "Long", ("k",), rows),), figures=())
    page = long.to_markdown()
    assert "30 of 1000 rows" in page
    assert "| 0 |\n" in page
    assert "| 999 |\n" in page
    assert long.to_csv().count("\n") == 1001


def test_files_are_written_whole(tmp_path):
    from PIL import Image

    paths = write_study(study(), tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["small.md", "small.csv", "small-main.png"]
    assert sorted(p.name for p in paths) == sorted(p.name for p in paths[0].parent.iterdir())
    with Image.open(paths[2]) as picture:
        assert picture.size[0] > 600


def test_curves_are_those_of_the_table():
    from chebtucker.plotting.study_figures import draw_study

    drawn = draw_study(study())["main"]
    left, right = drawn.axes[:2]
    assert [line.get_label() for line in left.lines] == ["long", "b"]
    np.testing.assert_allclose(left.lines[1].get_xydata(), [(1, 1.5), (2, 0.75), (4, 0.375)])
    assert (left.get_xlabel(), left.get_ylabel()) == ("points", "error (V)")
    assert left.get_yscale() == "log"
    (image,) = right.images
    assert image.get_extent() == [0, 3, 5, 6]
    np.testing.assert_allclose(image.get_array(), PLANE.values.T)


def test_the_same_numbers_come_out_again(tmp_path):
    first, second = (studies.run("newton", quick=True) for _ in range(2))
    assert first.tables == second.tables
    assert first.to_markdown() == second.to_markdown()


def test_a_progress_bar_passes_the_items_on(capsys):
    assert list(with_bar(iter("abc"), "letters")) == list("abc") == list(studies.quiet("abc", ""))
    said = capsys.readouterr()
    assert said.out == ""
    assert "letters:" in said.err


def fails(arguments, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    return said.err


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    there = ["--output", str(tmp_path / "out")]
    err = fails(["study", "neutron", *there], capsys)
    known = ", ".join(studies.HOMES)
    assert err == f"chebtucker: the study must be one of {known}, got neutron\n"
    assert not (tmp_path / "out").exists()
    err = fails(["study", "newton", *there, "--data", str(tmp_path)], capsys)
    assert "Newt_canon_" in err
    assert "this published file is not there" in err
    (tmp_path / "file").write_text("")
    err = fails(["study", "newton", "--output", str(tmp_path / "file")], capsys)
    assert err == f"chebtucker: {tmp_path / 'file'}: File exists\n"
    with pytest.raises(SystemExit) as stop:
        main(["study", "newton"])
    assert stop.value.code == 2
    assert "--output" in capsys.readouterr().err


def test_files_that_are_not_matlab_files_are_named(tmp_path, capsys):
    path = tmp_path / "Newton_CP_-1_1" / "Newt_canon_8192.mat"
    path.parent.mkdir()
    path.write_text("not one\n" * 100)
    err = fails(
        ["study", "newton", "--quick", "--output", str(tmp_path / "out"), "--data", str(tmp_path)],
        capsys,
    )
    assert f"{path}: must be a MATLAB file, could not be read" in err

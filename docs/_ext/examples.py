"""Gallery of the examples: their pictures, and their docstrings as plain text under a title."""

import ast
import builtins
import re
from pathlib import Path

from sphinx_gallery.scrapers import figure_rst

EXAMPLES = Path(__file__).parents[2] / "examples"


def say_where(gallery_conf, path):
    """Let an example know its `__file__`, which the gallery leaves undefined."""
    builtins.__file__ = str(EXAMPLES / Path(path).name)


def draw(block, block_vars, gallery_conf):
    """Call the example's `visualize`, once its code has run, and keep the picture."""
    visualize = block_vars["example_globals"].pop("visualize", None)
    if visualize is None:
        return ""
    path = next(block_vars["image_path_iterator"])
    visualize().figure.savefig(path, dpi=110, bbox_inches="tight")
    return figure_rst([path], gallery_conf["src_dir"])


def plain(text):
    """Escape what reStructuredText would read as markup."""
    return re.sub(r"([\\*`|_])", r"\\\1", text)


def as_page(docstring):
    """First line as a title, the rest as text; numbers and formulas stay as they were typed."""
    title, _, rest = docstring.partition("\n")
    return f"{plain(title)}\n{'=' * (2 * len(title))}\n{plain(rest)}"


def titles(app, docname, source):
    """Turn the docstring in a page of the gallery into a title and text."""
    path = EXAMPLES / (docname.removeprefix("gallery/") + ".py")
    if docname.startswith("gallery/") and path.exists():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")), clean=False)
        source[0] = source[0].replace(docstring.strip(), as_page(docstring.strip()), 1)


def links(app, docname, source):
    """`examples/name.py` in a page leads to its page in the gallery."""
    if str(app.env.doc2path(docname)).endswith(".md"):
        depth = "../" * docname.count("/")
        for path in EXAMPLES.glob("*.py"):
            link = f"[`examples/{path.name}`]({depth}gallery/{path.stem}.rst)"
            source[0] = re.sub(rf"(?<!\[)`examples/{path.name}`", link, source[0])


def setup(app):
    app.connect("source-read", titles)
    app.connect("source-read", links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

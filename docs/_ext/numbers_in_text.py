"""Numbers in running text: `1e-7` stays on one line, `10^4` has a superscript."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

PARTS = re.compile(r"(\d[\d.]*e-\d+|(?<=\w)\^(?:-?\d+(?:\.\d+)?|[a-z](?!\w)))")
AS_THEY_ARE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def pieces(text):
    """Split text into plain text, numbers that must not be broken, and superscripts."""
    for k, part in enumerate(PARTS.split(text)):
        if k % 2 == 0:
            yield nodes.Text(part)
        elif part.startswith("^"):
            yield nodes.superscript(text=part[1:].replace("-", "\N{MINUS SIGN}"))
        else:
            yield nodes.inline(text=part, classes=["number"])


class Numbers(SphinxPostTransform):
    """Applied to everything but code and formulas."""

    default_priority = 900

    def run(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            if PARTS.search(text) and not inside_code(text.parent):
                text.parent.replace(text, list(pieces(text.astext())))


def inside_code(node):
    """Whether a node is part of code or of a formula."""
    while node is not None:
        if isinstance(node, AS_THEY_ARE):
            return True
        node = node.parent
    return False


def setup(app):
    app.add_post_transform(Numbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Mathematics as MathML, written when the site is built: browsers draw it without a script."""

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging


def convert(node, as_block):
    """Return MathML for a node; what cannot be read is a warning, which ends the build."""
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        logging.getLogger(__name__).warning("%s in %r", error, node.astext(), location=node)
        return node.astext()


def inline(self, node):
    self.body.append(convert(node, as_block=False))
    raise nodes.SkipNode


def displayed(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math-block"))
    self.body.append(convert(node, as_block=True))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

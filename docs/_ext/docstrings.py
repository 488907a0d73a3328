"""Bars in docstrings are absolute values, not reStructuredText's substitutions."""

import re


def escape(app, what, name, obj, options, lines):
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(``.*?``|`.*?`)", line)
            lines[i] = "".join(p if p.startswith("`") else p.replace("|", r"\|") for p in parts)


def setup(app):
    app.connect("autodoc-process-docstring", escape, priority=400)  # before numpydoc
    return {"parallel_read_safe": True, "parallel_write_safe": True}

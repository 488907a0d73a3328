"""In the front page, `OTHER PAGES` in a toctree stands for the pages that it does not name."""


def others(app, docname, source):
    if docname == app.config.root_doc:
        found = sorted(name for name in app.env.found_docs if "/" not in name and name != docname)
        found += [name for name in ("studies/index",) if name in app.env.found_docs]
        missing = [name for name in found if f"\n{name}\n" not in source[0]]
        source[0] = source[0].replace("OTHER PAGES", "\n".join(missing))


def setup(app):
    app.connect("source-read", others)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

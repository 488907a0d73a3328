"""Sphinx: the site is built offline from Markdown pages, docstrings and examples (`make docs`)."""

import sys
from pathlib import Path

import chebtucker

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "chebtucker"
author = "The chebtucker developers"
copyright = "The chebtucker developers"
version = release = chebtucker.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
    "numpydoc",
    "mathml",
    "numbers_in_text",
    "examples",
    "command_line",
    "docstrings",
    "pages",
]
root_doc = "index"
exclude_patterns = ["_build", "_ext", "_templates", "api/generated/*.txt"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]  # the gallery's settings hold functions

myst_enable_extensions = ["dollarmath", "attrs_block", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"  # types are in the docstrings
default_role = "py:obj"  # `name` in a docstring is code, and a link where it has a page
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_math_renderer = "mathml"
html_theme = "furo"
html_favicon = "_static/icon.svg"
html_logo = "_static/icon.svg"
html_title = "chebtucker"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
pygments_style = "tango"
pygments_dark_style = "monokai"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"/",
    "image_scrapers": ("examples.draw",),
    "reset_modules": ("matplotlib", "examples.say_where"),
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "show_memory": False,
    "notebook_extensions": set(),
    "show_signature": False,
    "download_all_examples": False,
    "write_computation_times": False,
    "plot_gallery": True,
    "only_warn_on_example_error": False,
}

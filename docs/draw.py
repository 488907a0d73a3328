"""Draw the pictures of the pages again, in docs/figures: `python docs/draw.py`."""

import doctest
import os
import re
import shutil
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent.resolve()
PAGES = ("tutorial", "pictures")


def run(page):
    """Run the sessions of a page, then its scripts."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    sessions = re.findall(r"^```pycon\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    session = doctest.DocTestParser().get_doctest("\n".join(sessions), {}, page, None, 0)
    doctest.DocTestRunner(verbose=False).run(session)
    names = {}
    for script in re.findall(r"^```py(?:thon)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(script, page, "exec"), names)


def main():
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            Path("examples").symlink_to(DOCS.parent / "examples")
            run(page)
            for picture in Path(folder).glob("*.png"):
                shutil.copy(picture, DOCS / "figures" / page / picture.name)
            os.chdir(DOCS)


if __name__ == "__main__":
    main()

"""Draw the pictures of the tutorial again, in docs/figures/tutorial: `python docs/draw.py`."""

import doctest
import os
import re
import shutil
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent.resolve()


def main():
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```pycon\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "tutorial", None, 0)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("examples").symlink_to(DOCS.parent / "examples")
        doctest.DocTestRunner(verbose=False).run(session)
        for picture in Path(folder).glob("*.png"):
            shutil.copy(picture, DOCS / "figures" / "tutorial" / picture.name)
        os.chdir(DOCS)


if __name__ == "__main__":
    main()

"""Run all studies and keep their pages in docs/studies: `make studies`, minutes.

`python docs/make_studies.py [--data DIR] [NAME ...]`
"""

import argparse
from pathlib import Path

from PIL import Image

from chebtucker.cli import main
from chebtucker.studies import HOMES

FOLDER = Path(__file__).parent / "studies"


def shrink(path):
    """Store a picture with a palette: a third of the bytes, and no difference to the eye."""
    with Image.open(path) as picture:
        method = Image.Quantize.MAXCOVERAGE  # keeps colours that few pixels have: those of bars
        colours = picture.convert("RGB").quantize(256, method=method, kmeans=1, dither=0)
    colours.save(path, optimize=True)


def run(names, data):
    options = ["--data", data] if data else []
    for name in names:
        if main(["study", name, "--output", str(FOLDER), *options]) != 0:
            raise SystemExit(f"the study {name} failed")
        for picture in FOLDER.glob(f"{name}-*.png"):
            shrink(picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all if left out")
    parser.add_argument("--data", metavar="DIR", help="published files")
    arguments = parser.parse_args()
    run(arguments.names or list(HOMES), arguments.data)

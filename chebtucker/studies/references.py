"""Known values that studies stand beside; ``references.json`` has them and their source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CODE = "the paper's code"
"""Source of what is in the file."""


def reference(name: str) -> dict[str, Any]:
    """Return the known values for one study.

    Examples
    --------
    >>> reference("biomolecule")["ranks"]
    [40, 40, 47]
    """
    return json.loads(Path(__file__).with_name("references.json").read_text())[name]

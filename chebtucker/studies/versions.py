"""With what a study was made."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from chebtucker import __version__


def versions() -> dict[str, str]:
    """Return the versions of chebtucker, Python, NumPy and SciPy, and the name of the CPU.

    Examples
    --------
    >>> list(versions())
    ['chebtucker', 'python', 'numpy', 'scipy', 'cpu']
    """
    return {
        "chebtucker": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "cpu": _cpu(),
    }


def _cpu() -> str:
    """Return the model of the CPU; its architecture where the system does not tell."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

"""Our own files: an .npz archive with a header in JSON; no pickles."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chebtucker import _checks
from chebtucker.chebtuck import ChebTuck
from chebtucker.io.archive import read_arrays
from chebtucker.io.atomic import whole_file
from chebtucker.potentials import Potential, storing
from chebtucker.tensors import TuckerTensor

VERSION = 1
_FORMAT = "chebtucker"

Arrays = dict[str, NDArray[Any]]


def save(path: str | os.PathLike[str], thing: ChebTuck | Potential) -> None:
    """Write a function or a potential to an .npz file; the file is whole or absent.

    Parameters
    ----------
    path : path_like
        Must end in ``.npz``.
    thing : ChebTuck or Potential
        What to write.

    Examples
    --------
    >>> import tempfile, pathlib, chebtucker as ct
    >>> f = ct.from_function(lambda x, y: x * y, [(0, 1), (0, 2)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ct.save(pathlib.Path(folder, "f.npz"), f)
    ...     g = ct.load(pathlib.Path(folder, "f.npz"))
    >>> float(round(g(0.5, 1.0), 12))
    0.5
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise ValueError(f"`path` must end in .npz, got {path}")
    if isinstance(thing, ChebTuck):
        kind, (arrays, meta) = "function", _function_arrays(thing.to_device("cpu"))
    elif isinstance(thing, Potential):
        kind, (arrays, meta) = "potential", storing.to_arrays(thing.to_device("cpu"))
    else:
        raise TypeError(f"`thing` must be a ChebTuck or a Potential, got {type(thing).__name__}")
    header = {"format": _FORMAT, "version": VERSION, "kind": kind, **meta}
    with whole_file(path) as file:
        np.savez(file, allow_pickle=False, header=np.array(json.dumps(header)), **arrays)


def load(path: str | os.PathLike[str]) -> Any:
    """Return the function or potential of a file that `save` wrote.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is damaged, of another kind, or of a newer version; it names the file.
    """
    path = _checks.existing(path)
    arrays = read_arrays(path)
    header = _header(arrays.pop("header", None), path)
    try:
        if header["kind"] == "function":
            return _function(arrays, header)
        if header["kind"] == "potential":
            return storing.from_arrays(arrays, header)
    except KeyError as error:
        raise ValueError(f"{path}: damaged, {error} is missing") from None
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"{path}: damaged, {' '.join(str(error).split())}") from None
    raise ValueError(f"{path}: holds an unknown kind {header['kind']!r}")


def _header(array: NDArray[Any] | None, path: Path) -> dict[str, Any]:
    if array is None:
        raise ValueError(f"{path}: not a file of chebtucker (it has no header)")
    try:
        header = json.loads(str(array[()])) if array.ndim == 0 else None
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise ValueError(f"{path}: not a file of chebtucker (its header is damaged)")
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise ValueError(
            f"{path}: written in format {version}, this chebtucker reads up to {VERSION}; "
            "a newer chebtucker reads it"
        )
    header.setdefault("kind", "")
    return header


def _function_arrays(f: ChebTuck) -> tuple[Arrays, dict[str, Any]]:
    core, factors = f.coefficients
    arrays = {"core": core, "domain": f.domain}
    arrays.update({f"factor{k}": factor for k, factor in enumerate(factors)})
    return arrays, {"error": f.error, "evaluations": f.evaluations}


def _function(arrays: Arrays, header: dict[str, Any]) -> ChebTuck:
    core = arrays["core"]
    tucker = TuckerTensor(core, tuple(arrays[f"factor{k}"] for k in range(core.ndim)))
    return ChebTuck(
        tucker, arrays["domain"], error=header["error"], evaluations=header["evaluations"]
    )

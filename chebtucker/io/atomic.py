"""Files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` and rename it to `path` when all is written.

    Whatever goes wrong in between, the temporary file is removed and what was at `path` before
    is untouched.

    Raises
    ------
    OSError
        If the file cannot be written; it names `path`.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _about(error, target) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        if target.is_dir():
            raise IsADirectoryError(21, "Is a directory", str(target))
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _about(error, target) from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _about(error: OSError, target: Path) -> OSError:
    """Return the error as one about the file that was asked for, not the temporary one."""
    if error.errno is None:
        return error
    return type(error)(error.errno, error.strerror, str(target))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def ending(path: Any) -> str:
    """Return the ending of a path in lower case, with its dot."""
    return Path(path).suffix.lower()

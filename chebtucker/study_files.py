"""A study as files: tables as CSV, figures as PNG, and one Markdown page."""

from __future__ import annotations

import io
import os
from pathlib import Path

from chebtucker.io.atomic import whole_file
from chebtucker.studies.results import Study
from chebtucker.studies.text import table_file


def writable_folder(path: str | os.PathLike[str]) -> Path:
    """Return the path of a folder that exists and can be written to; it is made if missing.

    Raises
    ------
    OSError
        Where that is not possible; it names the path.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "the folder is not writable", str(folder))
    return folder


def write_study(study: Study, folder: str | os.PathLike[str]) -> list[Path]:
    """Write all tables, figures and the page of a study; return the paths, the page first.

    Each file is whole or not there.

    Parameters
    ----------
    study : Study
        What to write.
    folder : path_like
        Where; made if it does not exist.

    Returns
    -------
    list of Path

    Raises
    ------
    OSError
        If the folder or a file cannot be written; it names the path.
    """
    from chebtucker.plotting.study_figures import draw_study

    place = writable_folder(folder)
    contents: dict[str, bytes] = {}
    for name, figure in draw_study(study).items():
        picture = io.BytesIO()
        figure.savefig(picture, dpi=150, format="png", metadata={"Software": None})
        contents[f"{study.name}-{name}.png"] = picture.getvalue()
    for table in study.tables:
        contents[table_file(study, table)] = study.to_csv(table.name).encode()
    contents[f"{study.name}.md"] = study.to_markdown().encode()  # last: all it shows is there
    for name, content in contents.items():
        with whole_file(place / name) as file:
            file.write(content)
    return [place / name for name in reversed(contents)]

"""The user's own files and folders that become artifacts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nbtrack.errors import InvalidPath


def check_file(source: Path) -> None:
    if not source.is_file():
        raise InvalidPath(f"There is no file {str(source)!r} to log.")


def files_in(source: Path) -> Sequence[tuple[str, Path]]:
    """Return the files of a folder by their relative names with forward slashes, in order; links are followed.

    Raises
    ------
    InvalidPath
        There is no such folder, or a link in it leads back to a folder above.
    """
    if not source.is_dir():
        raise InvalidPath(f"There is no folder {str(source)!r} to log.")
    found: list[tuple[str, Path]] = []
    for folder, names, files in os.walk(source, followlinks=True):
        for name in names:
            _refuse_loop(Path(folder, name))
        relative = Path(folder).relative_to(source).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        regular = ((name, Path(folder, name)) for name in files)
        found += [(prefix + name, file) for name, file in regular if file.is_file()]
    return sorted(found)


def _refuse_loop(folder: Path) -> None:
    if folder.is_symlink() and folder.resolve() in [above.resolve() for above in folder.parents]:
        raise InvalidPath(f"The link {str(folder)!r} leads back to a folder above it. Log its files one by one.")

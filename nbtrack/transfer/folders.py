"""Looking into folders from elsewhere: links are not followed, and only plain files are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from nbtrack.errors import InvalidInput
from nbtrack.transfer.report import Report
from nbtrack.transfer.source import SourceFile

MAX_TEXT_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder, by name; none where it is missing."""
    return [Path(entry) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]


def files_below(folder: Path, report: Report, kind: str, name: str) -> Iterator[SourceFile]:
    """Yield the files below a folder, by path. Links and devices are reported as something left out."""
    yield from _below(folder, "", report, kind, name, depth=0)


def state_of(folder: Path, prefix: str = "", *, depth: int = 0) -> Iterator[tuple[str, int, int]]:
    """Yield name, size and time of the last change, in nanoseconds, of all that is below a folder but folders."""
    for entry in _entries(folder):
        path = f"{prefix}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            state = entry.stat(follow_symlinks=False)
            yield path, state.st_size, state.st_mtime_ns
        elif depth < MAX_DEPTH:
            yield from state_of(Path(entry), f"{path}/", depth=depth + 1)


def read_text(path: Path) -> str:
    """Read a small file as it is.

    Raises
    ------
    InvalidInput
        It can't be read, is too large or is no UTF-8.
    """
    try:
        with open_plain(path) as file:
            content = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{path} can't be read: {error.strerror}.") from None
    if len(content) > MAX_TEXT_BYTES:
        raise InvalidInput(f"{path} is larger than {MAX_TEXT_BYTES >> 20} MB.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8.") from None


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading, which must not have become a link meanwhile."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")


def _below(folder: Path, prefix: str, report: Report, kind: str, name: str, *, depth: int) -> Iterator[SourceFile]:
    for entry in _entries(folder):
        path = str(PurePosixPath(prefix, entry.name))
        if entry.is_dir(follow_symlinks=False):
            if depth >= MAX_DEPTH:
                report.leave_out(kind, f"{name}/{path}", f"lies deeper than {MAX_DEPTH} folders")
                continue
            yield from _below(Path(entry), path, report, kind, name, depth=depth + 1)
        elif entry.is_file(follow_symlinks=False):
            size_bytes = entry.stat(follow_symlinks=False).st_size
            yield SourceFile(path, size_bytes, partial(open_plain, Path(entry)))
        else:
            what = "a link, which is not followed" if entry.is_symlink() else "not a plain file"
            report.leave_out(kind, f"{name}/{path}", f"is {what}")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)

"""Opening an artifact for the browser without ever leaving its run's folder."""

from __future__ import annotations

import mimetypes
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from nbtrack.errors import ArtifactNotFound

if TYPE_CHECKING:
    from nbtrack.store.protocol import ArtifactStore

_TEXT_SUFFIXES = {".cfg", ".ini", ".jsonl", ".log", ".md", ".py", ".r", ".sh", ".toml", ".yaml", ".yml"}
_TEXT_NAMES = {"MLmodel", "LICENSE", "Makefile", "Dockerfile"}
_SHOWN = {
    "application/json",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "text/css",
    "text/csv",
    "text/html",
    "text/markdown",
    "text/plain",
}
_CSP = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"


@dataclass(frozen=True)
class ArtifactFile:
    """An open file with what a browser must be told of it."""

    content: BinaryIO
    name: str
    size_bytes: int

    @property
    def content_type(self) -> str:
        """The type that it is served with. Unknown types are never guessed by a browser."""
        kind = mime_type(self.name)
        if kind not in _SHOWN:
            return "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith("json") else kind

    @property
    def headers(self) -> dict[str, str]:
        """Headers under which its content can't act in the user's name."""
        place = "inline" if mime_type(self.name) in _SHOWN else "attachment"
        return {
            "Content-Security-Policy": _CSP,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-cache",
            "Content-Length": str(self.size_bytes),
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(self.name, safe='')}",
        }


def mime_type(path: str) -> str | None:
    """Tell a file's MIME type by its name."""
    name = PurePosixPath(path)
    if name.suffix.lower() in _TEXT_SUFFIXES or name.name in _TEXT_NAMES:
        return "text/markdown" if name.suffix.lower() == ".md" else "text/plain"
    if name.suffix.lower() == ".csv":
        return "text/csv"  # some systems' tables say application/vnd.ms-excel
    return mimetypes.guess_type(name.name)[0]


def open_beneath(artifacts: ArtifactStore, run_id: str, path: str) -> ArtifactFile:
    """Open a regular file of a run.

    Raises
    ------
    InvalidPath
        The path leaves the run's folder or passes through a link.
    ArtifactNotFound
        There is no such file.
    """
    root = artifacts.local_path(run_id, "")
    artifacts.local_path(run_id, path)
    parts = PurePosixPath(path).parts
    if not parts:
        raise ArtifactNotFound(path, run_id)
    try:
        descriptor = _open_file(root, parts)
    except OSError:
        raise ArtifactNotFound(path, run_id) from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise ArtifactNotFound(path, run_id)
    return ArtifactFile(os.fdopen(descriptor, "rb"), parts[-1], found.st_size)


def _open_file(root: Path, parts: tuple[str, ...]) -> int:
    """Open step by step: a link that is put in place after the check above is not followed either."""
    no_follow = getattr(os, "O_NOFOLLOW", 0)
    no_block = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for a writer
    if os.open not in os.supports_dir_fd:
        return os.open(root.joinpath(*parts), os.O_RDONLY | getattr(os, "O_BINARY", 0))
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | no_follow)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | no_follow, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], os.O_RDONLY | no_follow | no_block, dir_fd=folder)
    finally:
        os.close(folder)

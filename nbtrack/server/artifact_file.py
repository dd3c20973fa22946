"""An artifact for the browser, which can't act in the user's name there."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from nbtrack.store.artifacts import ArtifactReader

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

    content: ArtifactReader

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.content.path).name

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
            "Content-Length": str(self.content.size_bytes),
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

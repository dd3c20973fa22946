"""A file on its way to a client, whole or a part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from nbtrack.store.artifacts import ArtifactReader
    from nbtrack.store.protocol import ArtifactStore

_RANGE = re.compile(rb"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True)
class Download:
    """An artifact that a client may read."""

    artifacts: ArtifactStore
    owner_id: str
    path: str

    def open(self, wanted: bytes) -> Opened:
        """Open the file, or the part of it that a Range header asks for.

        Raises
        ------
        ArtifactNotFound
            There is no such file.
        """
        found = _RANGE.fullmatch(wanted.replace(b" ", b""))
        if found is None or found.groups() == (b"", b""):
            reader = self.artifacts.open(self.owner_id, self.path)
            return Opened(reader, 200, self._headers(reader.size_bytes))
        with self.artifacts.open(self.owner_id, self.path) as whole:
            size = whole.file_size
        first, last = found.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            return Opened(None, 416, [(b"content-range", f"bytes */{size}".encode()), (b"content-length", b"0")])
        length = end - start + 1
        reader = self.artifacts.open(self.owner_id, self.path, start=start, length=length)
        content_range = (b"content-range", f"bytes {start}-{end}/{size}".encode())
        return Opened(reader, 206, [*self._headers(length), content_range])

    def _headers(self, size_bytes: int) -> list[tuple[bytes, bytes]]:
        name = quote(PurePosixPath(self.path).name, safe="")
        return [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", str(size_bytes).encode()),
            (b"accept-ranges", b"bytes"),
            # What somebody logged is never a page of this server.
            (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
            (b"content-security-policy", b"sandbox; default-src 'none'"),
            (b"x-content-type-options", b"nosniff"),
        ]


@dataclass(frozen=True)
class Opened:
    """What is sent: nothing where the part that was asked for is behind the file's end."""

    reader: ArtifactReader | None
    status: int
    headers: list[tuple[bytes, bytes]]

"""Files behind a tracking server as an fsspec file system: what stands at ``mlflow-artifacts:/...`` of its runs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

import httpx
from fsspec import AbstractFileSystem

from nbtrack.errors import InvalidPath, ServerFailed, StoreUnavailable
from nbtrack.store.http.connection import Connection

PREFIX = "/api/2.0/mlflow-artifacts/artifacts"
MAX_DEPTH = 200
"""Of folders that are listed: no artifact lies so deep."""
_PIECE_BYTES = 1024 * 1024
_SPOOLED_BYTES = 8 * 1024 * 1024


class ProxyFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Paths are relative to the root of what the server keeps, without a leading slash."""

    protocol = "mlflow-artifacts"
    cachable = False

    def __init__(self, connection: Connection) -> None:
        super().__init__(skip_instance_cache=True)
        self._connection = connection

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        folder = path.strip("/")
        if folder.count("/") > MAX_DEPTH:
            raise StoreUnavailable(f"{self._connection.url} lists folders in one another without an end.")
        answer = self._connection.request("GET", PREFIX, query={"path": folder}, is_repeatable=True)
        if answer.status == 404:
            raise FileNotFoundError(path)
        if not answer.is_success:
            raise self._refused(answer.status, folder)
        with self._connection.understanding():
            files = self._connection.document(answer).get("files") or []
            entries = [self._entry(folder, file) for file in files if isinstance(file, dict)]
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        name = path.strip("/")
        above = name.rpartition("/")[0]
        for entry in self._listed(above):
            if entry["name"] == name:
                return dict(entry)
        if self._listed(name):  # the server may give no list of what is above
            return {"name": name, "size": 0, "type": "directory"}
        raise FileNotFoundError(path)

    def find(self, path: str, maxdepth: int | None = None, withdirs: bool = False, **_: Any) -> dict[str, Any]:
        found = super().find(path, maxdepth=maxdepth, withdirs=withdirs, detail=True)
        return {name: entry or self.info(name) for name, entry in found.items()}  # of a file itself nothing is told

    def pipe_file(self, path: str, value: bytes, **_: Any) -> None:
        self._put(path, iter((value,)), len(value))

    def rm_file(self, path: str) -> None:
        answer = self._connection.request("DELETE", place_of(path), is_repeatable=True)
        if not answer.is_success and answer.status != 404:
            raise self._refused(answer.status, path)

    def open(self, path: str, mode: str = "rb", block_size: int | None = None, **_: Any) -> Any:  # noqa: ARG002
        if mode == "wb":
            return _Upload(self, path)
        return _Download(self._connection, path, int(self.info(path)["size"]))

    def _listed(self, folder: str) -> list[Any]:
        try:
            return self.ls(folder)
        except FileNotFoundError:
            return []

    def _entry(self, folder: str, file: dict[str, Any]) -> dict[str, Any]:
        name = str(file.get("path", "")).rpartition("/")[2]
        return {
            "name": f"{folder}/{name}".lstrip("/"),
            "size": int(file.get("file_size") or 0),
            "type": "directory" if file.get("is_dir") else "file",
            # The server doesn't tell versions of a file apart: what was downloaded before may be another one.
            "mtime": time.time_ns(),
        }

    def _put(self, path: str, pieces: Iterator[bytes], size_bytes: int) -> None:
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}
        with self._connection.streamed("PUT", place_of(path), content=pieces, headers=headers) as response:
            answer = self._connection.answer(response)
        if not answer.is_success:
            raise self._refused(answer.status, path)

    def _refused(self, status: int, path: str) -> Exception:
        message = f"{self._connection.url} can't keep or give the artifact {path!r} (status {status})."
        return InvalidPath(message) if status == 400 else ServerFailed(message)


class _Download:
    """The content of a file in its order; ``seek`` goes forward only."""

    def __init__(self, connection: Connection, path: str, size: int) -> None:
        self.size = size
        self._context = connection.streamed("GET", place_of(path))
        response = self._context.__enter__()
        if not response.is_success:
            self.close()
            raise FileNotFoundError(path)
        self._pieces = response.iter_bytes(_PIECE_BYTES)
        self._buffer = b""
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._buffer) < size:
            try:
                piece = next(self._pieces, None)
            except httpx.HTTPError as error:
                raise StoreUnavailable(f"The download of an artifact broke off: {error}.") from error
            if piece is None:
                break
            self._buffer += piece
        wanted = len(self._buffer) if size < 0 else size
        content, self._buffer = self._buffer[:wanted], self._buffer[wanted:]
        self._position += len(content)
        return content

    def seek(self, position: int) -> int:
        while self._position < position and self.read(min(_PIECE_BYTES, position - self._position)):
            pass
        return self._position

    def close(self) -> None:
        self._context.__exit__(None, None, None)


class _Upload:
    """A file of unknown length: it is sent once it is whole."""

    def __init__(self, filesystem: ProxyFileSystem, path: str) -> None:
        self._filesystem, self._path = filesystem, path
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 closed below
        self.closed = False

    def write(self, content: bytes | memoryview) -> None:
        self._spool.write(content)

    def close(self) -> None:
        if not self.closed:
            size_bytes = self._spool.tell()
            self._spool.seek(0)
            self._filesystem._put(self._path, iter(lambda: self._spool.read(_PIECE_BYTES), b""), size_bytes)  # noqa: SLF001
            self.discard()

    def discard(self) -> None:
        self._spool.close()
        self.closed = True


def place_of(path: str) -> str:
    """Return where the server has a file, by its path below the root."""
    return f"{PREFIX}/{quote(path.strip('/'))}"

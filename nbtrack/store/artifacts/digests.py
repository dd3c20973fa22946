"""Checksums of files, made while their bytes pass by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from xxhash import xxh3_128

from nbtrack.clock import now_ms
from nbtrack.entities import StoredFile
from nbtrack.errors import InvalidPath

CHUNK_BYTES = 256 * 1024
_ALGORITHM = "xxh3_128"


class Digest:
    """The checksum of what has passed so far, and its length."""

    def __init__(self) -> None:
        self._hash = xxh3_128()
        self.size_bytes = 0

    def update(self, chunk: bytes | memoryview) -> None:
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def text(self) -> str:
        """Return it as it is recorded, with the name of its algorithm."""
        return f"{_ALGORITHM}:{self._hash.hexdigest()}"

    def passing(self, chunks: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        """Hand the chunks on, having looked at each."""
        for chunk in chunks:
            self.update(chunk)
            yield chunk

    def stored(self, path: str) -> StoredFile:
        """Return what is to be recorded of the file ``path``, which is in its place now."""
        return StoredFile(path, self.size_bytes, self.text(), now_ms())


def digest_of_file(file: Path) -> Digest:
    digest = Digest()
    for _ in digest.passing(chunks_of(file)):
        pass
    return digest


def chunks_of(file: Path) -> Iterator[memoryview]:
    """Read a file of the user's piece by piece; each piece is valid until the next one is asked for.

    Raises
    ------
    InvalidPath
        It can't be read.
    """
    buffer = memoryview(bytearray(CHUNK_BYTES))
    try:
        with file.open("rb", buffering=0) as stream:
            while size := stream.readinto(buffer):
                yield buffer[:size]
    except OSError as error:
        raise InvalidPath(f"{str(file)!r} can't be read: {error.strerror}.") from error

"""What every kind of place can do with the artifacts of one owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nbtrack.entities import StoredFile
from nbtrack.store.protocol import ArtifactEntry


@dataclass
class Arrival:
    """A folder that is being made at ``folder``, which isn't there yet; ``files`` says what was stored, at the end."""

    folder: Path
    files: tuple[StoredFile, ...] = ()


class ByteStream(Protocol):
    """What is needed of an open file."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, position: int, /) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class OpenFile:
    """A file to be read from ``stream``, and its size as it was opened."""

    stream: ByteStream
    size_bytes: int


class Place(Protocol):
    """Where the artifacts of one owner lie. Every method refuses a path that leads out of there."""

    def uri(self) -> str: ...
    def prepare(self) -> None:
        """Load what reaches it, which takes its time; nothing is asked."""
        ...

    def ask(self) -> None:
        """Return once it has answered; a folder of this machine is there at once.

        Raises
        ------
        StoreUnavailable
        """
        ...

    def put_stream(
        self, path: str, chunks: Iterable[bytes | memoryview], size_bytes: int | None = None
    ) -> StoredFile: ...
    def put_folder(self, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]: ...
    def arriving(self, path: str) -> AbstractContextManager[Arrival]: ...
    def open(self, path: str) -> OpenFile: ...
    def list(self, path: str, *, after: str | None, limit: int | None) -> Sequence[ArtifactEntry]: ...
    def walk(self, path: str) -> Iterator[ArtifactEntry]: ...
    def delete(self, path: str) -> None: ...
    def fetch(self, path: str) -> Path:
        """Return where a file or folder lies on this machine's disk, after downloading it if need be."""
        ...

    def forget_fetched(self, fetched: Path) -> None:
        """Give up what was downloaded to ``fetched``, which turned out to be wrong."""
        ...

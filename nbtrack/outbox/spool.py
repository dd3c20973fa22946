"""Files that are logged while their place is away: kept beside the segments, each whole or not at all.

What is logged at once is a folder below ``files/``: an ``entry.json`` that says what it is, and below ``content/`` the
files, under the paths that they have in the run. It gets its name when all of it is on the disk. Names sort by time
and tell how many files and bytes there are. Any process that finds one may bring it to its place, under ``lock``.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

from nbtrack.entities import StoredFile
from nbtrack.errors import StoreUnavailable
from nbtrack.store.artifacts import PARTIAL_PREFIX, check_owner
from nbtrack.store.artifacts.digests import chunks_of
from nbtrack.store.artifacts.local import LocalPlace
from nbtrack.store.artifacts.paths import normal
from nbtrack.store.artifacts.sources import check_file, files_in
from nbtrack.store.locks import Lock, try_lock
from nbtrack.store.syncing import sync_file, sync_folder

MAX_WAITING_BYTES = 4 * 1024**3
"""What may wait for one store; a laptop's disk has other uses."""
LOCK_NAME = "lock"
_NAME = re.compile(r"\d{20}-(?P<files>\d+)-(?P<bytes>\d+)-[0-9a-f]{16}")

Form = Literal["file", "folder", "whole"]
"""A file; files that come beside others in a folder; a folder in place of what was there."""


class SpoolFull(StoreUnavailable):
    """So much waits already that no more is taken."""


@dataclass(frozen=True)
class Waiting:
    """What waits: how many files, and how large they are together."""

    files: int
    size_bytes: int


@dataclass(frozen=True)
class Entry:
    """What was logged at once to a run, at ``path``; ``files`` are what is to be recorded of it."""

    run_id: str
    path: str
    form: Form
    files: tuple[StoredFile, ...]


class Spool:
    """The files that wait for one store; it takes them as the store's artifacts do. Processes share it."""

    def __init__(self, outbox: Path) -> None:
        self.folder, self.aside = outbox / "files", outbox / "files-aside"
        self._lock = threading.Lock()
        self._last_name = 0
        self._descriptor: int | None = None

    def put_bytes(self, owner_id: str, path: str, content: bytes) -> StoredFile:
        return self._keep_file(owner_id, path, (content,), len(content))

    def put_file(self, owner_id: str, path: str, source: Path) -> StoredFile:
        check_file(source)
        return self._keep_file(owner_id, path, chunks_of(source), source.stat().st_size)

    def put_folder(self, owner_id: str, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]:
        files = files_in(source)
        if not files:
            return ()  # most places have no folders without files
        size_bytes = sum(file.stat().st_size for _, file in files)
        form: Form = "whole" if is_whole else "folder"
        return self._keep(owner_id, path, form, size_bytes, lambda place, name: place.put_folder(name, source))

    def waiting(self) -> list[Path]:
        """Return the entries, the oldest first."""
        return _entries(self.folder)

    def size(self) -> Waiting:
        return _size(self.folder)

    def size_aside(self) -> Waiting:
        """Return how much was put aside."""
        return _size(self.aside)

    def remove(self, place: Path) -> None:
        """Remove an entry, which has arrived; it is gone at once, or still whole."""
        leaving = place.with_name(f"{PARTIAL_PREFIX}{place.name}")
        with suppress(OSError):  # another process was faster
            place.rename(leaving)
        shutil.rmtree(leaving, ignore_errors=True)

    def put_aside(self, place: Path) -> Path:
        """Take an entry out of the way, and return where it is kept."""
        self.aside.mkdir(mode=0o700, exist_ok=True)
        return place.rename(self.aside / place.name)

    def put_back(self) -> None:
        """Have what was put aside tried again."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for place in _entries(self.aside):
            place.rename(self.folder / place.name)

    def newest_content(self, owner_id: str, path: str) -> Path | None:
        """Return the newest file that waits to become the artifact ``path``."""
        for place in reversed(self.waiting()):
            file = content_of(place) / normal(path)
            if file.is_file() and (entry := read_entry(place)) is not None and entry.run_id == owner_id:
                return file
        return None

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep other processes from bringing files to their place meanwhile; False if one does already."""
        descriptor = os.open(self.folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            is_free = try_lock(descriptor) is not Lock.HELD
            self._descriptor = descriptor
            yield is_free
        finally:
            self._descriptor = None
            os.close(descriptor)

    def after_fork_in_child(self) -> None:
        self._lock = threading.Lock()
        if self._descriptor is not None:  # else the parent's lock would last as long as the child
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _keep_file(self, owner_id: str, path: str, chunks: Iterable[bytes | memoryview], size_bytes: int) -> StoredFile:
        return self._keep(owner_id, path, "file", size_bytes, lambda place, name: [place.put_stream(name, chunks)])[0]

    def _keep(
        self,
        owner_id: str,
        path: str,
        form: Form,
        size_bytes: int,
        put: Callable[[LocalPlace, str], Sequence[StoredFile]],
    ) -> Sequence[StoredFile]:
        """Keep what ``put`` puts into a place.

        Raises
        ------
        InvalidPath
            The caller's mistake.
        StoreUnavailable
            The disk fails, or is full.
        SpoolFull
        """
        waits = self.size().size_bytes + self.size_aside().size_bytes
        if waits + size_bytes > MAX_WAITING_BYTES:
            raise SpoolFull(
                f"{waits:,} bytes of files are kept in {self.folder.parent} already, and at most "
                f"{MAX_WAITING_BYTES:,} are: {path!r}, of {size_bytes:,} bytes, is not."
            )
        name = normal(path)
        partial = self.folder / f"{PARTIAL_PREFIX}{secrets.token_hex(8)}"
        try:
            files = tuple(put(LocalPlace(content_of(partial), check_owner(owner_id)), name))
            document = _codec().encode(Entry(owner_id, name, form, files))
            LocalPlace(partial, owner_id).put_stream(_ENTRY, (document,))
            self._sync(partial)
            partial.rename(self.folder / self._new_name(files))
        except OSError as error:
            raise StoreUnavailable(f"Files can't be kept in {self.folder}: {error.strerror}.") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)  # where the first file makes that folder
        return files

    def _new_name(self, files: Sequence[StoredFile]) -> str:
        with self._lock:
            # Times of one process differ, whatever its clock says.
            self._last_name = max(self._last_name + 1, time.time_ns())
            size_bytes = sum(file.size_bytes for file in files)
            return f"{self._last_name:020d}-{len(files)}-{size_bytes}-{secrets.token_hex(8)}"

    def _sync(self, partial: Path) -> None:
        """Bring what has just been written to the disk: it is rare, and a name must not outlast its content."""
        for folder, _, names in os.walk(partial):
            for name in names:
                sync_file(Path(folder, name))
            sync_folder(Path(folder))


def content_of(place: Path) -> Path:
    """Return the folder of an entry's files."""
    return place / "content"


def read_entry(place: Path) -> Entry | None:
    """Return what an entry is; None if it is damaged, or gone meanwhile.

    A link in it leads to something else of the user's, to which whoever gave them this folder may have set it.
    """
    try:
        if any(Path(above, name).is_symlink() for above, *names in os.walk(place) for name in (*names[0], *names[1])):
            return None
        entry: Entry = _codec().decode((place / _ENTRY).read_bytes(), type=Entry)
    except (OSError, ValueError):
        return None
    return entry


def _codec() -> ModuleType:
    # It takes a tenth of the time of importing nbtrack, and most processes keep no file here.
    import msgspec.json

    return msgspec.json


def _entries(folder: Path) -> list[Path]:
    try:
        found = [entry for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
        names = sorted(entry.name for entry in found if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []  # nothing ever had to wait
    return [folder / name for name in names]


def _size(folder: Path) -> Waiting:
    found = [match for place in _entries(folder) if (match := _NAME.fullmatch(place.name))]
    return Waiting(sum(int(each["files"]) for each in found), sum(int(each["bytes"]) for each in found))


_ENTRY = "entry.json"

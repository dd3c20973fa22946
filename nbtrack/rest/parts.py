"""Files that arrive in parts: the parts wait on this machine's disk until all are there, or are forgotten."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nbtrack.errors import InvalidInput, NbtrackError, NotFound
from nbtrack.store.artifacts import ArtifactReader, Digest, place_at

FORGOTTEN_S = 24 * 3600
"""After how long without a new part an upload is forgotten."""
MAX_UPLOADS = 200
_TARGET = "target.json"
_CLAIMED = ".claimed"


class TooManyUploads(NbtrackError):
    """More uploads have begun than are kept at a time."""

    code = "TEMPORARILY_UNAVAILABLE"

    def __str__(self) -> str:
        return f"{MAX_UPLOADS} uploads have begun and not ended. Send the file in one PUT, or try again later."


class Target(msgspec.Struct, frozen=True):
    """What an upload shall become: the file ``path`` behind the proxy, of ``count`` parts."""

    path: str
    count: int


@dataclass(frozen=True)
class Part:
    """A part, by its number from 1 on, as who sent it knows it."""

    number: int
    etag: str

    def check(self, digest: Digest) -> None:
        """Raise InvalidInput for another part's checksum."""
        if digest.text() != self.etag.strip('"'):
            raise InvalidInput(f"Part {self.number} is another one than its ETag says. Send it again.")


class Parts:
    """The uploads that have begun.

    Parameters
    ----------
    folder
        Where to keep parts, if several processes share them; None: a temporary folder of this process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def begin(self, target: Target) -> str:
        """Begin an upload, and return its id, which nobody can guess.

        Raises
        ------
        TooManyUploads
        """
        root = self._root()
        begun = [folder for folder in root.iterdir() if not self._has_forgotten(folder)]
        if len(begun) >= MAX_UPLOADS:
            raise TooManyUploads
        upload_id = secrets.token_hex(16)
        folder = root / upload_id
        folder.mkdir(mode=0o700)
        (folder / _TARGET).write_bytes(msgspec.json.encode(target))
        return upload_id

    def keep(self, upload_id: str, number: int, content: Iterable[bytes]) -> str:
        """Keep a part, in place of one with its number, once it is whole; return its checksum.

        Raises
        ------
        NotFound
            There is no such upload.
        InvalidInput
            It has no such part.
        """
        folder, target = self._found(upload_id)
        if not 1 <= number <= target.count:
            raise InvalidInput(f"This upload has the parts 1 to {target.count}, and no part {number}.")
        stored = place_at(str(folder), upload_id).put_stream(str(number), content)
        if not (folder / _TARGET).exists():
            shutil.rmtree(folder, ignore_errors=True)
            raise _gone(upload_id)  # it was given up meanwhile
        return stored.digest

    @contextmanager
    def whole(self, upload_id: str, path: str, parts: Sequence[Part]) -> Iterator[tuple[Iterator[bytes], int]]:
        """Give the content and size of a file whose parts are all there; afterwards, if nothing failed, forget them.

        Raises
        ------
        NotFound
            There is no such upload of this file.
        InvalidInput
            A part is missing, or is another one than was sent.
        """
        folder, target = self._found(upload_id, path)
        if [part.number for part in parts] != list(range(1, target.count + 1)):
            raise InvalidInput(f"Name all {target.count} parts of this upload once, in their order.")
        size_bytes = sum(_size_of(folder, part) for part in parts)
        claimed = folder.with_name(folder.name + _CLAIMED)
        try:
            folder.rename(claimed)  # of two that complete it at once, one does
        except OSError:
            raise _gone(upload_id) from None
        try:
            yield _content(claimed, parts), size_bytes
        except BaseException:
            with suppress(OSError):
                claimed.rename(folder)
            raise
        shutil.rmtree(claimed, ignore_errors=True)

    def abort(self, upload_id: str, path: str) -> None:
        """Forget an upload; one that isn't there is forgotten already."""
        with suppress(NotFound):
            folder, _ = self._found(upload_id, path)
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Forget all uploads of this process's own."""
        with self._lock:
            if self._own is not None:
                self._own.cleanup()
                self._own = None

    def _root(self) -> Path:
        if self._given is not None:
            return self._given
        with self._lock:
            if self._own is None:
                self._own = tempfile.TemporaryDirectory(prefix="nbtrack-parts-", ignore_cleanup_errors=True)
            return Path(self._own.name)

    def _found(self, upload_id: str, path: str | None = None) -> tuple[Path, Target]:
        folder = self._root() / upload_id
        try:
            target = msgspec.json.decode((folder / _TARGET).read_bytes(), type=Target)
        except OSError:
            raise _gone(upload_id) from None
        if path not in (None, target.path):
            raise _gone(upload_id)
        return folder, target

    def _has_forgotten(self, folder: Path) -> bool:
        try:
            is_old = time.time() - folder.stat().st_mtime > FORGOTTEN_S
        except OSError:
            return True  # it has just ended
        if is_old:
            shutil.rmtree(folder, ignore_errors=True)
        return is_old


def _gone(upload_id: str) -> NotFound:
    return NotFound(f"There is no upload {upload_id!r} of this file. It may be complete or aborted: begin a new one.")


def _size_of(folder: Path, part: Part) -> int:
    try:
        return (folder / str(part.number)).stat().st_size
    except OSError:
        if not folder.exists():  # somebody else completes it just now
            raise _gone(folder.name) from None
        raise InvalidInput(
            f"Part {part.number} of this upload has not arrived. Send it, or abort the upload."
        ) from None


def _content(folder: Path, parts: Sequence[Part]) -> Iterator[bytes]:
    place = place_at(str(folder), folder.name)
    for part in parts:
        with ArtifactReader(place.open(str(part.number)), str(part.number), folder.name, check=part.check) as reader:
            yield from reader.chunks()

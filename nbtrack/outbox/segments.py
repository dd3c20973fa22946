"""Segment files: frames one behind the other, each with its length and checksum.

A frame is ``length (u32), CRC-32 of the payload (u32), payload``, little-endian. It is appended by one write, so that
a process that dies leaves whole frames and at most one torn one behind them.
"""

from __future__ import annotations

import errno
import os
import struct
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nbtrack.store import boot_id
from nbtrack.store.locks import Lock, try_lock
from nbtrack.store.syncing import sync_descriptor, sync_folder

SUFFIX = ".segment"
_HEAD = struct.Struct("<II")
HEAD_BYTES = _HEAD.size
_READ_BYTES = 4 * 1024 * 1024
_ATTEMPTS = 20
_head = _HEAD.pack
_crc32 = zlib.crc32


# Names of the segments that this process writes.
_own: set[str] = set()


def is_own(name: str) -> bool:
    """Tell whether this process writes the segment: a network file system would let it lock that twice."""
    return name in _own


def new_name() -> str:
    """Return a name for a new segment. It tells this boot of this machine, for where locks reach no further."""
    return f"{boot_id()[:8]}-{uuid.uuid4().hex}"


def is_of_here(name: str) -> bool:
    """Tell whether a process of this boot of this machine wrote the segment."""
    return name.startswith(f"{boot_id()[:8]}-")


def framed(payload: bytes) -> bytes:
    return _head(len(payload), _crc32(payload)) + payload


class Segment:
    """A segment that this process writes; nobody else does, for it is locked as long as the process lives."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.name, self.path, self.descriptor = _begun(folder)
        self.end = 0
        """Bytes that are known to be written."""
        self._synced_end = 0

    def append(self, frames: bytes) -> None:
        """Append whole frames, or nothing.

        Raises
        ------
        OSError
            The disk is full, for example.
        """
        written = os.write(self.descriptor, frames)
        if written != len(frames):
            # Not to ``end``: after an interrupt the file may have more.
            os.ftruncate(self.descriptor, self.size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.end += written

    @property
    def is_synced(self) -> bool:
        return self._synced_end >= self.end

    def sync(self) -> None:
        """Return when all that was appended before outlasts a loss of power.

        Raises
        ------
        OSError
            The disk failed.
        """
        end = self.end
        sync_descriptor(self.descriptor)
        if not self._synced_end:
            sync_folder(self.path.parent)  # the file itself, beside what is in it
        self._synced_end = end

    def renew(self) -> None:
        """Show that the process lives where locks don't tell."""
        with suppress(OSError):  # it was removed with its folder
            os.utime(self.path)

    @property
    def size(self) -> int:
        """The file's own size: it differs from ``end`` when an interrupt came between a write and its note."""
        return os.fstat(self.descriptor).st_size

    def disown(self) -> None:
        """Forget the file, and give the lock up; in a forked child it stays the parent's."""
        _own.discard(self.name)
        with suppress(OSError):
            os.close(self.descriptor)


def _begun(folder: Path) -> tuple[str, Path, int]:
    """Make a file that is locked; who recovers may find one before it is, and take it away."""
    for _ in range(_ATTEMPTS):
        name = new_name()
        path = folder / f"{name}{SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        if try_lock(descriptor) is not Lock.HELD and _is_at(path, descriptor):
            _own.add(name)
            return name, path, descriptor
        os.close(descriptor)
    raise BlockingIOError(errno.EAGAIN, "another process locks each new file")


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def frames_of(descriptor: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield where each whole frame of an open segment ends, and its payload: None if it is damaged.

    What is torn at the end was never acknowledged and is left out, as is all that follows a damaged length.
    """
    size = os.fstat(descriptor).st_size
    start, buffer, offset = 0, b"", 0
    while start + HEAD_BYTES <= size:
        if len(buffer) - offset < HEAD_BYTES:
            buffer, offset = _read_at(descriptor, _READ_BYTES, start), 0
        length, checksum = _HEAD.unpack_from(buffer, offset)
        if start + HEAD_BYTES + length > size:
            return
        if len(buffer) - offset < HEAD_BYTES + length:
            buffer, offset = _read_at(descriptor, max(_READ_BYTES, HEAD_BYTES + length), start), 0
        payload = buffer[offset + HEAD_BYTES : offset + HEAD_BYTES + length]
        start, offset = start + HEAD_BYTES + length, offset + HEAD_BYTES + length
        yield start, payload if payload and _crc32(payload) == checksum else None


def _read_at(descriptor: int, size: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, offset)
    os.lseek(descriptor, offset, os.SEEK_SET)  # who appends doesn't care where this is
    return os.read(descriptor, size)

from __future__ import annotations

from typing import Any


class Upload:
    """A file on its way to a file system of fsspec, where it appears when ``finish`` returns, or never.

    Parameters
    ----------
    part_bytes
        What is sent at a time, and about a third of what is held in memory. A smaller file goes in one request.
    """

    def __init__(self, filesystem: Any, key: str, part_bytes: int) -> None:
        self._filesystem, self._key, self._part_bytes = filesystem, key, part_bytes
        self._first = bytearray()
        self._stream: Any = None

    def write(self, chunk: bytes | memoryview) -> None:
        if self._stream is not None:
            self._stream.write(chunk)
            return
        self._first += chunk
        if len(self._first) >= self._part_bytes:
            self._stream = self._filesystem.open(self._key, "wb", block_size=self._part_bytes)
            self._stream.write(self._first)
            self._first = bytearray()

    def finish(self) -> None:
        if self._stream is None:
            self._filesystem.pipe_file(self._key, bytes(self._first))
        else:
            self._stream.close()

    def abandon(self) -> None:
        """Give it up; where a file can be seen while it is written, remove what there is of it."""
        from fsspec.spec import AbstractBufferedFile

        if isinstance(self._stream, AbstractBufferedFile):
            try:
                self._stream.discard()
            finally:
                self._stream.closed = True  # else fsspec would finish it when it is let go of
        elif self._stream is not None:
            self._stream.close()
            self._filesystem.rm_file(self._key)

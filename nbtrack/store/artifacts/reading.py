"""Reading an artifact as a stream that notices when it is not what was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

from nbtrack.errors import ArtifactChanged
from nbtrack.store.artifacts.digests import CHUNK_BYTES, Digest
from nbtrack.store.artifacts.place import OpenFile


class ArtifactReader:
    """The bytes of an artifact, or of a part of it, in their order.

    Parameters
    ----------
    file
        The open file; the reader closes it.
    path, owner_id
        Which it is, for errors.
    start, length
        Which bytes of it; None: to its end.
    check
        Told the digest of a file that is read whole, before its last bytes are handed out: raises if that is wrong.
    """

    def __init__(
        self,
        file: OpenFile,
        path: str,
        owner_id: str,
        *,
        start: int = 0,
        length: int | None = None,
        check: Callable[[Digest], None] | None = None,
    ) -> None:
        self._stream = file.stream
        self.path, self._owner_id = path, owner_id
        self.file_size = file.size_bytes
        """Bytes of the whole file, as it was opened."""
        rest = max(0, file.size_bytes - start)
        self.size_bytes = rest if length is None else min(length, rest)
        """Bytes that this reader gives."""
        self._remaining = self.size_bytes
        self._check = check if self.size_bytes == file.size_bytes else None
        self._digest = Digest()
        if start and rest:
            self._stream.seek(start)

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, all that remain if it is negative, none at the end.

        Raises
        ------
        ArtifactChanged
            The file is not what was stored, or ends early. Its last bytes are not handed out then.
        """
        wanted = self._remaining if size < 0 else min(size, self._remaining)
        content = b"".join(self._exactly(wanted))
        self._remaining -= wanted
        if self._check is not None:
            self._digest.update(content)
            if self._remaining == 0:
                check, self._check = self._check, None
                check(self._digest)
        return content

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Read it to its end piece by piece; an empty file is checked too."""
        while content := self.read(size):
            yield content

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> ArtifactReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _exactly(self, wanted: int) -> Iterator[bytes]:
        while wanted:
            content = self._stream.read(wanted)
            if not content:
                raise ArtifactChanged(self.path, self._owner_id, f"it ends before its {self.file_size:,} bytes")
            wanted -= len(content)
            yield content

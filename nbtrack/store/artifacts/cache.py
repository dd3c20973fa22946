"""Downloads of artifacts that lie elsewhere, kept for the next time."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 10 * 1024**3
IN_USE_S = 3600.0
"""For how long after it was asked for a download is not removed: somebody may be reading it."""
_WHOLE = "whole-"


class ArtifactCache:
    """Folders of downloads, by what they are downloads of. Processes may share it.

    Parameters
    ----------
    max_bytes
        Above that, those that were asked for longest ago go.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, in_use_s: float = IN_USE_S) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._in_use_s = in_use_s

    @classmethod
    def of_user(cls) -> ArtifactCache:
        from platformdirs import user_cache_path

        return cls(user_cache_path("nbtrack", appauthor=False) / "artifacts")

    def fetch(self, identity: Iterable[str], name: str, download: Callable[[Path], None]) -> Path:
        """Return the folder ``name`` with what ``identity`` stands for; ``download`` fills it if it isn't there."""
        key = hashlib.sha256("\n".join(identity).encode()).hexdigest()
        entry = self._folder / f"{_WHOLE}{key}"
        with suppress(FileNotFoundError):
            os.utime(entry)
            return entry / name
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = Path(tempfile.mkdtemp(prefix="partial-", dir=self._folder))
        try:
            (partial / name).mkdir()
            download(partial / name)
            with suppress(OSError):  # another process was faster; its download is as good
                partial.rename(entry)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        self._make_room()
        return entry / name

    def forget(self, fetched: Path) -> None:
        """Remove a download, so that the next one who asks gets a new one."""
        for folder in fetched.parents:
            if folder.parent == self._folder:
                shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self) -> None:
        now = time.time()
        total = 0
        for used_at, folder in sorted(self._entries(), reverse=True):
            total += _size(folder)
            if total > self._max_bytes and now - used_at > self._in_use_s:
                shutil.rmtree(folder, ignore_errors=True)

    def _entries(self) -> Iterable[tuple[float, Path]]:
        for folder in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process makes room too
                yield folder.stat().st_mtime, folder


def _size(folder: Path) -> int:
    total = 0
    for above, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):
                total += Path(above, file).stat().st_size
    return total

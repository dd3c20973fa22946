"""Artifacts of runs as plain folders: ``ROOT/RUN_ID/``, named as the user named the files."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from nbtrack.errors import ArtifactNotFound, InvalidPath, StoreUnavailable
from nbtrack.store.protocol import ArtifactEntry

MAX_NAME_BYTES = 255
PARTIAL_PREFIX = ".nbtrack-partial-"
# In a store that is whole: a path that is too long, a folder where a file shall be, or the other way round.
_MISTAKES = {errno.ENAMETOOLONG, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY}


class LocalArtifacts:
    def __init__(self, root: Path) -> None:
        self._root = root

    def uri(self, run_id: str) -> str:
        return os.path.join(self._root, run_id)  # noqa: PTH118 a table of 10,000 runs asks for as many

    def put_bytes(self, run_id: str, path: str, content: bytes) -> None:
        with self.arriving(run_id, path) as partial:
            partial.write_bytes(content)

    def put_file(self, run_id: str, path: str, source: Path) -> None:
        if not source.is_file():
            raise InvalidPath(f"There is no file {str(source)!r} to log.")
        with self.arriving(run_id, path) as partial:
            shutil.copyfile(source, partial)

    def put_folder(self, run_id: str, path: str, source: Path) -> None:
        """Copy a folder's content. A folder that is there already gets the new files beside its own."""
        if not source.is_dir():
            raise InvalidPath(f"There is no folder {str(source)!r} to log.")
        target = self._beneath(run_id, path)
        if path and not target.exists():
            with self.arriving(run_id, path) as partial:
                shutil.copytree(source, partial)
            return
        for file in sorted(file for file in source.rglob("*") if file.is_file()):
            self.put_file(run_id, str(PurePosixPath(path, file.relative_to(source).as_posix())), file)

    def list(self, run_id: str, path: str = "") -> Sequence[ArtifactEntry]:
        """List one folder, folders first; a run without artifacts has an empty one."""
        folder = self._beneath(run_id, path)
        if not folder.is_dir():
            if not path:
                return []
            raise ArtifactNotFound(path, run_id)
        entries = [
            ArtifactEntry(
                path=str(PurePosixPath(path, entry.name)),
                is_dir=entry.is_dir(follow_symlinks=False),
                file_size=entry.stat(follow_symlinks=False).st_size if entry.is_file(follow_symlinks=False) else None,
            )
            for entry in os.scandir(folder)
            if not entry.is_symlink() and not entry.name.startswith(PARTIAL_PREFIX)
        ]
        return sorted(entries, key=lambda entry: (not entry.is_dir, entry.path))

    def walk(self, run_id: str, path: str = "") -> Iterator[ArtifactEntry]:
        """Give all files below a folder."""
        for entry in self.list(run_id, path):
            if entry.is_dir:
                yield from self.walk(run_id, entry.path)
            else:
                yield entry

    def delete(self, run_id: str) -> None:
        """Delete all artifacts of a run for good; deleting again changes nothing."""
        place = self._beneath(run_id, "")
        try:
            if place.exists():
                shutil.rmtree(place)
        except OSError as error:
            raise StoreUnavailable(f"The artifacts of run {run_id} can't be deleted from {place}: {error}.") from error

    def local_path(self, run_id: str, path: str) -> Path:
        """Return where an artifact lies on this machine's disk."""
        found = self._beneath(run_id, path)
        if not found.exists():
            raise ArtifactNotFound(path, run_id)
        return found

    @contextmanager
    def arriving(self, run_id: str, path: str) -> Iterator[Path]:
        """Give a place for a file or folder, which becomes ``path`` once it is whole, in place of what was there."""
        target = self._beneath(run_id, path)
        if not path:
            raise InvalidPath("An artifact needs a path.")
        partial = target.parent / f"{PARTIAL_PREFIX}{secrets.token_hex(8)}"
        try:
            _make_private(target.parent)
            yield partial
            partial.chmod(0o700 if partial.is_dir() else 0o600)
            if partial.is_dir() and target.is_dir():
                shutil.rmtree(target)
            partial.replace(target)
        except OSError as error:
            if error.errno in _MISTAKES and (self._root / run_id).is_dir():
                raise InvalidPath(
                    f"The artifact {path!r} can't be kept under this path: {error.strerror}. Choose another one."
                ) from error
            raise StoreUnavailable(f"The artifact {path!r} can't be written to {target.parent}: {error}.") from error
        finally:
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            with suppress(OSError):  # its folder may never have been there
                partial.unlink(missing_ok=True)

    def _beneath(self, run_id: str, path: str) -> Path:
        """Resolve a path from outside below the run's folder, refusing whatever leads out of it."""
        if not run_id.replace("-", "").isalnum():
            raise InvalidPath(f"{run_id!r} is no run id.")
        place = self._root / run_id
        if place.is_symlink():
            raise InvalidPath(f"The artifacts of run {run_id} are a link, which is not followed.")
        for part in check_relative(path):
            place = place / part
            if len(os.fsencode(part)) > MAX_NAME_BYTES:
                raise InvalidPath(f"The artifact path has a part of {len(part)} characters; file systems keep fewer.")
            if place.is_symlink():
                raise InvalidPath(f"The artifact path {path!r} passes through a link, which is not followed.")
        return place


def _make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the user's eyes alone."""
    missing = [folder, *folder.parents]
    missing = missing[: next(place for place, above in enumerate(missing) if above.exists())]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def check_relative(path: str) -> tuple[str, ...]:
    """Return the parts of a relative path with forward slashes, or raise InvalidPath."""
    pure = PurePosixPath(path)
    has_bad_character = "\\" in path or "\0" in path or any("\ud800" <= character <= "\udfff" for character in path)
    if pure.is_absolute() or ".." in pure.parts or has_bad_character or ":" in (pure.parts or ("",))[0]:
        raise InvalidPath(
            f"{path!r} can't be an artifact's path: use a relative one with forward slashes, without '..'."
        )
    return pure.parts

"""Artifacts in a plain folder, named as the user named them."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from nbtrack.entities import StoredFile
from nbtrack.errors import ArtifactNotFound, InvalidPath, StoreUnavailable
from nbtrack.store.artifacts.digests import Digest, chunks_of, digest_of_file
from nbtrack.store.artifacts.paths import PARTIAL_PREFIX, below, check_relative, is_normal
from nbtrack.store.artifacts.place import Arrival, OpenFile
from nbtrack.store.artifacts.sources import files_in
from nbtrack.store.protocol import ArtifactEntry

# In a store that is whole: a path that is too long, a folder where a file shall be, or the other way round.
_MISTAKES = {errno.ENAMETOOLONG, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY}
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


class LocalPlace:
    """The artifacts of one owner in the folder ``root``."""

    def __init__(self, root: Path, owner_id: str) -> None:
        self._root = root
        self._owner_id = owner_id

    def uri(self) -> str:
        return str(self._root)

    def prepare(self) -> None:
        """Nothing is needed."""

    def ask(self) -> None:
        """Nothing to be asked: who writes hears what is wrong."""

    def put_stream(self, path: str, chunks: Iterable[bytes | memoryview], size_bytes: int | None = None) -> StoredFile:  # noqa: ARG002 only places that send in parts need the size
        digest = Digest()
        with self._partial(path) as partial:
            _write(partial, digest.passing(chunks))
        return digest.stored(path)

    def put_folder(self, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]:
        """Copy a folder's content: at once if there is no such folder yet or this is the whole of it, else by file."""
        files = files_in(source)
        if not path or (not is_whole and self._beneath(path).exists()):
            return [self.put_stream(below(path, name), chunks_of(file)) for name, file in files]
        digests: dict[str, Digest] = {}
        with self._partial(path) as partial:
            partial.mkdir(mode=0o700)
            for name, file in files:
                check_relative(name)
                digests[name] = Digest()
                (partial / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(partial / name, digests[name].passing(chunks_of(file)))
        return [digest.stored(below(path, name)) for name, digest in digests.items()]

    @contextmanager
    def arriving(self, path: str) -> Iterator[Arrival]:
        with self._partial(path) as partial:
            arrival = Arrival(partial)
            yield arrival
            digests = {name: digest_of_file(file) for name, file in files_in(partial)}
        arrival.files = tuple(digest.stored(below(path, name)) for name, digest in digests.items())

    def open(self, path: str) -> OpenFile:
        parts = check_relative(path)
        self._beneath(path)
        if not parts:
            raise ArtifactNotFound(path, self._owner_id)
        try:
            descriptor = self._open_file(parts)
        except OSError as error:
            if isinstance(error, PermissionError):
                raise StoreUnavailable(f"The artifact {path!r} can't be read: {error.strerror}.") from error
            raise ArtifactNotFound(path, self._owner_id) from None
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise ArtifactNotFound(path, self._owner_id)
        return OpenFile(os.fdopen(descriptor, "rb"), found.st_size)

    def list(self, path: str, *, after: str | None, limit: int | None) -> Sequence[ArtifactEntry]:
        folder = self._beneath(path)
        if not folder.is_dir():
            if not path:
                return []
            raise ArtifactNotFound(path, self._owner_id)
        with os.scandir(folder) as found:
            entries = sorted((entry for entry in found if _is_shown(entry)), key=lambda entry: entry.name)
        prefix = f"{path}/" if path else ""
        wanted = [entry for entry in entries if after is None or prefix + entry.name > after]
        return [_entry(prefix, entry) for entry in wanted[:limit]]

    def walk(self, path: str) -> Iterator[ArtifactEntry]:
        found = self._beneath(path)
        if found.is_file():
            yield ArtifactEntry(below("", path), is_dir=False, file_size=found.stat().st_size)
            return
        for entry in self.list(path, after=None, limit=None):
            if entry.is_dir:
                yield from self.walk(entry.path)
            else:
                yield entry

    def delete(self, path: str) -> None:
        target = self._beneath(path)
        try:
            if target.is_dir():
                shutil.rmtree(target)
            elif target.exists():
                target.unlink()
            elif path:
                raise ArtifactNotFound(path, self._owner_id)
            self._remove_empty(target.parent if path else target)
        except OSError as error:
            raise StoreUnavailable(f"The artifact {path!r} can't be deleted from {self._root}: {error}.") from error

    def fetch(self, path: str) -> Path:
        found = self._beneath(path)
        if not found.exists():
            raise ArtifactNotFound(path, self._owner_id)
        return found

    def forget_fetched(self, fetched: Path) -> None:
        """Nothing was downloaded."""

    @contextmanager
    def _partial(self, path: str) -> Iterator[Path]:
        """Give a place for a file or folder, which becomes ``path`` once it is whole, in place of what was there."""
        target = self._beneath(path)
        if target == self._root:
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
            if error.errno in _MISTAKES and self._root.is_dir():
                raise InvalidPath(
                    f"The artifact {path!r} can't be kept under this path: {error.strerror}. Choose another one."
                ) from error
            raise StoreUnavailable(f"The artifact {path!r} can't be written to {target.parent}: {error}.") from error
        finally:
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            with suppress(OSError):  # its folder may never have been there
                partial.unlink(missing_ok=True)

    def _beneath(self, path: str) -> Path:
        """Resolve a path from outside below the root, refusing whatever leads out of it."""
        place = self._root
        if place.is_symlink():
            raise InvalidPath(f"The artifacts of {self._owner_id} are a link, which is not followed.")
        for part in check_relative(path):
            place = place / part
            if place.is_symlink():
                raise InvalidPath(f"The artifact path {path!r} passes through a link, which is not followed.")
        return place

    def _open_file(self, parts: tuple[str, ...]) -> int:
        """Open step by step: a link that is put in place after it was looked for is not followed either."""
        no_block = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for a writer
        if os.open not in os.supports_dir_fd:
            return os.open(self._root.joinpath(*parts), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW)
        try:
            for part in parts[:-1]:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            return os.open(parts[-1], os.O_RDONLY | _NO_FOLLOW | no_block, dir_fd=folder)
        finally:
            os.close(folder)

    def _remove_empty(self, folder: Path) -> None:
        """Remove folders that a deletion left empty: elsewhere there are none without files."""
        while folder != self._root.parent:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _write(file: Path, chunks: Iterable[bytes | memoryview]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode=0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as stream:
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[stream.write(view) :]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    # As elsewhere, what nobody could have put here through nbtrack is left out: a name that is no text, for example.
    return not entry.is_symlink() and is_normal(entry.name)


def _entry(prefix: str, found: os.DirEntry[str]) -> ArtifactEntry:
    is_file = found.is_file(follow_symlinks=False)
    return ArtifactEntry(
        path=prefix + found.name,
        is_dir=found.is_dir(follow_symlinks=False),
        file_size=found.stat(follow_symlinks=False).st_size if is_file else None,
    )


def _make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for the user's eyes alone."""
    missing = [folder, *folder.parents]
    missing = missing[: next(place for place, above in enumerate(missing) if above.exists())]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)

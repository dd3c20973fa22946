"""Artifacts behind a URL, through fsspec."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing.pool import ThreadPool
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from nbtrack.entities import StoredFile
from nbtrack.errors import ArtifactNotFound, InvalidPath
from nbtrack.store.artifacts.cache import ArtifactCache
from nbtrack.store.artifacts.digests import Digest, chunks_of
from nbtrack.store.artifacts.filesystems import explaining, filesystem_at
from nbtrack.store.artifacts.local import LocalPlace
from nbtrack.store.artifacts.paths import PARTIAL_PREFIX, below, check_relative, is_normal
from nbtrack.store.artifacts.place import Arrival, OpenFile
from nbtrack.store.artifacts.reading import ArtifactReader
from nbtrack.store.artifacts.recent import Recent
from nbtrack.store.artifacts.schemes import scheme_of
from nbtrack.store.artifacts.sources import files_in
from nbtrack.store.artifacts.uploads import Upload
from nbtrack.store.protocol import ArtifactEntry

PART_BYTES = 8 * 1024 * 1024
MAX_PARTS = 9_000
"""S3 takes 10,000: a stream of unknown length may have 78 GiB."""
MAX_KEY_BYTES = 1024
_READ_BYTES = 4 * 1024 * 1024
_SMALL_BYTES = 1024 * 1024
_THREADS = 8
_VERSION_KEYS = ("ETag", "etag", "md5Hash", "content_settings", "LastModified", "last_modified", "mtime", "created")

Item = TypeVar("Item")
Result = TypeVar("Result")


class RemotePlace:
    """The artifacts of one owner below a URL.

    A file appears under its name when it is whole; of a folder, the files appear one by one. A process that dies in
    the middle leaves nothing that can be seen; what an object store keeps of such an upload, its own rules clean up.
    """

    def __init__(self, url: str, owner_id: str) -> None:
        self._url = url.rstrip("/")
        self._owner_id = owner_id
        # Known to be no files, so that not each file that is put in them asks again.
        self._folders: Recent[str, bool] = Recent()

    def uri(self) -> str:
        return self._url

    def prepare(self) -> None:
        self._filesystem()

    def ask(self) -> None:
        self._kind("")

    def put_stream(self, path: str, chunks: Iterable[bytes | memoryview], size_bytes: int | None = None) -> StoredFile:
        self._check_above(path)
        if self._kind(path) == "directory":
            raise _taken(path, path, "folder")
        return self._upload(path, chunks, size_bytes)

    def put_folder(self, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]:
        files = {below(path, name): file for name, file in files_in(source)}
        self._check_above(f"{path}/file" if path else "file")
        before = {entry.path for entry in self.walk(path)}
        self._check_beside(before, files)
        small = [name for name, file in files.items() if file.stat().st_size <= _SMALL_BYTES]
        stored = _at_once(lambda name: self._upload_file(name, files[name]), small)
        # Each of these takes the memory of several parts.
        stored += [self._upload_file(name, files[name]) for name in files.keys() - set(small)]
        if is_whole:
            _at_once(self._remove, sorted(before - files.keys()))
        return stored

    @contextmanager
    def arriving(self, path: str) -> Iterator[Arrival]:
        """Give a folder of this machine, which is uploaded at the end; what else was there then goes."""
        if not path:
            raise InvalidPath("An artifact needs a path.")
        with tempfile.TemporaryDirectory(prefix="nbtrack-") as temporary:
            arrival = Arrival(Path(temporary, "folder"))
            yield arrival
            arrival.files = tuple(self.put_folder(path, arrival.folder, is_whole=True))

    def open(self, path: str) -> OpenFile:
        filesystem, key = self._at(path)
        if not path or self._kind(path) != "file":
            raise ArtifactNotFound(path, self._owner_id)
        with self._explaining("read", path):
            stream = filesystem.open(key, "rb", block_size=_READ_BYTES, cache_type="readahead")
            return OpenFile(_Stream(stream, lambda: self._explaining("read", path)), int(stream.size))

    def list(self, path: str, *, after: str | None, limit: int | None) -> Sequence[ArtifactEntry]:
        filesystem, key = self._at(path)
        if self._kind(path) != "directory":
            if not path:
                return []
            raise ArtifactNotFound(path, self._owner_id)
        with self._explaining("listed", path):
            found = filesystem.ls(key, detail=True)
        entries = sorted((entry for entry, _ in self._entries(found)), key=lambda entry: entry.path)
        return [entry for entry in entries if after is None or entry.path > after][:limit]

    def walk(self, path: str) -> Iterator[ArtifactEntry]:
        return (entry for entry, _ in self._files(path))

    def delete(self, path: str) -> None:
        files = [entry.path for entry in self.walk(path)]
        if not files and path:
            raise ArtifactNotFound(path, self._owner_id)
        _at_once(self._remove, files)

    def fetch(self, path: str) -> Path:
        found = self._files(path)
        if not found and path:
            raise ArtifactNotFound(path, self._owner_id)
        identity = (self._url, path, *(f"{entry.path}\0{entry.file_size}\0{version}" for entry, version in found))
        # A file lies in a folder of its own there, under its own name.
        folder = str(PurePosixPath(path).parent) if [entry.path for entry, _ in found] == [path] else path
        name = PurePosixPath(path).name or self._owner_id

        def download(target: Path) -> None:
            local = LocalPlace(target, self._owner_id)
            for entry, _ in found:
                with ArtifactReader(self.open(entry.path), entry.path, self._owner_id) as reader:
                    local.put_stream(str(PurePosixPath(entry.path).relative_to(folder)), reader.chunks())

        cached = ArtifactCache.of_user().fetch(identity, name, download)
        return cached if folder == path else cached / name

    def forget_fetched(self, fetched: Path) -> None:
        ArtifactCache.of_user().forget(fetched)

    def _at(self, path: str) -> tuple[Any, str]:
        """Return the file system, and the key of a path below this place; whatever leads out of it is refused."""
        parts = check_relative(path)
        filesystem, base = self._filesystem()
        key = "/".join((base, *parts))
        if len(key.encode()) > MAX_KEY_BYTES or not _means_itself(filesystem, key):
            raise InvalidPath(f"The artifact path {path[:100]!r} can't be a name at {self._url}. Choose another one.")
        return filesystem, key

    def _filesystem(self) -> tuple[Any, str]:
        """Return the file system, and what it calls this place."""
        with explaining("Artifacts can't be kept", self._url):
            return filesystem_at(self._url)

    def _shows_partial(self) -> bool:
        """Tell whether a file can be seen there while it is written."""
        return scheme_of(self._url).shows_partial

    def _kind(self, path: str) -> str | None:
        """Tell whether there is a "file" or a "directory" of this name, or nothing."""
        filesystem, key = self._at(path)
        with self._explaining("looked up", path):
            try:
                return str(filesystem.info(key)["type"])
            except FileNotFoundError:
                return None

    def _files(self, path: str) -> Sequence[tuple[ArtifactEntry, str]]:
        """Give all files below a folder, or the file of this name, in order, and what tells versions of each apart."""
        filesystem, key = self._at(path)
        with self._explaining("listed", path):
            try:
                found = filesystem.find(key, detail=True)
                # adlfs gives no more than the name of a file that is asked for itself.
                infos = list(found.values()) if isinstance(found, dict) else [filesystem.info(name) for name in found]
            except FileNotFoundError:
                infos = []
        return sorted(self._entries(infos), key=lambda item: item[0].path)

    def _entries(self, found: Iterable[Mapping[str, Any]]) -> Iterator[tuple[ArtifactEntry, str]]:
        """Make entries of what was listed; what nobody could have put here through nbtrack is left out."""
        filesystem, root = self._at("")
        for info in found:
            is_dir = info["type"] == "directory"
            name = str(info["name"]).rstrip("/") if is_dir else str(info["name"])
            path = name.removeprefix(f"{root}/")
            if is_normal(path) and name.startswith(f"{root}/") and _means_itself(filesystem, name):
                version = next((str(info[key]) for key in _VERSION_KEYS if info.get(key)), "")
                yield ArtifactEntry(path, is_dir=is_dir, file_size=None if is_dir else int(info["size"])), version

    def _check_above(self, path: str) -> None:
        """Refuse a path that goes through a file: elsewhere it could not be."""
        parts = check_relative(path)
        if not parts:
            raise InvalidPath("An artifact needs a path.")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if self._folders.get(folder) is None:
                if self._kind(folder) == "file":
                    raise _taken(path, folder, "file")
                self._folders.put(folder, True)

    def _check_beside(self, existing: set[str], new: Iterable[str]) -> None:
        folders = {str(above) for path in existing for above in PurePosixPath(path).parents}
        for path in new:
            self._at(path)
            if path in folders:
                raise _taken(path, path, "folder")
            for above in map(str, PurePosixPath(path).parents):
                if above in existing:
                    raise _taken(path, above, "file")

    def _upload_file(self, path: str, file: Path) -> StoredFile:
        return self._upload(path, chunks_of(file), file.stat().st_size)

    def _upload(self, path: str, chunks: Iterable[bytes | memoryview], size_bytes: int | None) -> StoredFile:
        filesystem, key = self._at(path)
        digest = Digest()
        is_hidden = self._shows_partial()
        place = f"{key.rpartition('/')[0]}/{PARTIAL_PREFIX}{secrets.token_hex(8)}" if is_hidden else key
        upload = Upload(filesystem, place, max(PART_BYTES, (size_bytes or 0) // MAX_PARTS + 1))
        try:
            for chunk in digest.passing(chunks):
                with self._explaining("written", path):
                    upload.write(chunk)
            with self._explaining("written", path):
                upload.finish()
                if is_hidden:
                    filesystem.mv(place, key)
        except BaseException:
            with suppress(Exception):  # what went wrong before says more
                upload.abandon()
            raise
        return digest.stored(path)

    def _remove(self, path: str) -> None:
        filesystem, key = self._at(path)
        with self._explaining("deleted", path):
            filesystem.rm_file(key)

    def _explaining(self, act: str, path: str) -> AbstractContextManager[None]:
        return explaining(f"The artifact {path!r} can't be {act}", self._url)


class _Stream:
    def __init__(self, stream: Any, explaining: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._explaining = stream, explaining

    def read(self, size: int) -> bytes:
        with self._explaining():
            return bytes(self._stream.read(size))

    def seek(self, position: int) -> int:
        return int(self._stream.seek(position))

    def close(self) -> None:
        self._stream.close()


def _means_itself(filesystem: Any, key: str) -> bool:
    """Tell whether a file system takes all of a key for a name; some read the end of it as a URL's query."""
    # What every file system of fsspec does with a key before it uses it; what follows "?versionid=" goes later.
    read: str = filesystem._strip_protocol(key)  # noqa: SLF001
    return read == key and "?versionid=" not in key.lower()


def _taken(path: str, by: str, kind: str) -> InvalidPath:
    return InvalidPath(f"The artifact {path!r} can't be kept: {by!r} is a {kind} already. Choose another path.")


def _at_once(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Call for many small things at once: at a distance each takes its time."""
    # Not an executor, which takes nothing more when the process ends: files may still be on their way then.
    with ThreadPool(_THREADS) as threads:
        return threads.map(function, items)

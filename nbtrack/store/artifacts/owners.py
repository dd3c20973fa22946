"""The artifacts of a store: of each run and logged model, wherever they lie."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from nbtrack.entities import StoredFile
from nbtrack.errors import ArtifactChanged, InvalidPath
from nbtrack.store.artifacts.digests import Digest, chunks_of, digest_of_file
from nbtrack.store.artifacts.local import LocalPlace
from nbtrack.store.artifacts.locations import child, place_at
from nbtrack.store.artifacts.paths import check_owner, normal
from nbtrack.store.artifacts.place import Arrival, Place
from nbtrack.store.artifacts.reading import ArtifactReader
from nbtrack.store.artifacts.recent import Recent
from nbtrack.store.artifacts.sources import check_file
from nbtrack.store.protocol import ArtifactEntry

RECORD_WAIT_S = 0.5
"""How long the record of what another process has just stored may take to get here."""
_RECORD_POLL_S = 0.05


class FileRecords(Protocol):
    """What was recorded of stored files."""

    def of(self, owner_id: str, path: str = "") -> Mapping[str, StoredFile]:
        """Return what is recorded of a file, or of all files below a folder, by path."""
        ...

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None: ...
    def forget(self, owner_id: str, path: str = "") -> None: ...


class Artifacts:
    """Keeps the artifacts of an owner where its record says, else in a folder of its own below ``root``.

    Parameters
    ----------
    root
        A folder of this machine, or the URL of a place.
    root_of
        Tells where the artifacts of an owner lie: None if in its default place. Raises LookupError for an owner that
        is not recorded (yet).
    records
        What is known of stored files. Nothing here writes to it but ``record`` and ``delete``: who stores a file
        passes on what ``put_...`` returned.
    """

    def __init__(self, root: str, *, root_of: Callable[[str], str | None], records: FileRecords) -> None:
        self._root = root
        self._root_of = root_of
        self._records = records
        self._places: Recent[str, Place] = Recent()
        # What this process stored may not be recorded yet.
        self._stored: Recent[str, Recent[str, StoredFile]] = Recent()
        self._checked: Recent[Path, tuple[int, ...]] = Recent()

    def default_uri(self, owner_id: str) -> str:
        """Return where the artifacts of an owner lie of whom nothing else is recorded."""
        return child(self._root, check_owner(owner_id))

    def uri(self, owner_id: str) -> str:
        return self._place(owner_id).uri()

    def settle(self, run_id: str, location: str | None) -> str | None:
        uri = None if location is None else child(location, check_owner(run_id), "artifacts")
        self._places.put(run_id, self._place_at(run_id, uri))
        return uri

    def is_at_hand(self, owner_id: str) -> bool:
        return isinstance(self._places.get(owner_id), LocalPlace)

    def prepare(self, owner_id: str) -> None:
        place = self._places.get(owner_id)
        if place is not None:
            place.prepare()

    def ask(self, owner_id: str) -> None:
        self._place(owner_id).ask()

    def put_bytes(self, owner_id: str, path: str, content: bytes) -> StoredFile:
        return self.put_stream(owner_id, path, (content,), size_bytes=len(content))

    def put_file(self, owner_id: str, path: str, source: Path) -> StoredFile:
        check_file(source)
        return self.put_stream(owner_id, path, chunks_of(source), size_bytes=source.stat().st_size)

    def put_stream(
        self, owner_id: str, path: str, chunks: Iterable[bytes | memoryview], *, size_bytes: int | None = None
    ) -> StoredFile:
        stored = self._place(owner_id).put_stream(normal(path), chunks, size_bytes)
        self._note(owner_id, (stored,))
        return stored

    def put_folder(self, owner_id: str, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]:
        name = normal(path)
        if is_whole and not name:
            raise InvalidPath("A folder that is to be the whole of what is there needs a path.")
        stored = self._place(owner_id).put_folder(name, source, is_whole=is_whole)
        self._note(owner_id, stored)
        return stored

    @contextmanager
    def arriving(self, owner_id: str, path: str) -> Iterator[Arrival]:
        with self._place(owner_id).arriving(normal(path)) as arrival:
            yield arrival
        self._note(owner_id, arrival.files)

    def open(self, owner_id: str, path: str, *, start: int = 0, length: int | None = None) -> ArtifactReader:
        name = normal(path)
        opened = self._place(owner_id).open(name)
        is_recorded = self._recorded(owner_id, name) is not None
        check = partial(self._check, owner_id, name) if is_recorded else None
        return ArtifactReader(opened, name, owner_id, start=start, length=length, check=check)

    def list(
        self, owner_id: str, path: str = "", *, after: str | None = None, limit: int | None = None
    ) -> Sequence[ArtifactEntry]:
        return self._place(owner_id).list(normal(path), after=after, limit=limit)

    def walk(self, owner_id: str, path: str = "") -> Iterator[ArtifactEntry]:
        return self._place(owner_id).walk(normal(path))

    def local_path(self, owner_id: str, path: str) -> Path:
        name = normal(path)
        place = self._place(owner_id)
        found = place.fetch(name)
        try:
            for below, recorded in sorted(self._known(owner_id, name).items()):
                self._check_file(owner_id, found / below[len(name) :].lstrip("/"), recorded)
        except ArtifactChanged:
            place.forget_fetched(found)
            raise
        return found

    def download(self, owner_id: str, path: str, folder: Path) -> Path:
        name = normal(path)
        target = LocalPlace(folder, owner_id)
        for entry in list(self.walk(owner_id, name)):
            with self.open(owner_id, entry.path) as reader:
                target.put_stream(entry.path, reader.chunks())
        return folder / name

    def delete(self, owner_id: str, path: str = "") -> None:
        name = normal(path)
        self._place(owner_id).delete(name)
        self._stored.forget(owner_id)
        self._records.forget(owner_id, name)

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        self._records.record(owner_id, files)

    def _place(self, owner_id: str) -> Place:
        place = self._places.get(owner_id)
        if place is None:
            try:
                place = self._place_at(owner_id, self._root_of(check_owner(owner_id)))
            except LookupError:
                return self._place_at(owner_id, None)
            self._places.put(owner_id, place)
        return place

    def _place_at(self, owner_id: str, uri: str | None) -> Place:
        return place_at(uri or self.default_uri(owner_id), owner_id)

    def _note(self, owner_id: str, files: Iterable[StoredFile]) -> None:
        of_owner = self._stored.setdefault(owner_id, Recent())
        for file in files:
            of_owner.put(file.path, file)

    def _known(self, owner_id: str, path: str) -> dict[str, StoredFile]:
        """Return what is known of a file, or of all below a folder: by the store, or, if later, by this process."""
        known = dict(self._records.of(owner_id, path))
        for name, file in (self._stored.get(owner_id) or Recent[str, StoredFile]()).items():
            is_meant = name == path or not path or name.startswith(f"{path}/")
            if is_meant and (name not in known or known[name].stored_at_ms <= file.stored_at_ms):
                known[name] = file
        return known

    def _recorded(self, owner_id: str, path: str) -> StoredFile | None:
        return self._known(owner_id, path).get(path)

    def _check(self, owner_id: str, path: str, digest: Digest) -> None:
        """Compare a file that was read with what is recorded of it.

        Raises
        ------
        ArtifactChanged
            It is not what was stored.
        """
        deadline = time.monotonic() + RECORD_WAIT_S
        while (recorded := self._recorded(owner_id, path)) is not None and recorded.digest != digest.text():
            if time.monotonic() > deadline:
                raise ArtifactChanged(
                    path, owner_id, f"{digest.size_bytes:,} bytes where {recorded.size_bytes:,} were stored"
                )
            time.sleep(_RECORD_POLL_S)

    def _check_file(self, owner_id: str, file: Path, recorded: StoredFile) -> None:
        if not file.is_file():
            return  # a folder that was stored again need not have all that it had
        found = file.stat()
        state = (found.st_ino, found.st_size, found.st_mtime_ns, recorded.stored_at_ms)
        if self._checked.get(file) == state:
            return
        digest = digest_of_file(file)
        if digest.text() != recorded.digest:
            self._check(owner_id, recorded.path, digest)
        self._checked.put(file, state)

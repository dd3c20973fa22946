from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from nbtrack.entities import StoredFile
from nbtrack.store import ArtifactStore
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.source import SourceFile

CHUNK_BYTES = 1024 * 1024


class IntoArtifacts:
    """Copies files of runs and models. A file that is there already stays."""

    def __init__(self, artifacts: ArtifactStore, report: Report) -> None:
        self._artifacts, self._report = artifacts, report

    def bring(self, owner_id: str, files: Iterator[SourceFile], *, is_new: bool) -> None:
        """Copy the files of an owner; one that is new has none there."""
        stored = []
        there = {} if is_new else {entry.path: entry.file_size for entry in self._artifacts.walk(owner_id)}
        for file in files:
            with reporting(self._report, "artifact", f"{owner_id}/{file.path}"):
                if file.path not in there:
                    stored += self._copy(owner_id, file)
                elif there[file.path] == file.size_bytes:
                    self._report.already_here["artifact"] += 1
                else:
                    text = f"has {there[file.path]} bytes here and {file.size_bytes} there; that of here stays"
                    self._report.note("artifact", f"{owner_id}/{file.path}", text)
        if stored:
            self._artifacts.record(owner_id, stored)

    def _copy(self, owner_id: str, file: SourceFile) -> list[StoredFile]:
        """Copy a file; return what was stored, which is nothing on a dry run."""
        stored = []
        if not self._report.is_dry_run:
            with file.open() as stream:
                chunks = iter(partial(stream.read, CHUNK_BYTES), b"")
                stored.append(self._artifacts.put_stream(owner_id, file.path, chunks))
        self._report.came["artifact"] += 1
        self._report.came["artifact byte"] += file.size_bytes
        return stored

from __future__ import annotations

import io
import stat
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from nbtrack.entities import Experiment, RegisteredModel
from nbtrack.errors import InvalidInput, NotAStore
from nbtrack.store import RunRecord, Stretch
from nbtrack.transfer import archive_format as archive
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun
from nbtrack.transfer.stamps import stamp_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
MAX_LINE_BYTES = 4 * 1024 * 1024
HARMLESS_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 200
"""An archive that unpacks to more than this many times its size, and to more than a gigabyte, is no export."""

_Folder = tuple[str, str, str]
"""``runs`` or ``models``, the experiment's id, the run's or model's id."""


class Archive:
    """A zip file that ``nbtrack export`` wrote, or that somebody says it wrote."""

    def __init__(self, path: Path, report: Report) -> None:
        self.name = str(path)
        self._report = report
        try:
            self._zip = ZipFile(path)
        except _DAMAGES as error:
            raise NotAStore(f"{path} can't be read as a zip file: {error}.") from None
        try:
            self._check(path)
            manifest = archive.decode(self._read(archive.MANIFEST), archive.Manifest, archive.MANIFEST)
            if manifest.format > archive.FORMAT:
                raise NotAStore(f"{path} was written by nbtrack {manifest.nbtrack}. Upgrade: pip install -U nbtrack")
            self._index(set(manifest.incomplete))
        except Exception:
            self._zip.close()
            raise

    @staticmethod
    def is_one(path: Path) -> bool:
        return is_zipfile(path)

    def experiments(self) -> Sequence[Experiment]:
        found = []
        for name in self._experiments:
            with reporting(self._report, "experiment", name):
                found.append(archive.decode(self._read(name), Experiment, name))
        return found

    def run_count(self, experiment: Experiment) -> int:
        return len(self._of("runs", experiment))

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        for folder in self._of("runs", experiment):
            run_id, stamp = folder[2], self._stamp(folder)
            if settled.has_run(run_id, stamp):
                continue
            with reporting(self._report, "run", run_id):
                name = f"{'/'.join(folder)}/{archive.RUN}"
                record = archive.decode(self._read(name), RunRecord, name)
                if (record.run_id, record.new.experiment_id) != (run_id, experiment.experiment_id):
                    raise InvalidInput(f"{name} is of another run, {record.run_id[:80]!r}.")
                yield SourceRun(record, partial(self._points, folder), partial(self._files, folder), stamp)

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:
        for folder in self._of("models", experiment):
            model_id = folder[2]
            with reporting(self._report, "model", model_id):
                name = f"{'/'.join(folder)}/{archive.MODEL}"
                model = archive.decode_model(self._read(name), name)
                if settled.has_model(model.model_id, model.run_id):
                    continue
                if (model.model_id, model.experiment_id) != (model_id, experiment.experiment_id):
                    raise InvalidInput(f"{name} is of another model, {model.model_id[:80]!r}.")
                yield SourceModel(model, partial(self._files, folder))

    def registered_models(self) -> Iterator[RegisteredModel]:
        for name in self._registry:
            with reporting(self._report, "registered model", name):
                yield archive.decode(self._read(name), RegisteredModel, name)

    def close(self) -> None:
        self._zip.close()

    def _check(self, path: Path) -> None:
        total, size_bytes = sum(info.file_size for info in self._zip.infolist()), path.stat().st_size
        if total > HARMLESS_BYTES and total > size_bytes * MAX_RATIO:
            raise NotAStore(f"{path} would unpack from {size_bytes:,} to {total:,} bytes, which no export does.")
        if archive.MANIFEST not in self._zip.NameToInfo:
            raise NotAStore(f"{path} is a zip file, but no export of nbtrack: it has no {archive.MANIFEST}.")

    def _index(self, incomplete: set[str]) -> None:
        """Sort the members by what they belong to; those that belong nowhere are reported."""
        self._experiments: list[str] = []
        self._registry: list[str] = []
        self._folders: dict[_Folder, list[ZipInfo]] = {}
        for info in self._zip.infolist():
            reason = "is not whole" if info.filename in incomplete else _reason_against(info)
            if reason is not None:
                self._report.leave_out("member", info.filename, reason)
            elif not info.is_dir() and info.filename != archive.MANIFEST:
                self._place(info)

    def _place(self, info: ZipInfo) -> None:
        match info.filename.split("/"):
            case ["experiments", _]:
                self._experiments.append(info.filename)
            case ["registry", _]:
                self._registry.append(info.filename)
            case ["runs" | "models" as kind, experiment_id, owner_id, *path] if path:
                files = self._folders.setdefault((kind, experiment_id, owner_id), [])
                if path[0] == archive.FILES and len(path) > 1:
                    files.append(info)
            case _:
                self._report.leave_out("member", info.filename, "is no part of an export")

    def _stamp(self, folder: _Folder) -> str:
        """Tell a run by the checksums of its members."""
        documents = (self._zip.NameToInfo.get(f"{'/'.join(folder)}/{name}") for name in (archive.RUN, archive.METRICS))
        members = [*(info for info in documents if info is not None), *self._folders[folder]]
        return stamp_of([(info.filename, info.file_size, info.CRC) for info in members])

    def _of(self, kind: str, experiment: Experiment) -> list[_Folder]:
        return [folder for folder in self._folders if folder[:2] == (kind, experiment.experiment_id)]

    def _points(self, folder: _Folder) -> Iterator[Stretch]:
        name = f"{'/'.join(folder)}/{archive.METRICS}"
        if name not in self._zip.NameToInfo:
            return
        with self._open(self._zip.NameToInfo[name]) as file:
            for number, line in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), start=1):
                yield archive.decode_stretch(line, f"line {number} of {name}")

    def _files(self, folder: _Folder) -> Iterator[SourceFile]:
        beginning = len("/".join((*folder, archive.FILES, "")))
        for info in self._folders[folder]:
            yield SourceFile(info.filename[beginning:], info.file_size, partial(self._open, info))

    def _read(self, name: str) -> bytes:
        info = self._zip.NameToInfo.get(name)
        if info is None:
            raise InvalidInput(f"{name} is missing.")
        if info.file_size > MAX_DOCUMENT_BYTES:
            raise InvalidInput(f"{name} is larger than {MAX_DOCUMENT_BYTES >> 20} MB.")
        with self._open(info) as file:
            return file.read()

    def _open(self, info: ZipInfo) -> io.BufferedReader:
        try:
            return io.BufferedReader(_Member(self._zip.open(info), info.filename))
        except _DAMAGES as error:
            raise InvalidInput(f"{info.filename} can't be unpacked: {error}.") from None


_DAMAGES = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What zipfile raises for a file that is not as it should be: a name may be no UTF-8, a place outside of the file."""


class _Member(io.RawIOBase):
    """A member that is being read; what is wrong with it is an InvalidInput."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name = stream, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        try:
            part = self._stream.read(len(view))
        except _DAMAGES as error:
            raise InvalidInput(f"{self._name} can't be unpacked: {error}.") from None
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _reason_against(info: ZipInfo) -> str | None:
    if info.flag_bits & 0x1:
        return "is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link, which is not followed"
    parts = info.filename.split("/")
    if info.filename.startswith("/") or "\\" in info.filename or {"..", "."} & set(parts):
        return "leads out of the archive"
    return None

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from nbtrack.clock import now_ms
from nbtrack.entities import Experiment, RegisteredModel
from nbtrack.errors import AlreadyExists
from nbtrack.store import Stretch
from nbtrack.transfer import archive_format as archive
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun
from nbtrack.version import __version__

CHUNK_BYTES = 1024 * 1024
MAX_DEFLATED_BYTES = 1024 * 1024
"""What is larger is stored as it is: models and tables are packed already, and packing takes the most time."""


class IntoArchive:
    """Copies into a new zip file, which appears under its name when it is whole."""

    def __init__(self, path: Path, report: Report, *, with_artifacts: bool) -> None:
        if path.exists():
            raise AlreadyExists(f"{path} is there already. Choose another name, or delete it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name = str(path)
        self._path, self._partial = path, path.with_name(f".{path.name}.partial")
        self._report, self._with_artifacts = report, with_artifacts
        self._zip = ZipFile(self._partial, "w", ZIP_DEFLATED, compresslevel=6)
        self._partial.chmod(0o600)
        self._incomplete: list[str] = []
        self._registered = 0

    def experiment(self, experiment: Experiment) -> None:
        self._zip.writestr(f"experiments/{experiment.experiment_id}.json", archive.encode(experiment))
        self._report.came["experiment"] += 1

    def settled(self, experiment: Experiment) -> Settled:  # noqa: ARG002 nothing is remembered there
        return Settled(self._report)

    def runs(self, runs: Sequence[SourceRun]) -> None:
        for run in runs:
            with reporting(self._report, "run", run.record.run_id):
                self._write_run(run)

    def model(self, model: SourceModel) -> None:
        folder = f"models/{model.model.experiment_id}/{model.model.model_id}"
        self._zip.writestr(f"{folder}/{archive.MODEL}", archive.encode_model(model.model))
        self._report.came["model"] += 1
        self._write_files(folder, model.files())

    def registered_model(self, model: RegisteredModel) -> None:
        self._zip.writestr(f"registry/{self._registered}.json", archive.encode(model))
        self._registered += 1
        self._report.came["registered model"] += 1
        self._report.came["model version"] += len(model.versions)

    def finish(self) -> None:
        made_at_ms = now_ms()
        manifest = archive.Manifest(archive.FORMAT, __version__, made_at_ms, tuple(self._incomplete))
        self._zip.writestr(archive.MANIFEST, archive.encode(manifest))
        self._zip.close()
        self._partial.replace(self._path)

    def close(self) -> None:
        self._zip.close()
        with suppress(FileNotFoundError):  # it was finished
            self._partial.unlink()

    def _write_run(self, run: SourceRun) -> None:
        folder = f"runs/{run.record.new.experiment_id}/{run.record.run_id}"
        self._zip.writestr(f"{folder}/{archive.RUN}", archive.encode(run.record))
        self._report.came["run"] += 1
        self._write_points(f"{folder}/{archive.METRICS}", run.points())
        self._write_files(folder, run.files())

    def _write_points(self, name: str, stretches: Iterator[Stretch]) -> None:
        with reporting(self._report, "points", name), self._zip.open(name, "w", force_zip64=True) as file:
            for key, points in stretches:
                remaining = iter(points)
                while part := list(islice(remaining, archive.MAX_LINE_POINTS)):
                    file.write(archive.encode_stretch(key, part))
                    self._report.came["point"] += len(part)

    def _write_files(self, folder: str, files: Iterator[SourceFile]) -> None:
        if not self._with_artifacts:
            return
        for file in files:
            name = f"{folder}/{archive.FILES}/{file.path}"
            # A member that breaks off looks whole to who reads it: the manifest says that it is not.
            self._incomplete.append(name)
            with reporting(self._report, "artifact", name):
                info = ZipInfo(name, time.gmtime()[:6])
                info.compress_type = ZIP_DEFLATED if file.size_bytes <= MAX_DEFLATED_BYTES else ZIP_STORED
                with file.open() as source, self._zip.open(info, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, CHUNK_BYTES)
                self._incomplete.pop()
                self._report.came["artifact"] += 1
                self._report.came["artifact byte"] += file.size_bytes

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nbtrack.entities import (
    Batch,
    DatasetInput,
    Experiment,
    LoggedModel,
    ModelMetric,
    ModelOutput,
    ModelVersion,
    RegisteredModel,
)
from nbtrack.errors import InvalidInput
from nbtrack.models import parse_yaml
from nbtrack.store import RunRecord, Stretch
from nbtrack.transfer import mlflow_values as values
from nbtrack.transfer.artifact_places import ArtifactPlaces
from nbtrack.transfer.folders import files_below, open_plain, read_text, state_of, subfolders
from nbtrack.transfer.logged_models import HISTORY_TAG, described, models_in_history
from nbtrack.transfer.point_lines import MAX_LINE_BYTES, parse_point, read_points
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun, lasting_run_id
from nbtrack.transfer.stamps import stamp_of

META = "meta.yaml"
_TRASH = ".trash"
_REGISTRY = "models"
_ARTIFACTS = "artifacts"
_NOT_RUNS = {"datasets", "models", "tags", "traces", "jobs"}


class MlflowFiles:
    """An ``mlruns`` folder, as MLflow's file store writes it."""

    def __init__(self, folder: Path, allowed: Sequence[Path], report: Report, *, with_artifacts: bool) -> None:
        self.name = str(folder)
        self._folder, self._report = folder, report
        self._places = ArtifactPlaces(folder, allowed, report, with_remote=with_artifacts)
        self._folders: dict[str, Path] = {}

    @staticmethod
    def is_one(folder: Path) -> bool:
        """Tell whether a folder is one of MLflow's: each experiment has its description in it."""
        return any((below / META).is_file() for root in (folder, folder / _TRASH) for below in subfolders(root))

    def experiments(self) -> Sequence[Experiment]:
        found = []
        for root in (self._folder, self._folder / _TRASH):
            for folder in subfolders(root):
                if folder.name == _REGISTRY or folder.name.startswith("."):
                    continue
                with reporting(self._report, "experiment", folder.name):
                    experiment = values.experiment_of(_read_meta(folder), self._texts(folder / "tags", folder.name))
                    self._folders[experiment.experiment_id] = folder
                    found.append(experiment)
        return found

    def run_count(self, experiment: Experiment) -> int:
        return len(self._run_folders(experiment))

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        for folder in self._run_folders(experiment):
            with reporting(self._report, "run", folder.name):
                remarks = self._report.remarks
                meta = _read_meta(folder)
                stamp = self._stamp(folder, meta)
                if settled.has_run(values.run_id_of(meta), stamp):
                    continue
                run = self._run(folder, meta)
                yield SourceRun(
                    run,
                    partial(self._points, folder / "metrics", folder.name),
                    partial(self._files, folder, meta.get("artifact_uri"), folder.name),
                    stamp if self._report.remarks == remarks else None,
                )

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:
        for folder in subfolders(self._folders[experiment.experiment_id] / _REGISTRY):
            with reporting(self._report, "model", folder.name):
                meta = _read_meta(folder)
                if settled.has_model(str(meta.get("model_id")), values.optional_text(meta.get("source_run_id"))):
                    continue
                files = partial(self._files, folder, meta.get("artifact_location"), folder.name)
                yield SourceModel(described(self._model(folder, meta), files()), files)

        for folder in self._run_folders(experiment):
            tag = folder / "tags" / HISTORY_TAG
            if tag.is_file():
                with reporting(self._report, "model", f"of run {folder.name}"):
                    run_id = lasting_run_id(folder.name)
                    for of_run in models_in_history(read_text(tag), run_id, experiment.experiment_id):
                        yield SourceModel(of_run, lambda: iter(()))

    def registered_models(self) -> Iterator[RegisteredModel]:
        for folder in subfolders(self._folder / _REGISTRY):
            with reporting(self._report, "registered model", folder.name):
                yield self._registered_model(folder, _read_meta(folder))

    def close(self) -> None:
        self._places.tell()

    def _run_folders(self, experiment: Experiment) -> list[Path]:
        folders = subfolders(self._folders[experiment.experiment_id])
        return [folder for folder in folders if folder.name not in _NOT_RUNS and not folder.name.startswith(".")]

    def _stamp(self, folder: Path, meta: Mapping[str, Any]) -> str | None:
        uri = meta.get("artifact_uri")
        artifacts = () if self._has_own_artifacts(folder, uri) else self._places.seen(uri, folder.name)
        if artifacts is None and not values.is_over(meta):
            return None  # more files may come, and nothing here would show it
        return stamp_of(list(state_of(folder)), artifacts)

    def _run(self, folder: Path, meta: Mapping[str, Any]) -> RunRecord:
        batch = Batch(
            params=self._texts(folder / "params", folder.name),
            tags=self._texts(folder / "tags", folder.name),
            inputs=tuple(self._inputs(folder)),
            model_inputs=tuple(self._linked(folder, "inputs", "MODEL_INPUT")),
            model_outputs=tuple(
                ModelOutput(model_id, step)
                for model_id, step in self._linked(folder, "outputs", "MODEL_OUTPUT").items()
            ),
        )
        return values.run_record(meta, batch)

    def _linked(self, folder: Path, place: str, kind: str) -> dict[str, int]:
        """Read which models a run used or made, with the step."""
        found = {}
        for linked in subfolders(folder / place):
            with reporting(self._report, "model", f"{linked.name} of {folder.name}"):
                meta = _read_meta(linked)
                if meta.get("destination_type") == kind:
                    found[values.possible_id(meta.get("destination_id"))] = values.number(meta, "step") or 0
        return found

    def _inputs(self, folder: Path) -> Iterator[DatasetInput]:
        for place in subfolders(folder / "inputs"):
            with reporting(self._report, "input", f"{place.name} of {folder.name}"):
                meta = _read_meta(place)
                if meta.get("source_type") != "DATASET":
                    continue
                dataset = _read_meta(folder.parent / "datasets" / values.possible_id(meta.get("source_id")))
                yield values.dataset_input(values.dataset_of(dataset), values.texts(meta.get("tags")))

    def _points(self, folder: Path, owner: str) -> Iterator[Stretch]:
        for file in files_below(folder, self._report, "metric", owner):
            yield from read_points(file.path, partial(open_plain, folder / file.path), self._report, owner)

    def _files(self, folder: Path, uri: object, owner: str) -> Iterator[SourceFile]:
        if self._has_own_artifacts(folder, uri):
            return files_below(folder / _ARTIFACTS, self._report, "artifact", owner)
        return self._places.files(uri, owner)

    def _has_own_artifacts(self, folder: Path, uri: object) -> bool:
        """Tell whether the artifacts lie with the run. MLflow makes a folder there also if they are elsewhere."""
        own = folder / _ARTIFACTS
        return own.is_dir() and not (self._places.is_elsewhere(uri) and next(own.iterdir(), None) is None)

    def _model(self, folder: Path, meta: Mapping[str, Any]) -> LoggedModel:
        model_id = values.possible_id(meta.get("model_id"))
        run_id = meta.get("source_run_id")
        created = values.number(meta, "creation_timestamp") or 0
        return LoggedModel(
            model_id=model_id,
            run_id=lasting_run_id(values.possible_id(run_id)) if run_id else None,
            path="",
            name=values.text(meta, "name"),
            flavor="",
            size_bytes=0,
            created_at_ms=created,
            experiment_id=values.text(meta, "experiment_id"),
            model_type=str(meta.get("model_type") or ""),
            status=values.model_status(meta.get("status")),
            status_message=str(meta.get("status_message") or ""),
            updated_at_ms=values.number(meta, "last_updated_timestamp") or created,
            lifecycle=values.lifecycle(meta),
            params=self._texts(folder / "params", folder.name),
            tags=self._texts(folder / "tags", folder.name),
            metrics=tuple(self._model_metrics(folder, model_id)),
        )

    def _model_metrics(self, folder: Path, model_id: str) -> Iterator[ModelMetric]:
        for file in files_below(folder / "metrics", self._report, "metric", model_id):
            with open_plain(folder / "metrics" / file.path) as lines:
                for line in iter(partial(lines.readline, MAX_LINE_BYTES), b""):
                    point = parse_point(line)
                    if point is None:
                        self._report.leave_out("points", f"{file.path} of {model_id}", "a line is no point")
                        continue
                    step, at_ms, value = point
                    run_id, name, digest = (*line.decode("utf-8", "replace").split()[3:6], *[None] * 3)[:3]
                    measured_in = lasting_run_id(run_id) if run_id else None
                    yield ModelMetric(model_id, file.path, value, at_ms, step, measured_in, name, digest)

    def _registered_model(self, folder: Path, meta: Mapping[str, Any]) -> RegisteredModel:
        aliases = self._texts(folder / "aliases", folder.name)
        versions = [
            version
            for place in subfolders(folder)
            if place.name.startswith("version-")
            for version in self._version(place, aliases)
        ]
        created = values.number(meta, "creation_timestamp") or 0
        return RegisteredModel(
            name=values.text(meta, "name"),
            creation_timestamp=created,
            last_updated_timestamp=values.number(meta, "last_updated_timestamp") or created,
            description=str(meta.get("description") or ""),
            versions=tuple(sorted(versions, key=lambda version: -int(version.version))),
            tags=self._texts(folder / "tags", folder.name),
            aliases=aliases,
        )

    def _version(self, folder: Path, aliases: Mapping[str, str]) -> Iterator[ModelVersion]:
        with reporting(self._report, "model version", f"{folder.parent.name}/{folder.name}"):
            meta = _read_meta(folder)
            number = str(values.number(meta, "version"))
            yield values.version_of(
                meta, self._texts(folder / "tags", folder.name), [a for a, of in aliases.items() if of == number]
            )

    def _texts(self, folder: Path, owner: str) -> dict[str, str]:
        """Read a folder of small files: each is a key, its content the value."""
        found = {}
        for file in files_below(folder, self._report, folder.name.removesuffix("s"), owner):
            with reporting(self._report, folder.name.removesuffix("s"), f"{file.path} of {owner}"):
                found[file.path] = read_text(folder / file.path)
        return found


def _read_meta(folder: Path) -> dict[str, Any]:
    """Read the description in a folder: plain values by name."""
    path = folder / META
    document = parse_yaml(read_text(path), str(path))
    if not isinstance(document, dict):
        raise InvalidInput(f"{path} holds no description.")
    return document

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.entities import Dataset, DatasetInput, Experiment, Lifecycle, LoggedModel, ModelVersion, RegisteredModel
from nbtrack.entities import tags as tag_names
from nbtrack.errors import InvalidInput
from nbtrack.models import write_yaml
from nbtrack.store import RunRecord, Stretch
from nbtrack.transfer import mlflow_values as values
from nbtrack.transfer.new_folder import NewFolder
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun

CHUNK_BYTES = 1024 * 1024
META, TRASH, REGISTRY = "meta.yaml", ".trash", "models"
_SOURCE_TYPE_LOCAL = 4
_MLFLOW_KEY = re.compile(r"[/\w.\- :]+")


@dataclass
class Link:
    """What ties a run to the data and models that it used and made, in MLflow's words."""

    source_type: str
    source_id: str
    destination_type: str
    destination_id: str
    step: int = 0
    tags: dict[str, str] = field(default_factory=dict)


class IntoMlflowFiles:
    """Copies into a new ``mlruns`` folder, as MLflow's file store has it, which appears when it is whole."""

    def __init__(self, folder: Path, report: Report, *, with_artifacts: bool) -> None:
        self.name = str(folder)
        self._folder = NewFolder(folder)
        self._report, self._with_artifacts = report, with_artifacts
        self._experiments: dict[str, Path] = {}

    def experiment(self, experiment: Experiment) -> None:
        is_deleted = experiment.lifecycle_stage is Lifecycle.DELETED
        place = (Path(TRASH) if is_deleted else Path()) / experiment.experiment_id
        self._experiments[experiment.experiment_id] = place
        self._write_meta(
            place,
            artifact_location=self._uri(Path(experiment.experiment_id)),
            creation_time=experiment.creation_time,
            experiment_id=experiment.experiment_id,
            last_update_time=experiment.last_update_time,
            lifecycle_stage=experiment.lifecycle_stage.value,
            name=experiment.name,
        )
        self._write_texts(place / "tags", experiment.tags)
        self._report.came["experiment"] += 1

    def settled(self, experiment: Experiment) -> Settled:  # noqa: ARG002 nothing is remembered there
        return Settled(self._report)

    def runs(self, runs: Sequence[SourceRun]) -> None:
        for run in runs:
            with reporting(self._report, "run", run.record.run_id):
                self._write_run(run)

    def model(self, model: SourceModel) -> None:
        there = model.model
        place = self._experiments[there.experiment_id or ""] / REGISTRY / there.model_id
        self._write_meta(place, **self._model_meta(there, place))
        self._write_texts(place / "params", there.params)
        self._write_texts(place / "tags", there.tags)
        for metric in there.metrics:
            of_data = f" {metric.dataset_name} {metric.dataset_digest}" if metric.dataset_name else ""
            line = f"{metric.timestamp} {metric.value} {metric.step} {metric.run_id}{of_data}\n"
            self._append(place / "metrics", metric.key, line)
        self._write_files(place / "artifacts", model.files())
        self._report.came["model"] += 1

    def registered_model(self, model: RegisteredModel) -> None:
        place = Path(REGISTRY) / model.name
        self._write_meta(
            place,
            aliases=dict(model.aliases),
            creation_timestamp=model.creation_timestamp,
            description=model.description,
            last_updated_timestamp=model.last_updated_timestamp,
            name=model.name,
        )
        self._write_texts(place / "tags", model.tags)
        self._write_texts(place / "aliases", model.aliases)
        for version in model.versions:
            self._write_version(place / f"version-{version.version}", version)
        self._report.came["registered model"] += 1

    def finish(self) -> None:
        self._folder.finish()

    def close(self) -> None:
        self._folder.discard()

    def _write_run(self, run: SourceRun) -> None:
        record, new = run.record, run.record.new
        place = self._experiments[new.experiment_id] / record.run_id
        self._write_meta(place, **self._run_meta(record))
        self._write_texts(place / "params", new.batch.params)
        self._write_texts(place / "tags", {tag_names.RUN_NAME: new.name, tag_names.USER: new.user, **new.batch.tags})
        for item in new.batch.inputs:
            self._write_input(place, item)
        for model_id in new.batch.model_inputs:
            used = Link("RUN_INPUT", record.run_id, "MODEL_INPUT", model_id)
            self._write_meta(place / "inputs" / model_id, **vars(used))
        for made in new.batch.model_outputs:
            output = Link("RUN_OUTPUT", made.model_id, "MODEL_OUTPUT", made.model_id, made.step)
            self._write_meta(place / "outputs" / made.model_id, **vars(output))
        self._write_points(place / "metrics", run.points())
        (self._folder.partial / place / "artifacts").mkdir(parents=True, exist_ok=True)
        self._write_files(place / "artifacts", run.files())
        self._report.came["run"] += 1

    def _run_meta(self, record: RunRecord) -> dict[str, Any]:
        new = record.new
        return {
            "artifact_uri": self._uri(self._experiments[new.experiment_id] / record.run_id / "artifacts"),
            "end_time": new.ended_at_ms,
            "entry_point_name": "",
            "experiment_id": new.experiment_id,
            "lifecycle_stage": record.lifecycle.value,
            "run_id": record.run_id,
            "run_name": new.name,
            "source_name": "",
            "source_type": _SOURCE_TYPE_LOCAL,
            "source_version": "",
            "start_time": new.started_at_ms,
            "status": values.status_number(new.status),
            "tags": [],
            "user_id": new.user,
        }

    def _model_meta(self, model: LoggedModel, place: Path) -> dict[str, Any]:
        of_run = self._experiments[model.experiment_id or ""] / str(model.run_id) / "artifacts" / model.path
        return {
            "artifact_location": self._uri(of_run if model.path else place / "artifacts"),
            "creation_timestamp": model.created_at_ms,
            "experiment_id": model.experiment_id,
            "last_updated_timestamp": model.updated_at_ms or model.created_at_ms,
            "lifecycle_stage": model.lifecycle.value,
            "model_id": model.model_id,
            "model_type": model.model_type or None,
            "name": model.name,
            "source_run_id": model.run_id,
            "status": values.model_status_number(model.status),
            "status_message": model.status_message or None,
        }

    def _write_version(self, place: Path, version: ModelVersion) -> None:
        self._write_meta(
            place,
            creation_timestamp=version.creation_timestamp,
            current_stage=version.current_stage.value,
            description=version.description,
            last_updated_timestamp=version.last_updated_timestamp,
            model_id=version.model_id,
            name=version.name,
            run_id=version.run_id,
            run_link=version.run_link or None,
            source=version.source,
            status="READY",
            status_message=version.status_message or None,
            storage_location=version.source,
            user_id=version.user_id or None,
            version=int(version.version),
        )
        self._write_texts(place / "tags", version.tags)
        self._report.came["model version"] += 1

    def _write_input(self, run: Path, item: DatasetInput) -> None:
        dataset = item.dataset
        dataset_id = hashlib.sha256(repr(asdict(dataset)).encode()).hexdigest()[:32]
        schema = {"schema": _schema_of(dataset)} if dataset.schema_document or dataset.columns else {}
        profile = {"profile": dataset.profile} if dataset.profile else {}
        self._write_meta(
            run.parent / "datasets" / dataset_id,
            digest=dataset.digest,
            name=dataset.name,
            source=dataset.source,
            source_type=dataset.source_type or "local",
            **schema,
            **profile,
        )
        input_id = hashlib.sha256(f"{dataset_id}\n{item.context}".encode()).hexdigest()[:32]
        context = {values.DATA_CONTEXT: item.context} if item.context else {}
        link = Link("DATASET", dataset_id, "RUN", dataset_id, tags={**context, **item.tags})
        self._write_meta(run / "inputs" / input_id, **vars(link))

    def _write_points(self, place: Path, stretches: Iterator[Stretch]) -> None:
        for key, points in stretches:
            with reporting(self._report, "metric", str(place / key)):
                self._append(place, key, "".join(f"{at_ms} {value} {step}\n" for step, at_ms, value in points))
                self._report.came["point"] += len(points)

    def _write_files(self, place: Path, files: Iterator[SourceFile]) -> None:
        if not self._with_artifacts:
            return
        for file in files:
            with reporting(self._report, "artifact", str(place / file.path)):
                target = self._path(place, file.path)
                with file.open() as source, target.open("wb") as copied:
                    shutil.copyfileobj(source, copied, CHUNK_BYTES)
                self._report.came["artifact"] += 1
                self._report.came["artifact byte"] += file.size_bytes

    def _write_texts(self, place: Path, texts: Mapping[str, str]) -> None:
        for key, value in texts.items():
            with reporting(self._report, place.name.removesuffix("s"), str(place / key)):
                self._path(place, _checked(key)).write_bytes(value.encode())

    def _append(self, place: Path, key: str, lines: str) -> None:
        with self._path(place, _checked(key)).open("a", encoding="utf-8", newline="\n") as file:
            file.write(lines)

    def _write_meta(self, place: Path, **document: Any) -> None:
        write_yaml(self._path(place, META), document)

    def _path(self, place: Path, key: str) -> Path:
        """Return where a key's file lies, in a folder that is there."""
        if any(part in ("", ".", "..") for part in key.split("/")):
            raise InvalidInput(f"{key!r} can't be the name of a file.")
        path = self._folder.partial / place / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _uri(self, place: Path) -> str:
        return (self._folder.final / place).as_uri()


def _checked(key: str) -> str:
    """Return a key if MLflow takes it: one that it does not makes it refuse the whole run."""
    if not _MLFLOW_KEY.fullmatch(key):
        raise InvalidInput("MLflow takes only letters, digits, spaces and _ - . : / in keys.")
    return key


def _schema_of(dataset: Dataset) -> str:
    """Return a dataset's schema in MLflow's words."""
    import json

    columns = [{"type": column.type, "name": column.name, "required": True} for column in dataset.columns]
    return dataset.schema_document or json.dumps({"mlflow_colspec": columns})

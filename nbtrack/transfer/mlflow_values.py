"""From MLflow's words to nbtrack's, shared by what reads its files and its databases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nbtrack.entities import (
    Batch,
    Dataset,
    DatasetInput,
    Experiment,
    Lifecycle,
    ModelStatus,
    ModelVersion,
    NewRun,
    RunStatus,
    Stage,
)
from nbtrack.entities import tags as tag_names
from nbtrack.errors import InvalidInput
from nbtrack.store import RunRecord
from nbtrack.transfer.source import lasting_run_id
from nbtrack.transfer.storable import check_version

DATA_CONTEXT = "mlflow.data.context"
# As they stand in files; databases hold the names.
_RUN_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_MODEL_STATUS = {1: ModelStatus.PENDING, 2: ModelStatus.READY, 3: ModelStatus.FAILED}
_VERSION_STATUS = {"PENDING_REGISTRATION": ModelStatus.PENDING, "FAILED_REGISTRATION": ModelStatus.FAILED}
_MODEL_SOURCE = re.compile(r"models:/(m-[0-9a-f]{32})")
_POSSIBLE_ID = re.compile(r"[A-Za-z0-9][\w\-]{0,255}", re.ASCII)


def experiment_of(row: Mapping[str, Any], tags: Mapping[str, str]) -> Experiment:
    """Build an experiment from a row or document of MLflow, of any of its versions."""
    created = number(row, "creation_time") or 0
    return Experiment(
        experiment_id=text(row, "experiment_id"),
        name=text(row, "name"),
        lifecycle_stage=lifecycle(row),
        creation_time=created,
        last_update_time=number(row, "last_update_time") or created,
        tags=tags,
    )


def run_record(row: Mapping[str, Any], batch: Batch) -> RunRecord:
    """Build a run's record from a row or document of MLflow, of any of its versions, and what was logged."""
    source_id = run_id_of(row)
    tags = batch.tags
    parent = tags.get(tag_names.PARENT_RUN_ID)
    name = row.get("run_name") or row.get("name") or tags.get(tag_names.RUN_NAME)
    return RunRecord(
        NewRun(
            run_id=lasting_run_id(source_id),
            name=str(name or source_id[:8]),
            experiment_id=text(row, "experiment_id"),
            started_at_ms=number(row, "start_time") or 0,
            user=str(row.get("user_id") or ""),
            parent_run_id=lasting_run_id(parent) if parent else None,
            status=_run_status(row.get("status")),
            ended_at_ms=number(row, "end_time"),
            batch=batch,
        ),
        lifecycle(row),
    )


def dataset_of(row: Mapping[str, Any], *, prefix: str = "") -> Dataset:
    """Build a dataset; ``prefix`` is that of the columns that describe its source, schema and profile."""
    return Dataset(
        name=text(row, "name"),
        digest=text(row, "digest"),
        source=str(row.get(f"{prefix}source") or ""),
        source_type=str(row.get(f"{prefix}source_type") or ""),
        schema_document=str(row.get(f"{prefix}schema") or ""),
        profile=str(row.get(f"{prefix}profile") or ""),
    )


def dataset_input(dataset: Dataset, tags: Mapping[str, str]) -> DatasetInput:
    others = {key: value for key, value in tags.items() if key != DATA_CONTEXT}
    return DatasetInput(dataset, tags.get(DATA_CONTEXT, ""), others)


def lifecycle(row: Mapping[str, Any]) -> Lifecycle:
    return Lifecycle.DELETED if row.get("lifecycle_stage") == Lifecycle.DELETED else Lifecycle.ACTIVE


def model_status(value: object) -> ModelStatus:
    return _MODEL_STATUS.get(value, ModelStatus.READY) if isinstance(value, int) else ModelStatus.READY


def model_status_number(status: ModelStatus) -> int:
    return next(number for number, each in _MODEL_STATUS.items() if each is status)


def status_number(status: RunStatus) -> int:
    return next(number for number, name in _RUN_STATUS.items() if name == status.value)


def version_status(value: object) -> ModelStatus:
    return _VERSION_STATUS.get(str(value), ModelStatus.READY)


def stage(value: object) -> Stage:
    return next((member for member in Stage if member.value == value), Stage.NONE)


def texts(value: object) -> dict[str, str]:
    """Return what stands in a description as a mapping of texts; anything else is none."""
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}


def version_of(row: Mapping[str, Any], tags: Mapping[str, str], aliases: Iterable[str]) -> ModelVersion:
    run_id = row.get("run_id")
    model_id = row.get("model_id") or _model_of(str(row.get("source")))
    created = number(row, "creation_timestamp") or number(row, "creation_time") or 0
    check_version(text(row, "version"))
    return ModelVersion(
        name=text(row, "name"),
        version=text(row, "version"),
        source=text(row, "source"),
        run_id=lasting_run_id(possible_id(run_id)) if run_id else None,
        creation_timestamp=created,
        description=str(row.get("description") or ""),
        last_updated_timestamp=number(row, "last_updated_timestamp") or number(row, "last_updated_time") or created,
        user_id=str(row.get("user_id") or ""),
        run_link=str(row.get("run_link") or ""),
        model_id=model_id,
        current_stage=stage(row.get("current_stage")),
        status=version_status(row.get("status")),
        status_message=str(row.get("status_message") or ""),
        tags=tags,
        aliases=tuple(sorted(aliases)),
    )


def _model_of(source: str) -> str | None:
    """Return the id of the logged model that a version's source names, if it names one."""
    found = _MODEL_SOURCE.fullmatch(source)
    return found[1] if found else None


def possible_id(value: object) -> str:
    """Return an id of a run, model or dataset if it can be one, and so part of a path."""
    if not isinstance(value, str) or not _POSSIBLE_ID.fullmatch(value):
        raise InvalidInput(f"{str(value)[:80]!r} is no id.")
    return value


def optional_text(value: object) -> str | None:
    return None if value is None else str(value)


def text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, (str, int)):
        raise InvalidInput(f"{name} is {str(value)[:80]!r}, where text belongs.")
    return str(value)


def number(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63):
        raise InvalidInput(f"{name} is {str(value)[:80]!r}, where a number belongs.")
    return value


def run_id_of(row: Mapping[str, Any]) -> str:
    return possible_id(row.get("run_id") or row.get("run_uuid"))


def is_over(row: Mapping[str, Any]) -> bool:
    """Tell whether a run has ended."""
    return _run_status(row.get("status")).is_terminal


def _run_status(value: object) -> RunStatus:
    name = _RUN_STATUS.get(value, "") if isinstance(value, int) else str(value)
    if name not in RunStatus.__members__:
        raise InvalidInput(f"status is {str(value)[:80]!r}, which is none that a run has.")
    return RunStatus(name)

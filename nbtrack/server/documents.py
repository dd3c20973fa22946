"""Values of the store as the JSON of `labextension/src/api/types.ts`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from nbtrack.entities import (
    CellExecution,
    DatasetInput,
    Environment,
    Experiment,
    LoggedModel,
    MetricHistory,
    MetricSummary,
    ModelMetric,
    ModelVersion,
    RegisteredModel,
    RunOrigin,
    RunStatus,
    RunSummary,
    json_number,
)
from nbtrack.entities import tags as run_tags
from nbtrack.errors import InvalidFilter, NbtrackError
from nbtrack.registry import Promotion

Document: TypeAlias = dict[str, Any]


def error_document(error: NbtrackError) -> Document:
    document: Document = {"code": error.code, "message": str(error)}
    if isinstance(error, InvalidFilter):
        document["place"] = {
            "message": error.reason,
            "position": error.position,
            "length": error.length,
            "suggestion": error.suggestion,
        }
    return document


def experiment_document(experiment: Experiment, run_count: int) -> Document:
    return {
        "id": experiment.experiment_id,
        "name": experiment.name,
        "lifecycle": experiment.lifecycle_stage.value,
        "createdAt": experiment.creation_time,
        "runs": run_count,
        "tags": dict(experiment.tags),
    }


def run_row(run: RunSummary) -> Document:
    return {
        "id": run.run_id,
        "name": run.name,
        "experimentId": run.experiment_id,
        "status": run.status.value,
        "lifecycle": run.lifecycle.value,
        "startedAt": run.started_at_ms,
        "endedAt": run.ended_at_ms,
        "parentId": run.parent_run_id,
        "groupId": run.group_id,
        "attempt": run.attempt,
        "notebook": run.notebook,
        "cellId": run.cell_id,
        "executionCount": run.execution_count,
        "isManual": run.origin is RunOrigin.MANUAL and run.status is RunStatus.RUNNING,
        "metrics": {key: json_number(value) for key, value in run.metrics.items()},
        "nParams": run.param_count,
        "nModels": run.model_count,
        "nFigures": int(_number_tag(run.tags, run_tags.FIGURES) or 0),
        "nDatasets": run.dataset_count,
        "captureMs": _number_tag(run.tags, run_tags.CAPTURE_MS),
        "warning": run.tags.get(run_tags.WARNING),
        "tags": dict(run.tags),
    }


def metric_document(metric: MetricSummary) -> Document:
    return {
        "key": metric.key,
        "last": json_number(metric.last),
        "lastStep": metric.last_step,
        "first": json_number(metric.first),
        "min": json_number(metric.min),
        "max": json_number(metric.max),
        "count": metric.count,
        "bestStep": metric.best_step,
    }


def history_document(history: MetricHistory) -> Document:
    return {
        "key": history.key,
        "steps": [point.step for point in history.points],
        "values": [json_number(point.value) for point in history.points],
        "times": [point.timestamp for point in history.points],
        "total": history.total,
    }


def input_document(used: DatasetInput) -> Document:
    return {
        "name": used.dataset.name,
        "digest": used.dataset.digest,
        "context": used.context,
        "shape": list(used.dataset.shape),
        "schema": [{"name": column.name, "type": column.type} for column in used.dataset.columns],
    }


def model_document(model: LoggedModel, versions: list[str]) -> Document:
    return {
        "id": model.model_id,
        "path": model.path,
        "name": model.name,
        "flavor": model.flavor,
        "sizeBytes": model.size_bytes,
        "signature": model.signature,
        "versions": versions,
    }


def cell_document(cell: CellExecution) -> Document:
    return {
        "notebook": cell.notebook,
        "cellId": cell.cell_id,
        "executionCount": cell.execution_count,
        "source": cell.source,
        "status": cell.status,
        "wallMs": cell.wall_ms,
        "cpuMs": cell.cpu_ms,
        "peakMemoryBytes": cell.peak_memory_bytes,
        "error": cell.error,
        "traceback": cell.traceback,
    }


def environment_document(environment: Environment, tags: Mapping[str, str]) -> Document:
    dirty = tags.get(run_tags.GIT_DIRTY)
    return {
        "python": environment.python,
        "platform": environment.platform,
        "packages": dict(environment.packages),
        "gitCommit": tags.get(run_tags.GIT_COMMIT),
        "gitDirty": None if dirty is None else dirty.lower() == "true",
    }


def registered_model_document(model: RegisteredModel) -> Document:
    return {
        "name": model.name,
        "description": model.description,
        "updatedAt": model.last_updated_timestamp,
        "versions": [version_document(version) for version in model.versions],
    }


def version_document(version: ModelVersion) -> Document:
    return {
        "version": version.version,
        "runId": version.run_id,
        "source": version.source,
        "createdAt": version.creation_timestamp,
        "aliases": list(version.aliases),
        "description": version.description,
    }


def version_detail(version: ModelVersion, metrics: Sequence[ModelMetric], promotions: Sequence[Promotion]) -> Document:
    return {
        **version_document(version),
        "user": version.user_id,
        "stage": version.current_stage.value,
        "tags": {key: value for key, value in version.tags.items() if not key.startswith(run_tags.PROMOTION)},
        "metrics": [model_metric_document(each) for each in metrics],
        "promotions": [promotion_document(each) for each in promotions],
    }


def model_metric_document(metric: ModelMetric) -> Document:
    return {
        "key": metric.key,
        "value": json_number(metric.value),
        "dataset": metric.dataset_name,
        "at": metric.timestamp,
    }


def promotion_document(promotion: Promotion) -> Document:
    return {
        "alias": promotion.alias,
        "version": promotion.version,
        "previous": promotion.previous,
        "at": promotion.at_ms,
        "user": promotion.user,
        "reason": promotion.reason,
        "findings": [str(finding) for finding in promotion.findings],
    }


def _number_tag(tags: Mapping[str, str], key: str) -> float | None:
    try:
        value = float(tags.get(key, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None

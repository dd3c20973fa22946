"""What ``--json`` prints, under the names that the Python API has."""

from __future__ import annotations

from typing import Any, TypeAlias

from nbtrack.entities import DatasetInput, Experiment, LoggedModel, MetricSummary, Run
from nbtrack.store import ArtifactEntry

Document: TypeAlias = dict[str, Any]


def run_document(run: Run) -> Document:
    """Times are milliseconds since the epoch; metrics have their last values."""
    info = run.info
    return {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "experiment_id": info.experiment_id,
        "status": info.status.value,
        "lifecycle_stage": info.lifecycle_stage.value,
        "start_time": info.start_time,
        "end_time": info.end_time,
        "user_id": info.user_id,
        "artifact_uri": info.artifact_uri,
        "params": dict(run.data.params),
        "metrics": dict(run.data.metrics),
        "tags": dict(run.data.tags),
    }


def experiment_document(experiment: Experiment, run_count: int) -> Document:
    """Return an experiment with the number of its active runs."""
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "lifecycle_stage": experiment.lifecycle_stage.value,
        "creation_time": experiment.creation_time,
        "last_update_time": experiment.last_update_time,
        "artifact_location": experiment.artifact_location,
        "runs": run_count,
        "tags": dict(experiment.tags),
    }


def metric_document(metric: MetricSummary) -> Document:
    return {
        "key": metric.key,
        "last": metric.last,
        "last_step": metric.last_step,
        "last_timestamp": metric.last_timestamp,
        "first": metric.first,
        "min": metric.min,
        "max": metric.max,
        "best_step": metric.best_step,
        "count": metric.count,
    }


def input_document(used: DatasetInput) -> Document:
    return {
        "name": used.dataset.name,
        "digest": used.dataset.digest,
        "context": used.context,
        "shape": list(used.dataset.shape),
        "schema": [{"name": column.name, "type": column.type} for column in used.dataset.columns],
        "source": used.dataset.source,
    }


def model_document(model: LoggedModel) -> Document:
    return {
        "model_id": model.model_id,
        "model_uri": model.model_uri,
        "path": model.path,
        "name": model.name,
        "flavor": model.flavor,
        "size_bytes": model.size_bytes,
    }


def artifact_document(entry: ArtifactEntry) -> Document:
    return {"path": entry.path, "is_dir": entry.is_dir, "file_size": entry.file_size}

"""What ``--json`` prints, under the names that the Python API has."""

from __future__ import annotations

from typing import Any, TypeAlias

from nbtrack.entities import Experiment, Run

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

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.entities import Experiment
from nbtrack.tracking import log
from nbtrack.tracking.values import texts
from nbtrack.tracking.workspace import current_store


def create_experiment(name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None) -> str:
    """Make an experiment and return its id.

    Parameters
    ----------
    artifact_location
        A folder, or a URL such as ``s3://bucket/folder``, for the artifacts of its runs. Default: the store's own
        place. Credentials are taken from where the place's SDK finds them, and are never stored.

    Raises
    ------
    AlreadyExists
        An active experiment has this name.
    InvalidInput, MissingPackage
        Artifacts can't be kept at ``artifact_location``.
    """
    if artifact_location is not None and ":" not in artifact_location.partition("/")[0]:
        artifact_location = str(Path(artifact_location).expanduser().absolute())
    made = current_store().experiments.create(name, tags=texts(tags or {}), artifact_location=artifact_location)
    return made.experiment_id


def get_experiment(experiment_id: str) -> Experiment:
    return current_store().experiments.get(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return the active experiment of this name, or None."""
    return current_store().experiments.find(name)


def delete_experiment(experiment_id: str) -> None:
    """Delete an experiment with its runs; its name is free at once."""
    log.flush()
    current_store().experiments.delete(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Bring a deleted experiment and its runs back.

    Raises
    ------
    AlreadyExists
        Its name was taken meanwhile.
    """
    current_store().experiments.restore(experiment_id)


def delete_run(run_id: str) -> None:
    """Delete a run and its children; ``Client().restore_run`` brings them back."""
    log.flush()
    current_store().runs.delete([run_id])

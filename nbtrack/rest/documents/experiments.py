from __future__ import annotations

from nbtrack.entities import Experiment
from nbtrack.rest.documents.base import Document, TagDocument, tag_documents


class ExperimentDocument(Document):
    """An experiment; times are milliseconds since the epoch."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    tags: tuple[TagDocument, ...] = ()


def experiment_document(experiment: Experiment, artifact_location: str) -> ExperimentDocument:
    return ExperimentDocument(
        experiment_id=experiment.experiment_id,
        name=experiment.name,
        artifact_location=artifact_location,
        lifecycle_stage=experiment.lifecycle_stage.value,
        last_update_time=experiment.last_update_time,
        creation_time=experiment.creation_time,
        tags=tag_documents(experiment.tags),
    )

from __future__ import annotations

from nbtrack.entities import Experiment
from nbtrack.errors import ExperimentNotFound
from nbtrack.rest.documents import Document, ExperimentDocument, Nothing, experiment_document
from nbtrack.rest.messages import Id, Key, Message, Name, Tags, Uri, Value, by_key
from nbtrack.rest.services import Services


class CreateExperiment(Message):
    """A new experiment; without a location its artifacts lie where the server keeps them."""

    name: Name
    artifact_location: Uri = ""
    tags: Tags = ()


class ExperimentById(Message):
    """An experiment by its id."""

    experiment_id: Id


class ExperimentByName(Message):
    """An active experiment by its name."""

    experiment_name: Name


class UpdateExperiment(Message):
    """A new name for an experiment."""

    experiment_id: Id
    new_name: Name


class SetExperimentTag(Message):
    """A tag for an experiment."""

    experiment_id: Id
    key: Key
    value: Value = ""


class DeleteExperimentTag(Message):
    """The tag to delete from an experiment."""

    experiment_id: Id
    key: Key


class ExperimentCreated(Document):
    """The id of a new experiment."""

    experiment_id: str


class OneExperiment(Document):
    """An experiment."""

    experiment: ExperimentDocument


def create_experiment(services: Services, request: CreateExperiment) -> ExperimentCreated:
    """Create an experiment."""
    location = services.locations.new_experiment(request.artifact_location)
    tags = by_key(request.tags, "tag")
    made = services.store.experiments.create(request.name, tags=tags, artifact_location=location)
    return ExperimentCreated(experiment_id=made.experiment_id)


def get_experiment(services: Services, request: ExperimentById) -> OneExperiment:
    """Read an experiment."""
    return _one(services, services.store.experiments.get(request.experiment_id))


def get_experiment_by_name(services: Services, request: ExperimentByName) -> OneExperiment:
    """Read an active experiment by its name, or else the deleted one that had it last."""
    found = services.store.experiments.find(request.experiment_name)
    if found is None:
        deleted = services.store.experiments.list(lifecycle="deleted")
        found = next((each for each in deleted if each.name == request.experiment_name), None)
    if found is None:
        raise ExperimentNotFound(request.experiment_name, services.store.uri)
    return _one(services, found)


def update_experiment(services: Services, request: UpdateExperiment) -> Nothing:
    """Rename an experiment."""
    services.store.experiments.rename(request.experiment_id, request.new_name)
    return Nothing()


def delete_experiment(services: Services, request: ExperimentById) -> Nothing:
    """Delete an experiment with its runs."""
    services.store.experiments.delete(request.experiment_id)
    return Nothing()


def restore_experiment(services: Services, request: ExperimentById) -> Nothing:
    """Restore a deleted experiment with its runs."""
    services.store.experiments.restore(request.experiment_id)
    return Nothing()


def set_experiment_tag(services: Services, request: SetExperimentTag) -> Nothing:
    """Set a tag of an experiment."""
    services.store.experiments.set_tags(request.experiment_id, {request.key: request.value})
    return Nothing()


def delete_experiment_tag(services: Services, request: DeleteExperimentTag) -> Nothing:
    """Delete a tag of an experiment."""
    services.store.experiments.delete_tag(request.experiment_id, request.key)
    return Nothing()


def _one(services: Services, experiment: Experiment) -> OneExperiment:
    return OneExperiment(experiment=experiment_document(experiment, services.locations.of_experiment(experiment)))

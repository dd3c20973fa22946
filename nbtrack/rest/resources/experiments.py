from __future__ import annotations

from nbtrack.entities import Experiment
from nbtrack.errors import ExperimentNotFound
from nbtrack.rest.documents import Document, ExperimentDocument, Nothing, experiment_document
from nbtrack.rest.messages import (
    Filter,
    Id,
    Key,
    MaxResults,
    Message,
    Name,
    OrderBy,
    PageToken,
    Tags,
    Uri,
    Value,
    ViewType,
    by_key,
)
from nbtrack.rest.services import Services
from nbtrack.store import Query


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


class SearchExperiments(Message):
    """A search among experiments."""

    max_results: MaxResults
    filter: Filter = ""
    order_by: OrderBy = ()
    view_type: ViewType = ViewType.ACTIVE_ONLY
    page_token: PageToken = ""


class ExperimentCreated(Document):
    """The id of a new experiment."""

    experiment_id: str


class OneExperiment(Document):
    """An experiment."""

    experiment: ExperimentDocument


class FoundExperiments(Document):
    """One page of experiments; without a token it is the last."""

    experiments: tuple[ExperimentDocument, ...] = ()
    next_page_token: str = ""


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


def search_experiments(services: Services, request: SearchExperiments) -> FoundExperiments:
    """Find experiments by a filter, one page at a time."""
    query = Query(request.filter, request.order_by, request.max_results, request.page_token or None)
    page = services.store.experiments.search(query, lifecycle=request.view_type.lifecycle)
    return FoundExperiments(
        experiments=tuple(_document(services, each) for each in page.items), next_page_token=page.next_page_token or ""
    )


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
    return OneExperiment(experiment=_document(services, experiment))


def _document(services: Services, experiment: Experiment) -> ExperimentDocument:
    return experiment_document(experiment, services.locations.of_experiment(experiment))

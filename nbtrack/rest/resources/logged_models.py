from __future__ import annotations

import uuid
from enum import Enum
from typing import Annotated

from msgspec import Meta

from nbtrack.entities import LoggedModel, ModelStatus
from nbtrack.errors import InvalidInput, ModelNotFound
from nbtrack.rest.documents import Document, LoggedModelDocument, Nothing, logged_model_document
from nbtrack.rest.messages import Filter, Id, Key, KeyValue, Label, Message, PageToken, Tags, by_key
from nbtrack.rest.services import Services
from nbtrack.store import DEFAULT_EXPERIMENT_ID, Query
from nbtrack.tracking import random_name

Params = Annotated[tuple[KeyValue, ...], Meta(max_length=1000)]


class NewModelStatus(Enum):
    """What the status of a logged model can become."""

    PENDING = "LOGGED_MODEL_PENDING"
    READY = "LOGGED_MODEL_READY"
    FAILED = "LOGGED_MODEL_UPLOAD_FAILED"


class CreateLoggedModel(Message):
    """A new logged model, whose files are to come."""

    experiment_id: Id = DEFAULT_EXPERIMENT_ID
    name: Label = ""
    model_type: Label = ""
    source_run_id: Id | None = None
    params: Params = ()
    tags: Tags = ()


class OfModel(Message):
    """A logged model; its id stands in the path."""

    model_id: Id


class FinalizeModel(OfModel):
    """What became of a logged model's files."""

    status: NewModelStatus


class LogModelParams(OfModel):
    """Params for a logged model."""

    params: Params = ()


class SetModelTags(OfModel):
    """Tags for a logged model."""

    tags: Tags = ()


class DeleteModelTag(OfModel):
    """The tag to delete from a logged model."""

    tag_key: Key


class OrderItem(Message):
    """A field to order by; a metric may be that of one dataset."""

    field_name: Key
    ascending: bool = True
    dataset_name: Label = ""
    dataset_digest: Label = ""


class DatasetChoice(Message):
    """A dataset on which a model was measured."""

    dataset_name: Key
    dataset_digest: Label | None = None


class SearchLoggedModels(Message):
    """A search among the logged models of experiments."""

    experiment_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=10_000)]
    filter: Filter = ""
    datasets: Annotated[tuple[DatasetChoice, ...], Meta(max_length=100)] = ()
    max_results: Annotated[int, Meta(ge=1, le=50_000)] = 50
    order_by: Annotated[tuple[OrderItem, ...], Meta(max_length=100)] = ()
    page_token: PageToken = ""


class FoundLoggedModels(Document):
    """One page of logged models; without a token it is the last."""

    models: tuple[LoggedModelDocument, ...] = ()
    next_page_token: str = ""


class OneLoggedModel(Document):
    """A logged model."""

    model: LoggedModelDocument


def create_logged_model(services: Services, request: CreateLoggedModel) -> OneLoggedModel:
    """Create a logged model whose files are to come."""
    store = services.store
    experiment = store.experiments.get(request.experiment_id)
    if request.source_run_id is not None:
        store.runs.get(request.source_run_id)
    model_id = f"m-{uuid.uuid4().hex}"
    model = LoggedModel(
        model_id=model_id,
        run_id=request.source_run_id,
        path="",
        name=request.name or random_name(),
        flavor="",
        size_bytes=0,
        created_at_ms=services.now_ms(),
        experiment_id=experiment.experiment_id,
        model_type=request.model_type,
        status=ModelStatus.PENDING,
        artifact_uri=services.locations.place_of_new(experiment, "models", model_id),
        params=by_key(request.params, "param"),
        tags=by_key(request.tags, "tag"),
    )
    store.models.create(model)
    return _read(services, model_id)


def get_logged_model(services: Services, request: OfModel) -> OneLoggedModel:
    """Read a logged model."""
    return _read(services, request.model_id)


def search_logged_models(services: Services, request: SearchLoggedModels) -> FoundLoggedModels:
    """Find logged models by a filter, one page at a time."""
    if any(item.dataset_name for item in request.order_by):
        raise InvalidInput("Ordering by a metric of one dataset is not known here; name it in 'datasets', to filter.")
    order = tuple(f"{item.field_name} {'ASC' if item.ascending else 'DESC'}" for item in request.order_by)
    page = services.store.models.search(
        Query(request.filter, order, request.max_results, request.page_token or None),
        experiment_ids=request.experiment_ids,
        datasets=[(item.dataset_name, item.dataset_digest) for item in request.datasets],
    )
    return FoundLoggedModels(
        models=tuple(logged_model_document(model, services.locations.of_model(model)) for model in page.items),
        next_page_token=page.next_page_token or "",
    )


def finalize_logged_model(services: Services, request: FinalizeModel) -> OneLoggedModel:
    """Say what became of a logged model's files."""
    if request.status is NewModelStatus.PENDING:
        raise InvalidInput("A logged model ends as LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.")
    status = ModelStatus[request.status.name]
    services.store.models.set_status(request.model_id, status, at_ms=services.now_ms())
    return _read(services, request.model_id)


def delete_logged_model(services: Services, request: OfModel) -> Nothing:
    """Delete a logged model."""
    services.store.models.delete(request.model_id)
    return Nothing()


def log_model_params(services: Services, request: LogModelParams) -> Nothing:
    """Log params of a logged model, which are written once."""
    services.store.models.log_params(request.model_id, by_key(request.params, "param"))
    return Nothing()


def set_model_tags(services: Services, request: SetModelTags) -> Nothing:
    """Set tags of a logged model."""
    services.store.models.set_tags(request.model_id, by_key(request.tags, "tag"))
    return Nothing()


def delete_model_tag(services: Services, request: DeleteModelTag) -> Nothing:
    """Delete a tag of a logged model."""
    services.store.models.delete_tag(request.model_id, request.tag_key)
    return Nothing()


def active_model(services: Services, model_id: str) -> LoggedModel:
    """Return a logged model that is not deleted.

    Raises
    ------
    ModelNotFound
        There is none of this id.
    """
    model = services.store.models.get(model_id)
    if model.lifecycle.value != "active":
        raise ModelNotFound(f"Logged model {model_id!r} is deleted.")
    return model


def _read(services: Services, model_id: str) -> OneLoggedModel:
    model = active_model(services, model_id)
    return OneLoggedModel(model=logged_model_document(model, services.locations.of_model(model)))

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from nbtrack.entities import Stage
from nbtrack.errors import InvalidInput
from nbtrack.rest.documents import (
    Document,
    ModelVersionDocument,
    Nothing,
    RegisteredModelDocument,
    registered_model_document,
    version_document,
)
from nbtrack.rest.messages import (
    Filter,
    Key,
    MaxResults,
    Message,
    Name,
    OrderBy,
    PageToken,
    RegistryTags,
    RegistryValue,
    Text,
    Version,
    by_key,
)
from nbtrack.rest.services import Services
from nbtrack.store import Query


class CreateRegisteredModel(Message):
    """A new registered model, which has no version yet."""

    name: Name
    description: Text = ""
    tags: RegistryTags = ()


class RegisteredModelByName(Message):
    """A registered model."""

    name: Name


class RenameRegisteredModel(Message):
    """A new name for a registered model."""

    name: Name
    new_name: Name


class UpdateRegisteredModel(Message):
    """A new description of a registered model."""

    name: Name
    description: Text = ""


class SetRegisteredModelTag(Message):
    """A tag for a registered model."""

    name: Name
    key: Key
    value: RegistryValue = ""


class DeleteRegisteredModelTag(Message):
    """The tag to delete from a registered model."""

    name: Name
    key: Key


class GetLatestVersions(Message):
    """The newest versions of a registered model at some stages; without any, at each."""

    name: Name
    stages: Annotated[tuple[str, ...], Meta(max_length=20)] = ()


class SetAlias(Message):
    """An alias for a version."""

    name: Name
    alias: Key
    version: Version


class ByAlias(Message):
    """An alias of a registered model."""

    name: Name
    alias: Key


class SearchRegisteredModels(Message):
    """A search among registered models."""

    filter: Filter = ""
    max_results: MaxResults = 100
    order_by: OrderBy = ()
    page_token: PageToken = ""


class OneRegisteredModel(Document):
    """A registered model."""

    registered_model: RegisteredModelDocument


class FoundRegisteredModels(Document):
    """One page of registered models; without a token it is the last."""

    registered_models: tuple[RegisteredModelDocument, ...] = ()
    next_page_token: str = ""


class OneVersion(Document):
    """A version."""

    model_version: ModelVersionDocument


class Versions(Document):
    """Versions."""

    model_versions: tuple[ModelVersionDocument, ...] = ()


def create_registered_model(services: Services, request: CreateRegisteredModel) -> OneRegisteredModel:
    """Create a registered model."""
    tags = by_key(request.tags, "tag")
    services.store.registry.create(request.name, at_ms=services.now_ms(), tags=tags, description=request.description)
    return _one(services, request.name)


def get_registered_model(services: Services, request: RegisteredModelByName) -> OneRegisteredModel:
    """Read a registered model."""
    return _one(services, request.name)


def search_registered_models(services: Services, request: SearchRegisteredModels) -> FoundRegisteredModels:
    """Find registered models by a filter, one page at a time."""
    # MLflow's client adds this to every search; unlike elsewhere, it means those without the tag too.
    filter_text = _NO_PROMPT.sub(rf"({_PROMPT} IS NULL OR {_PROMPT} != 'true')", request.filter)
    page = services.store.registry.search(
        Query(filter_text, request.order_by, request.max_results, request.page_token or None)
    )
    return FoundRegisteredModels(
        registered_models=tuple(map(registered_model_document, page.items)),
        next_page_token=page.next_page_token or "",
    )


def rename_registered_model(services: Services, request: RenameRegisteredModel) -> OneRegisteredModel:
    """Rename a registered model with its versions."""
    services.store.registry.rename(request.name, request.new_name, at_ms=services.now_ms())
    return _one(services, request.new_name)


def update_registered_model(services: Services, request: UpdateRegisteredModel) -> OneRegisteredModel:
    """Describe a registered model."""
    services.store.registry.describe(request.name, request.description, at_ms=services.now_ms())
    return _one(services, request.name)


def delete_registered_model(services: Services, request: RegisteredModelByName) -> Nothing:
    """Delete a registered model with its versions."""
    services.store.registry.delete(request.name)
    return Nothing()


def set_registered_model_tag(services: Services, request: SetRegisteredModelTag) -> Nothing:
    """Set a tag of a registered model."""
    services.store.registry.set_tags(request.name, {request.key: request.value}, at_ms=services.now_ms())
    return Nothing()


def delete_registered_model_tag(services: Services, request: DeleteRegisteredModelTag) -> Nothing:
    """Delete a tag of a registered model; one that isn't there is deleted already."""
    if request.key in services.store.registry.get(request.name).tags:
        services.store.registry.delete_tag(request.name, request.key, at_ms=services.now_ms())
    return Nothing()


def get_latest_versions(services: Services, request: GetLatestVersions) -> Versions:
    """Read the newest version of each stage."""
    wanted = {stage_of(name) for name in request.stages} or set(Stage)
    latest = services.store.registry.get(request.name).latest_versions
    found = sorted((each for each in latest if each.current_stage in wanted), key=lambda each: int(each.version))
    return Versions(model_versions=tuple(map(version_document, found)))


def set_alias(services: Services, request: SetAlias) -> Nothing:
    """Let an alias stand for a version."""
    services.store.registry.set_alias(request.name, request.alias, request.version, at_ms=services.now_ms())
    return Nothing()


def get_by_alias(services: Services, request: ByAlias) -> OneVersion:
    """Read the version that an alias stands for."""
    model = services.store.registry.get(request.name)
    if request.alias not in model.aliases:
        # Here MLflow answers 400, and its clients tell that from a missing model.
        known = ", ".join(model.aliases) or "none"
        raise InvalidInput(f"Registered model alias {request.alias} not found: {request.name!r} has {known}.")
    return OneVersion(
        model_version=version_document(services.store.registry.version_by_alias(request.name, request.alias))
    )


def delete_alias(services: Services, request: ByAlias) -> Nothing:
    """Delete an alias; one that isn't there is deleted already."""
    if request.alias in services.store.registry.get(request.name).aliases:
        services.store.registry.delete_alias(request.name, request.alias, at_ms=services.now_ms())
    return Nothing()


def stage_of(name: str) -> Stage:
    """Return a stage by its name, however that is capitalised.

    Raises
    ------
    InvalidInput
        There is no such stage.
    """
    found = _STAGES.get(name.lower())
    if found is None:
        raise InvalidInput(f"There is no stage {name!r}; stages are {', '.join(stage.value for stage in Stage)}.")
    return found


_PROMPT = "tags.`mlflow.prompt.is_prompt`"
_NO_PROMPT = re.compile(r"tags?\.`mlflow\.prompt\.is_prompt` != 'true'")
_STAGES = {stage.value.lower(): stage for stage in Stage}


def _one(services: Services, name: str) -> OneRegisteredModel:
    return OneRegisteredModel(registered_model=registered_model_document(services.store.registry.get(name)))

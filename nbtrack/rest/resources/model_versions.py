from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from nbtrack.entities import ModelVersion
from nbtrack.rest.documents import Document, ModelVersionDocument, Nothing, version_document
from nbtrack.rest.messages import (
    Filter,
    Id,
    Key,
    Label,
    Message,
    Name,
    OrderBy,
    PageToken,
    RegistryTags,
    RegistryValue,
    Text,
    Uri,
    Version,
    by_key,
)
from nbtrack.rest.resources.registered_models import OneVersion, stage_of
from nbtrack.rest.services import Services
from nbtrack.rest.sources import checked_source, download_uri, run_of
from nbtrack.store import NewVersion, Query

MAX_PAGE = 50_000


class CreateVersion(Message):
    """The next version of a registered model, from ``source``."""

    name: Name
    source: Uri
    run_id: Id | None = None
    run_link: Uri = ""
    description: Text = ""
    model_id: Id | None = None
    tags: RegistryTags = ()


class OfVersion(Message):
    """A version of a registered model."""

    name: Name
    version: Version


class UpdateVersion(OfVersion):
    """A new description of a version."""

    description: Text = ""


class SetVersionTag(OfVersion):
    """A tag for a version."""

    key: Key
    value: RegistryValue = ""


class DeleteVersionTag(OfVersion):
    """The tag to delete from a version."""

    key: Key


class TransitionStage(OfVersion):
    """A new stage for a version, whose others may go to the archive."""

    stage: Label
    archive_existing_versions: bool = False


class SearchVersions(Message):
    """A search among the versions of all registered models."""

    filter: Filter = ""
    max_results: Annotated[int, Meta(ge=1, le=200_000)] = 10_000
    order_by: OrderBy = ()
    page_token: PageToken = ""


class FoundVersions(Document):
    """One page of versions; without a token it is the last."""

    model_versions: tuple[ModelVersionDocument, ...] = ()
    next_page_token: str = ""


class DownloadUri(Document):
    """Where a version's files are."""

    artifact_uri: str


def create_version(services: Services, request: CreateVersion) -> OneVersion:
    """Register the next version of a model that is there."""
    store = services.store
    store.registry.get(request.name)
    source = checked_source(services, request.source, run_id=request.run_id, model_id=request.model_id)
    new = NewVersion(
        name=request.name,
        source=source,
        created_at_ms=services.now_ms(),
        run_id=request.run_id or run_of(services, source),
        model_id=request.model_id,
        run_link=request.run_link,
        description=request.description,
        tags=by_key(request.tags, "tag"),
    )
    return _one(store.registry.create_version(new))


def get_version(services: Services, request: OfVersion) -> OneVersion:
    """Read a version."""
    return _read(services, request)


def search_versions(services: Services, request: SearchVersions) -> FoundVersions:
    """Find versions by a filter, one page at a time."""
    query = Query(request.filter, request.order_by, min(request.max_results, MAX_PAGE), request.page_token or None)
    page = services.store.registry.search_versions(query)
    return FoundVersions(
        model_versions=tuple(map(version_document, page.items)), next_page_token=page.next_page_token or ""
    )


def get_download_uri(services: Services, request: OfVersion) -> DownloadUri:
    """Tell where a version's files are."""
    version = services.store.registry.get_version(request.name, request.version)
    return DownloadUri(artifact_uri=download_uri(services, version.source))


def update_version(services: Services, request: UpdateVersion) -> OneVersion:
    """Describe a version."""
    services.store.registry.describe_version(
        request.name, request.version, request.description, at_ms=services.now_ms()
    )
    return _read(services, request)


def delete_version(services: Services, request: OfVersion) -> Nothing:
    """Delete a version."""
    services.store.registry.delete_version(request.name, request.version, at_ms=services.now_ms())
    return Nothing()


def transition_stage(services: Services, request: TransitionStage) -> OneVersion:
    """Move a version to a stage."""
    services.store.registry.set_stage(
        request.name,
        request.version,
        stage_of(request.stage),
        at_ms=services.now_ms(),
        archive_others=request.archive_existing_versions,
    )
    return _read(services, request)


def set_version_tag(services: Services, request: SetVersionTag) -> Nothing:
    """Set a tag of a version."""
    tags = {request.key: request.value}
    services.store.registry.set_version_tags(request.name, request.version, tags, at_ms=services.now_ms())
    return Nothing()


def delete_version_tag(services: Services, request: DeleteVersionTag) -> Nothing:
    """Delete a tag of a version; one that isn't there is deleted already."""
    registry = services.store.registry
    if request.key in registry.get_version(request.name, request.version).tags:
        registry.delete_version_tag(request.name, request.version, request.key, at_ms=services.now_ms())
    return Nothing()


def _read(services: Services, request: OfVersion) -> OneVersion:
    return _one(services.store.registry.get_version(request.name, request.version))


def _one(version: ModelVersion) -> OneVersion:
    return OneVersion(model_version=version_document(version))

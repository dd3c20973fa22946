from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from nbtrack.entities import Lifecycle
from nbtrack.errors import ArtifactNotFound, InvalidInput, InvalidPath, InvalidState
from nbtrack.rest.documents import Document, Nothing
from nbtrack.rest.downloads import Download
from nbtrack.rest.locations import Owned, find_owner
from nbtrack.rest.messages import ArtifactPath, FilePath, Id, Message, Name, PageToken, Version
from nbtrack.rest.resources.runs import AboutRun
from nbtrack.rest.services import Services
from nbtrack.rest.sources import owned_by_model, owned_by_source
from nbtrack.store import ArtifactEntry
from nbtrack.store.artifacts import check_relative

MAX_PAGE = 5000


class ListArtifacts(AboutRun):
    """One page of a folder among a run's artifacts; the empty path is the whole."""

    path: ArtifactPath = ""
    page_token: PageToken = ""


class ListModelArtifacts(Message):
    """A folder among a logged model's artifacts."""

    model_id: Id
    artifact_directory_path: ArtifactPath = ""


class AtProxy(Message):
    """A place behind the proxy: ``EXPERIMENT/RUN/artifacts/...``, as artifact URIs have it."""

    path: FilePath


class ListAtProxy(Message):
    """A folder behind the proxy."""

    path: ArtifactPath = ""


class GetArtifact(AboutRun):
    """A file among a run's artifacts."""

    path: FilePath


class GetVersionArtifact(Message):
    """A file of a model version."""

    name: Name
    version: Version
    path: FilePath


class FileDocument(Document):
    """A file or folder."""

    path: str
    is_dir: bool
    file_size: int | None = None


class FoundFiles(Document):
    """Files and folders; without a token it is the last page."""

    root_uri: str = ""
    files: tuple[FileDocument, ...] = ()
    next_page_token: str = ""


def list_artifacts(services: Services, request: ListArtifacts) -> FoundFiles:
    """List a folder among a run's artifacts."""
    info = services.store.runs.get(request.id).info
    owned = Owned(info.run_id, request.path, is_model=False)
    check_kept_here(services, owned)
    after = request.page_token or None
    entries = _entries(services, owned, after=after, limit=MAX_PAGE + 1)
    return FoundFiles(
        root_uri=services.locations.of_run(info),
        files=tuple(_file(entry, entry.path) for entry in entries[:MAX_PAGE]),
        next_page_token=entries[MAX_PAGE - 1].path if len(entries) > MAX_PAGE else "",
    )


def list_model_artifacts(services: Services, request: ListModelArtifacts) -> FoundFiles:
    """List a folder among a logged model's artifacts."""
    model = services.store.models.get(request.model_id)
    whole = owned_by_model(model, "")
    owned = owned_by_model(model, request.artifact_directory_path)
    check_kept_here(services, owned)
    return FoundFiles(
        root_uri=services.locations.of_model(model),
        files=tuple(_file(entry, entry.path.removeprefix(whole.path)) for entry in _entries(services, owned)),
    )


def list_at_proxy(services: Services, request: ListAtProxy) -> FoundFiles:
    """List a folder behind the proxy; paths are relative to it."""
    check_relative(request.path)
    try:
        owned = find_owner(request.path)
    except InvalidPath:
        return FoundFiles()  # above runs and models nothing is listed
    check_kept_here(services, owned)
    entries = _entries(services, owned)
    return FoundFiles(files=tuple(_file(entry, entry.path.rpartition("/")[2]) for entry in entries))


def download(services: Services, request: AtProxy) -> Download:
    """Download a file from behind the proxy."""
    return _download(services, find_owner(request.path))


def upload(services: Services, request: AtProxy, chunks: Iterator[bytes]) -> Nothing:
    """Upload a file behind the proxy; it is there when it is whole."""
    return _upload(services, find_owner(request.path), chunks)


def delete(services: Services, request: AtProxy) -> Nothing:
    """Delete a file or folder behind the proxy; one that isn't there is deleted already."""
    owned = find_owner(request.path)
    check_kept_here(services, owned, is_to_change=True)
    with suppress(ArtifactNotFound):
        services.store.artifacts.delete(owned.owner_id, owned.path)
    return Nothing()


def get_artifact(services: Services, request: GetArtifact) -> Download:
    """Download a file of a run."""
    return _download(services, Owned(request.id, request.path, is_model=False))


def upload_artifact(services: Services, request: GetArtifact, chunks: Iterator[bytes]) -> Nothing:
    """Upload a file of a run."""
    return _upload(services, Owned(request.id, request.path, is_model=False), chunks)


def get_version_artifact(services: Services, request: GetVersionArtifact) -> Download:
    """Download a file of a model version."""
    source = services.store.registry.get_version(request.name, request.version).source
    return _download(services, owned_by_source(services, source, request.path))


def _download(services: Services, owned: Owned) -> Download:
    check_kept_here(services, owned)
    check_relative(owned.path)
    return Download(services.store.artifacts, owned.owner_id, owned.path)


def _upload(services: Services, owned: Owned, chunks: Iterator[bytes]) -> Nothing:
    check_kept_here(services, owned, is_to_change=True)
    artifacts = services.store.artifacts
    stored = artifacts.put_stream(owned.owner_id, owned.path, chunks)
    artifacts.record(owned.owner_id, (stored,))
    return Nothing()


def _entries(
    services: Services, owned: Owned, *, after: str | None = None, limit: int | None = None
) -> Sequence[ArtifactEntry]:
    check_relative(owned.path)
    try:
        return services.store.artifacts.list(owned.owner_id, owned.path, after=after, limit=limit)
    except ArtifactNotFound:
        return ()


def check_kept_here(services: Services, owned: Owned, *, is_to_change: bool = False) -> None:
    """Refuse what is none of this server's: an unknown run or model, or one whose files clients reach by themselves."""
    if owned.is_model:
        model = services.store.models.get(owned.owner_id)
        place, lifecycle = services.locations.of_model(model), model.lifecycle
    else:
        info = services.store.runs.get(owned.owner_id).info
        place, lifecycle = services.locations.of_run(info), info.lifecycle_stage
    if not services.locations.is_behind_proxy(place):
        raise InvalidInput(f"The artifacts of {owned.owner_id} are not kept by this server, but at {place}.")
    if is_to_change and lifecycle is not Lifecycle.ACTIVE:
        raise InvalidState(f"{owned.owner_id} is deleted and can't be written to. Restore it first.")


def _file(entry: ArtifactEntry, path: str) -> FileDocument:
    return FileDocument(path=path.lstrip("/"), is_dir=entry.is_dir, file_size=None if entry.is_dir else entry.file_size)

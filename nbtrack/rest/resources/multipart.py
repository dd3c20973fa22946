from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated

from msgspec import Meta

from nbtrack.errors import InvalidInput
from nbtrack.rest.callers import Caller
from nbtrack.rest.documents import Document, Nothing
from nbtrack.rest.locations import Owned, find_owner
from nbtrack.rest.messages import FilePath, Message
from nbtrack.rest.parts import Part, Target
from nbtrack.rest.resources.artifacts import check_kept_here
from nbtrack.rest.services import Services
from nbtrack.rest.status import NotOffered
from nbtrack.store.artifacts import check_relative

MAX_PARTS = 3000
PARTS_AT = "/api/2.0/mlflow-artifacts/mpu/part"
UploadId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
PartNumber = Annotated[int, Meta(ge=1, le=MAX_PARTS)]


class IntoFolder(Message):
    """A file of the client's, ``path`` on its machine, for a folder behind the proxy."""

    folder: FilePath
    path: FilePath


class CreateMultipartUpload(IntoFolder):
    """A file that will come in parts."""

    num_parts: Annotated[int, Meta(ge=1, le=1_000_000)]


class UploadPart(Message):
    """The place of a part."""

    upload_id: UploadId
    part_number: PartNumber


class SentPart(Message):
    """A part that was sent, and what the server called it."""

    part_number: PartNumber
    etag: Annotated[str, Meta(max_length=256)]


class CompleteMultipartUpload(IntoFolder):
    """All parts of a file, in their order."""

    upload_id: UploadId
    parts: Annotated[tuple[SentPart, ...], Meta(max_length=MAX_PARTS)]


class AbortMultipartUpload(IntoFolder):
    """An upload that is given up."""

    upload_id: UploadId


class CredentialDocument(Document):
    """Where to send a part, and with which headers."""

    url: str
    part_number: int
    headers: Mapping[str, str]


class MultipartUploadCreated(Document):
    """An upload that has begun."""

    upload_id: str
    credentials: tuple[CredentialDocument, ...]


class PartKept(Document):
    """A part that is kept, and its name for who completes the upload."""

    etag: str


def create_multipart_upload(
    services: Services, request: CreateMultipartUpload, caller: Caller
) -> MultipartUploadCreated:
    """Begin to upload a file in parts."""
    if request.num_parts > MAX_PARTS:
        # By this sentence MLflow's client knows that it should send the file in one piece.
        raise NotOffered(
            "Multipart upload is not supported for the current artifact repository with more than "
            f"{MAX_PARTS:,} parts. Send larger ones (MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE), or the file in one PUT."
        )
    path, owned = _target(request)
    check_kept_here(services, owned, is_to_change=True)
    upload_id = services.parts.begin(Target(path, request.num_parts))
    headers = {"Authorization": caller.authorization} if caller.authorization else {}
    return MultipartUploadCreated(
        upload_id=upload_id,
        credentials=tuple(
            CredentialDocument(url=f"{caller.url}{PARTS_AT}/{upload_id}/{n}", part_number=n, headers=headers)
            for n in range(1, request.num_parts + 1)
        ),
    )


def upload_part(services: Services, request: UploadPart, chunks: Iterator[bytes]) -> PartKept:
    """Upload a part of a file; it is kept when it is whole."""
    return PartKept(etag=f'"{services.parts.keep(request.upload_id, request.part_number, chunks)}"')


def complete_multipart_upload(services: Services, request: CompleteMultipartUpload) -> Nothing:
    """Make a file of its parts; it is there when it is whole."""
    path, owned = _target(request)
    check_kept_here(services, owned, is_to_change=True)
    artifacts = services.store.artifacts
    parts = [Part(sent.part_number, sent.etag) for sent in request.parts]
    with services.parts.whole(request.upload_id, path, parts) as (content, size_bytes):
        stored = artifacts.put_stream(owned.owner_id, owned.path, content, size_bytes=size_bytes)
    artifacts.record(owned.owner_id, (stored,))
    return Nothing()


def abort_multipart_upload(services: Services, request: AbortMultipartUpload) -> Nothing:
    """Give an upload up, and forget its parts."""
    path, _ = _target(request)
    services.parts.abort(request.upload_id, path)
    return Nothing()


def _target(request: IntoFolder) -> tuple[str, Owned]:
    """Return the file behind the proxy that an upload becomes, and whose it is."""
    is_of_windows = "/" not in request.path
    name = (PureWindowsPath if is_of_windows else PurePosixPath)(request.path).name
    if not name:
        raise InvalidInput(f"{request.path!r} names no file to upload.")
    path = "/".join((*check_relative(request.folder), name))
    return path, find_owner(path)

from __future__ import annotations

from nbtrack.entities import ModelVersion, RegisteredModel
from nbtrack.rest.documents.base import Document, TagDocument, tag_documents


class ModelVersionDocument(Document):
    """A version of a registered model; times are milliseconds since the epoch."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    description: str
    source: str
    run_id: str
    run_link: str
    status: str
    status_message: str = ""
    user_id: str = ""
    model_id: str = ""
    tags: tuple[TagDocument, ...] = ()
    aliases: tuple[str, ...] = ()


class AliasDocument(Document):
    """An alias and the version that it stands for."""

    alias: str
    version: str


class RegisteredModelDocument(Document):
    """A registered model with its newest version of each stage."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    latest_versions: tuple[ModelVersionDocument, ...] = ()
    tags: tuple[TagDocument, ...] = ()
    aliases: tuple[AliasDocument, ...] = ()


def version_document(version: ModelVersion) -> ModelVersionDocument:
    return ModelVersionDocument(
        name=version.name,
        version=version.version,
        creation_timestamp=version.creation_timestamp,
        last_updated_timestamp=version.last_updated_timestamp,
        current_stage=version.current_stage.value,
        description=version.description,
        source=version.source,
        run_id=version.run_id or "",
        run_link=version.run_link,
        status=_STATUS[version.status.value],
        status_message=version.status_message,
        user_id=version.user_id,
        model_id=version.model_id or "",
        tags=tag_documents(version.tags),
        aliases=version.aliases,
    )


def registered_model_document(model: RegisteredModel) -> RegisteredModelDocument:
    oldest_first = sorted(model.latest_versions, key=lambda version: int(version.version))
    return RegisteredModelDocument(
        name=model.name,
        creation_timestamp=model.creation_timestamp,
        last_updated_timestamp=model.last_updated_timestamp,
        description=model.description,
        latest_versions=tuple(map(version_document, oldest_first)),
        tags=tag_documents(model.tags),
        aliases=tuple(AliasDocument(alias=alias, version=version) for alias, version in model.aliases.items()),
    )


_STATUS = {"PENDING": "PENDING_REGISTRATION", "READY": "READY", "FAILED": "FAILED_REGISTRATION"}

from __future__ import annotations

from nbtrack.server.documents import Document, registered_model_document, version_document
from nbtrack.server.model_uri import checked_model_uri
from nbtrack.server.requests import Nothing, RegisterModel
from nbtrack.server.services import Services


def list_models(services: Services, _request: Nothing) -> Document:
    return {"models": [registered_model_document(model) for model in services.store.registry.list()]}


def register_model(services: Services, request: RegisterModel) -> Document:
    """Register a model that is there as the next version of a name."""
    source = checked_model_uri(services.store, request.model_uri)
    version = services.store.registry.create_version(
        request.name, source=source.uri, run_id=source.run_id, at_ms=services.now_ms()
    )
    return version_document(version) | {"name": version.name}

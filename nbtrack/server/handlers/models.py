from __future__ import annotations

from nbtrack.registry import register
from nbtrack.server.documents import Document, registered_model_document, version_document
from nbtrack.server.model_uri import place_of
from nbtrack.server.requests import Nothing, RegisterModel
from nbtrack.server.services import Services


def list_models(services: Services, _request: Nothing) -> Document:
    return {"models": [registered_model_document(model) for model in services.store.registry.list()]}


def register_model(services: Services, request: RegisterModel) -> Document:
    """Register a model that is there as the next version of a name."""
    place_of(request.model_uri, services.store)
    version = register(request.model_uri, request.name, services.store, at_ms=services.now_ms())
    return version_document(version) | {"name": version.name}

from __future__ import annotations

from nbtrack.registry import points_of, promotions_of, register
from nbtrack.server.documents import Document, registered_model_document, version_detail, version_document
from nbtrack.server.model_uri import place_of
from nbtrack.server.requests import Nothing, OneVersion, RegisterModel
from nbtrack.server.services import Services


def list_models(services: Services, _request: Nothing) -> Document:
    return {"models": [registered_model_document(model) for model in services.store.registry.list()]}


def read_version(services: Services, request: OneVersion) -> Document:
    """Read all that is known of a version: what was measured of its model, and what it was promoted to, too."""
    store = services.store
    version = store.registry.get_version(request.id, request.version)
    promotions = [each for each in promotions_of(request.id, store) if each.version == version.version]
    return version_detail(version, points_of(version, store), promotions)


def register_model(services: Services, request: RegisterModel) -> Document:
    """Register a model that is there as the next version of a name."""
    place_of(request.model_uri, services.store)
    version = register(request.model_uri, request.name, services.store, at_ms=services.now_ms())
    return version_document(version) | {"name": version.name}

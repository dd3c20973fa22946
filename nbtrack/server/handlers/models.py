from __future__ import annotations

from nbtrack.registry import logged_model_at, points_of, promotions_of, register
from nbtrack.server.documents import (
    Document,
    model_metric_document,
    promotion_document,
    registered_model_document,
    version_detail,
    version_document,
)
from nbtrack.server.model_folder import folder_document
from nbtrack.server.model_uri import place_of
from nbtrack.server.requests import ById, ModelUri, Nothing, OneVersion, RegisterModel
from nbtrack.server.services import Services


def list_models(services: Services, _request: Nothing) -> Document:
    return {"models": [registered_model_document(model) for model in services.store.registry.list()]}


def read_version(services: Services, request: OneVersion) -> Document:
    """Read all that is known of a version: what was measured of its model, and what it was promoted to, too."""
    store = services.store
    version = store.registry.get_version(request.id, request.version)
    promotions = [each for each in promotions_of(request.id, store) if each.version == version.version]
    return version_detail(version, points_of(version, store), promotions)


def list_promotions(services: Services, request: ById) -> Document:
    """List who gave which version of a registered model an alias, the newest first."""
    return {"promotions": [promotion_document(each) for each in promotions_of(request.id, services.store)]}


def read_model(services: Services, request: ModelUri) -> Document:
    """Read what a model's folder says of it, and what was measured of it; nothing of it is loaded."""
    store = services.store
    place = place_of(request.uri, store)
    model_id = logged_model_at(place, store)
    metrics = () if model_id is None else store.models.get(model_id).metrics
    return {
        "uri": request.uri,
        "runId": place.run_id,
        "metrics": [model_metric_document(each) for each in metrics],
        **folder_document(place.folder),
    }


def register_model(services: Services, request: RegisterModel) -> Document:
    """Register a model that is there as the next version of a name."""
    place_of(request.model_uri, services.store)
    version = register(request.model_uri, request.name, services.store, at_ms=services.now_ms())
    return version_document(version) | {"name": version.name}

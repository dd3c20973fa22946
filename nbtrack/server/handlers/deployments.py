from __future__ import annotations

from nbtrack.server.deployments import Deployment
from nbtrack.server.documents import Document
from nbtrack.server.model_uri import place_of
from nbtrack.server.requests import ById, Deploy, Nothing
from nbtrack.server.services import Services


def list_deployments(services: Services, _request: Nothing) -> Document:
    return {"deployments": [_document(deployment) for deployment in services.deployments.list()]}


def deploy(services: Services, request: Deploy) -> Document:
    """Serve a model on this machine; the answer says "starting"."""
    place = place_of(request.model_uri, services.store)
    started = services.deployments.start(
        request.model_uri, run_id=place.run_id, port=request.port, at_ms=services.now_ms()
    )
    return _document(started)


def stop_deployment(services: Services, request: ById) -> Document:
    return _document(services.deployments.stop(request.id))


def forget_deployment(services: Services, request: ById) -> None:
    services.deployments.forget(request.id)


def read_deployment_log(services: Services, request: ById) -> Document:
    return {"text": services.deployments.log(request.id)}


def _document(deployment: Deployment) -> Document:
    return {
        "id": deployment.deployment_id,
        "modelUri": deployment.model_uri,
        "runId": deployment.run_id,
        "state": deployment.state,
        "url": deployment.url,
        "startedAt": deployment.started_at_ms,
        "error": deployment.error,
    }

"""Logged models in the server's answers, as the words of nbtrack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import msgspec

from nbtrack.entities import Lifecycle, LoggedModel, ModelMetric, ModelStatus
from nbtrack.errors import StoreUnavailable
from nbtrack.store.http.mlflow import tags
from nbtrack.store.http.mlflow.api import Document, listed
from nbtrack.store.http.mlflow.documents import OWN, ServerRun, metric, model_histories
from nbtrack.store.http.mlflow.run_ids import RunIds

STATUSES = {
    "LOGGED_MODEL_PENDING": ModelStatus.PENDING,
    "LOGGED_MODEL_READY": ModelStatus.READY,
    "LOGGED_MODEL_UPLOAD_FAILED": ModelStatus.FAILED,
}


class Own(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the server has no place for in a logged model: the content of a tag."""

    flavor: str = ""
    size_bytes: int = 0
    created_at_ms: int | None = None
    signature: str | None = None
    status_message: str = ""


def server_model(document: Document, ids: RunIds, *, lifecycle: Lifecycle = Lifecycle.ACTIVE) -> LoggedModel:
    """Read a model that the server has a place of its own for.

    Raises
    ------
    StoreUnavailable
        What the server sent is no model.
    """
    try:
        return _server_model(document, ids, lifecycle)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreUnavailable(f"The server sent a model that can't be read: {error!r}.") from error


def folders(found: ServerRun) -> list[LoggedModel]:
    """Return the models that a run's tag describes: folders among its artifacts."""
    info = found.run.info
    return [
        LoggedModel(
            model_id=str(history.get("model_uuid") or ""),
            run_id=info.run_id,
            path=str(history.get("artifact_path", "")),
            name=str(_own_of_folder(history).get("name") or history.get("artifact_path", "")),
            flavor=_flavor(history),
            size_bytes=int(_own_of_folder(history).get("size_bytes") or 0),
            created_at_ms=_moment(str(history.get("utc_time_created", ""))),
            signature=_own_of_folder(history).get("signature"),
            experiment_id=info.experiment_id,
        )
        for history in model_histories(found.all_tags)
    ]


def _server_model(document: Document, ids: RunIds, lifecycle: Lifecycle) -> LoggedModel:
    info, data = document["info"], document.get("data") or {}
    source = str(info.get("source_run_id") or "")
    all_tags = {str(each["key"]): str(each.get("value", "")) for each in listed(info, "tags")}
    own = _own(all_tags.get(tags.MODEL, "{}"))
    model_id, there = ids.models.shown(document), int(info.get("creation_timestamp_ms", 0))
    return LoggedModel(
        model_id=model_id,
        run_id=ids.here(source) if source else None,
        path="",
        name=str(info.get("name", "")),
        flavor=own.flavor,
        size_bytes=own.size_bytes,
        created_at_ms=there if own.created_at_ms is None else own.created_at_ms,
        signature=own.signature,
        experiment_id=str(info["experiment_id"]),
        model_type=str(info.get("model_type", "")),
        status=STATUSES.get(str(info.get("status")), ModelStatus.READY),
        status_message=str(info.get("status_message") or own.status_message),
        updated_at_ms=int(info.get("last_updated_timestamp_ms", 0)),
        lifecycle=lifecycle,
        artifact_uri=info.get("artifact_uri"),
        params={str(each["key"]): str(each.get("value", "")) for each in listed(data, "params")},
        tags={key: value for key, value in all_tags.items() if key not in tags.HIDDEN_OF_MODELS},
        metrics=tuple(_metric(each, model_id, ids) for each in listed(data, "metrics")),
    )


def _metric(document: Document, model_id: str, ids: RunIds) -> ModelMetric:
    point = metric(document, str(document["key"]))
    source = str(document.get("run_id") or "")
    return ModelMetric(
        model_id,
        point.key,
        point.value,
        point.timestamp,
        point.step,
        ids.here(source) if source else None,
        document.get("dataset_name"),
        document.get("dataset_digest"),
    )


def _own(text: str) -> Own:
    try:
        return msgspec.json.decode(text, type=Own)
    except (ValueError, RecursionError):
        return Own()  # somebody else wrote it


def _own_of_folder(history: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what nbtrack itself said of a model folder."""
    flavors = history.get("flavors")
    flavor = flavors.get(_flavor(history)) if isinstance(flavors, dict) else None
    own = flavor.get(OWN) if isinstance(flavor, dict) else None
    return own if isinstance(own, dict) else {}


def _flavor(history: Mapping[str, Any]) -> str:
    flavors = history.get("flavors")
    names = list(flavors) if isinstance(flavors, dict) else []
    return next((str(name) for name in names if name != "python_function"), "python_function" if names else "")


def _moment(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)
    except ValueError:
        return 0

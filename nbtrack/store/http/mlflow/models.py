"""Logged models: folders among a run's artifacts, which a tag describes, and models with an id of the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from nbtrack.entities import Lifecycle, LoggedModel, ModelMetric, ModelStatus
from nbtrack.errors import InvalidInput, InvalidState, ModelNotFound, NotFound
from nbtrack.store.http.mlflow import tags as tag_names
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed
from nbtrack.store.http.mlflow.documents import OWN, ServerRun, metric, model_histories, server_run
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.filters import quoted
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.protocol import Page, Query

_STATUSES = {
    "LOGGED_MODEL_PENDING": ModelStatus.PENDING,
    "LOGGED_MODEL_READY": ModelStatus.READY,
    "LOGGED_MODEL_UPLOAD_FAILED": ModelStatus.FAILED,
}
_NAMES = {status: name for name, status in _STATUSES.items()}


class MlflowModels:
    def __init__(self, api: MlflowApi, ids: RunIds, experiments: MlflowExperiments) -> None:
        self._api, self._ids, self._experiments = api, ids, experiments

    def create(self, model: LoggedModel) -> None:
        raise InvalidState(
            f"{self._api.url} gives models ids of its own, and can't take {model.model_id!r}. Log the model to a run."
        )

    def get(self, model_id: str) -> LoggedModel:
        try:
            return self._model(self._api.get(_place(model_id))["model"])
        except (NotFound, InvalidInput):
            pass
        for model in self._described(model_id):
            if model.model_id == model_id:
                return model
        raise ModelNotFound(f"No model {model_id!r} in {self._api.url}.")

    def of_run(self, run_id: str) -> Sequence[LoggedModel]:
        """Return the run's models: those among its artifacts, then those with a place of their own."""
        document = self._api.get("runs/get", run_id=self._ids.of_server(run_id))
        found = server_run(document.get("run") or {}, self._ids)
        outputs = [self.get(output.model_id) for output in found.run.outputs.model_outputs]
        return [*_folders(found), *outputs]

    def search(
        self, query: Query, *, experiment_ids: Sequence[str] = (), datasets: Sequence[tuple[str, str | None]] = ()
    ) -> Page[LoggedModel]:
        """Find models that have ids of the server's; those among runs' artifacts it does not search."""
        order_by = [{"field_name": text.split()[0], "ascending": not _is_descending(text)} for text in query.order_by]
        return self._api.page(
            "logged-models/search",
            "models",
            replace(query, order_by=()),
            self._model,
            experiment_ids=list(experiment_ids or self._experiments.all_ids()),
            datasets=[{"dataset_name": name, "dataset_digest": digest} for name, digest in datasets] or None,
            **({"order_by": order_by} if order_by else {}),
        )

    def log_params(self, model_id: str, params: Mapping[str, str]) -> None:
        given = [{"key": key, "value": value} for key, value in params.items()]
        self._change("POST", model_id, "/params", {"params": given})

    def set_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        given = [{"key": key, "value": value} for key, value in tags.items()]
        self._change("PATCH", model_id, "/tags", {"tags": given})

    def delete_tag(self, model_id: str, key: str) -> None:
        self._change("DELETE", model_id, f"/tags/{quote(key, safe='')}", {})

    def set_status(self, model_id: str, status: ModelStatus, *, at_ms: int) -> None:  # noqa: ARG002 the server's clock counts
        self._change("PATCH", model_id, "", {"model_id": model_id, "status": _NAMES[status]})

    def delete(self, model_id: str) -> None:
        self._change("DELETE", model_id, "", {})

    def _change(self, method: str, model_id: str, path: str, body: Mapping[str, Any]) -> None:
        try:
            self._api.send(method, f"{_place(model_id)}{path}", body)
        except NotFound as missing:
            raise ModelNotFound(f"No model {model_id!r} in {self._api.url}, or not this of it. {missing}") from None

    def _described(self, model_id: str) -> Sequence[LoggedModel]:
        """Find a model by the tag of the run whose artifacts it is among."""
        if not model_id.replace("-", "").isalnum():
            return ()
        page = self._api.read(
            "runs/search",
            experiment_ids=list(self._experiments.all_ids()),
            filter=f"tags.`{tag_names.MODELS}` LIKE {quoted(f'%{model_id}%')}",
            max_results=1,
        )
        return [model for run in listed(page, "runs") for model in _folders(server_run(run, self._ids))]

    def _model(self, document: Document) -> LoggedModel:
        info, data = document["info"], document.get("data") or {}
        source = str(info.get("source_run_id") or "")
        model_id = str(info["model_id"])
        return LoggedModel(
            model_id=model_id,
            run_id=self._ids.here(source) if source else None,
            path="",
            name=str(info.get("name", "")),
            flavor="",
            size_bytes=0,
            created_at_ms=int(info.get("creation_timestamp_ms", 0)),
            experiment_id=str(info["experiment_id"]),
            model_type=str(info.get("model_type", "")),
            status=_STATUSES.get(str(info.get("status")), ModelStatus.READY),
            status_message=str(info.get("status_message", "")),
            updated_at_ms=int(info.get("last_updated_timestamp_ms", 0)),
            lifecycle=Lifecycle.ACTIVE,
            artifact_uri=info.get("artifact_uri"),
            params={str(each["key"]): str(each.get("value", "")) for each in listed(data, "params")},
            tags={str(each["key"]): str(each.get("value", "")) for each in listed(info, "tags")},
            metrics=tuple(self._metric(each, model_id) for each in listed(data, "metrics")),
        )

    def _metric(self, document: Document, model_id: str) -> ModelMetric:
        point = metric(document, str(document["key"]))
        source = str(document.get("run_id") or "")
        return ModelMetric(
            model_id,
            point.key,
            point.value,
            point.timestamp,
            point.step,
            self._ids.here(source) if source else None,
            document.get("dataset_name"),
            document.get("dataset_digest"),
        )


def _is_descending(order: str) -> bool:
    return order.upper().endswith(" DESC")


def _place(model_id: str) -> str:
    return f"logged-models/{quote(model_id, safe='')}"


def _folders(found: ServerRun) -> list[LoggedModel]:
    """Return the models that a run's tag describes."""
    info = found.run.info
    return [
        LoggedModel(
            model_id=str(history.get("model_uuid") or ""),
            run_id=info.run_id,
            path=str(history.get("artifact_path", "")),
            name=str(_own(history).get("name") or history.get("artifact_path", "")),
            flavor=_flavor(history),
            size_bytes=int(_own(history).get("size_bytes") or 0),
            created_at_ms=_moment(str(history.get("utc_time_created", ""))),
            signature=_own(history).get("signature"),
            experiment_id=info.experiment_id,
        )
        for history in model_histories(found.all_tags)
    ]


def _own(history: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what nbtrack itself said of a model."""
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

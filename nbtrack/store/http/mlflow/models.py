"""Logged models: folders among a run's artifacts, which a tag describes, and models with an id of the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nbtrack.entities import Lifecycle, LoggedModel, ModelStatus
from nbtrack.errors import InvalidFilter, InvalidInput, InvalidState, ModelNotFound, NotFound, ParamConflict
from nbtrack.limits import check_key, check_name, check_value
from nbtrack.store.filters import LOGGED_MODEL_FIELDS, FieldKind, parse_order_by
from nbtrack.store.http.mlflow import tags as tag_names
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed
from nbtrack.store.http.mlflow.documents import server_run
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.filters import model_filter_for_mlflow, quoted
from nbtrack.store.http.mlflow.limits import check_measured
from nbtrack.store.http.mlflow.model_documents import folders, server_model
from nbtrack.store.http.mlflow.model_writing import ModelWriter, run_that_measured
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.protocol import Page, Query

PAGE = 1000


class MlflowModels:
    """Models under the ids that nbtrack gave them, or, made by other clients, under the server's.

    The server searches and orders them by its own clock; what nbtrack made shows when that was.
    """

    def __init__(self, api: MlflowApi, ids: RunIds, experiments: MlflowExperiments, writer: ModelWriter) -> None:
        self._api, self._ids, self._experiments, self._writer = api, ids, experiments, writer

    def create(self, model: LoggedModel) -> None:
        """Log a model by itself. As for MLflow's clients, it is an output of its run once that says so."""
        check_name(model.name, "model")
        for point in model.metrics:
            check_measured(point)
            self._ids.of_server(run_that_measured(point))
        _check_texts(model.params, "param")
        _check_texts(model.tags, "tag")
        if model.experiment_id is not None:
            self._experiments.check_active(model.experiment_id, "making models")
        self._writer.write(model)

    def get(self, model_id: str) -> LoggedModel:
        found = self._placed(model_id) or self._folder(model_id)
        if found is None:
            raise ModelNotFound(f"No logged model {model_id!r} in {self._api.url}.")
        return found

    def of_run(self, run_id: str) -> Sequence[LoggedModel]:
        """Return the run's models: those among its artifacts, then those with a place of their own."""
        server_run_id = self._ids.of_server(run_id)
        found = server_run(self._api.get("runs/get", run_id=server_run_id).get("run") or {}, self._ids)
        made = self._made_by(found.run.info.experiment_id, server_run_id)
        known = {model.model_id for model in made}
        outputs = [self._placed(output.model_id) for output in found.run.outputs.model_outputs]
        made += [model for model in outputs if model is not None and model.model_id not in known]
        return [*folders(found), *(model for model in made if model.lifecycle is Lifecycle.ACTIVE)]

    def search(
        self, query: Query, *, experiment_ids: Sequence[str] = (), datasets: Sequence[tuple[str, str | None]] = ()
    ) -> Page[LoggedModel]:
        """Find models that have ids of the server's; those among runs' artifacts it does not search."""
        if any(digest is None for _, digest in datasets):
            raise InvalidInput("This MLflow server finds a dataset by its name and digest: give dataset_digest too.")
        body = {
            "experiment_ids": list(experiment_ids or self._experiments.all_ids()),
            "filter": model_filter_for_mlflow(query.filter, self._server_model_id, self._server_run_id),
            "order_by": [_order(text) for text in query.order_by] or None,
            "datasets": [{"dataset_name": name, "dataset_digest": digest} for name, digest in datasets] or None,
        }
        return self._api.page("logged-models/search", "models", query, self._read, **body)

    def log_params(self, model_id: str, params: Mapping[str, str]) -> None:
        _check_texts(params, "param")
        known = self._writable(model_id).params
        for key, value in params.items():
            if known.get(key, value) != value:
                raise ParamConflict(key, known[key], value, model_id, kind="model")
        new = {key: value for key, value in params.items() if key not in known}
        if new:
            self._send("POST", model_id, "/params", {"model_id": self._ids.models.of_server(model_id)}, params=new)

    def set_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        _check_texts(tags, "tag")
        self._writable(model_id)
        self._send("PATCH", model_id, "/tags", {}, tags=tags)

    def delete_tag(self, model_id: str, key: str) -> None:
        if key not in self._writable(model_id).tags:
            raise NotFound(f"There is no tag {key!r} of model {model_id}.")
        self._send("DELETE", model_id, f"/tags/{quote(key, safe='')}", {})

    def set_status(self, model_id: str, status: ModelStatus, *, at_ms: int) -> None:  # noqa: ARG002 the server's clock counts
        self._writable(model_id)
        self._writer.set_status(self._ids.models.of_server(model_id), status)

    def delete(self, model_id: str) -> None:
        """Mark a model as deleted; its artifacts stay."""
        self._writable(model_id)
        self._send("DELETE", model_id, "", {})

    def _send(self, method: str, model_id: str, path: str, body: Mapping[str, Any], **pairs: Mapping[str, str]) -> None:
        given = {name: [{"key": key, "value": value} for key, value in each.items()] for name, each in pairs.items()}
        self._api.send(method, f"{_place(self._ids.models.of_server(model_id))}{path}", {**body, **given})

    def _writable(self, model_id: str) -> LoggedModel:
        """Return a model that can be changed there.

        Raises
        ------
        ModelNotFound
            It is not there, or deleted.
        InvalidState
            It is a folder among its run's artifacts.
        """
        found = self.get(model_id)
        if found.lifecycle is not Lifecycle.ACTIVE:
            raise ModelNotFound(f"Logged model {model_id!r} is deleted.")
        if found.path:
            raise InvalidState(
                f"Model {model_id!r} is the folder {found.path!r} among the artifacts of run {found.run_id}, of which "
                f"{self._api.url} keeps a description that does not change. Log params and tags to the run."
            )
        return found

    def _placed(self, model_id: str) -> LoggedModel | None:
        """Return a model that the server has a place for, be it deleted."""
        try:
            place = _place(self._ids.models.of_server(model_id))
        except ModelNotFound:
            return None
        try:
            return self._read(self._api.get(place)["model"])
        except NotFound:
            return self._deleted(place)

    def _deleted(self, place: str) -> LoggedModel | None:
        try:
            document = self._api.get(place, allow_deleted="true")["model"]
        except NotFound:
            return None
        return server_model(document, self._ids, lifecycle=Lifecycle.DELETED)

    def _folder(self, model_id: str) -> LoggedModel | None:
        """Find a model by the tag of the run whose artifacts it is among."""
        if not model_id.replace("-", "").isalnum():
            return None
        page = self._api.read(
            "runs/search",
            experiment_ids=list(self._experiments.all_ids()),
            filter=f"tags.`{tag_names.MODELS}` LIKE {quoted(f'%{model_id}%')}",
            max_results=1,
        )
        found = [model for run in listed(page, "runs") for model in folders(server_run(run, self._ids))]
        return next((model for model in found if model.model_id == model_id), None)

    def _made_by(self, experiment_id: str, server_run_id: str) -> list[LoggedModel]:
        """Return the models whose source is a run, in the order of logging."""
        found = self._api.pages(
            "logged-models/search",
            "models",
            experiment_ids=[experiment_id],
            filter=f"source_run_id = {quoted(server_run_id)}",
            order_by=[{"field_name": "creation_timestamp", "ascending": True}],
            max_results=PAGE,
        )
        try:
            return [self._read(document) for document in found]
        except InvalidState:
            return []  # an older server, which has no logged models

    def _read(self, document: Document) -> LoggedModel:
        return server_model(document, self._ids)

    def _server_model_id(self, model_id: str) -> str:
        try:
            return self._ids.models.of_server(model_id)
        except NotFound:
            return model_id  # matches nothing, as it should

    def _server_run_id(self, run_id: str) -> str:
        try:
            return self._ids.of_server(run_id)
        except NotFound:
            return run_id


def _check_texts(values: Mapping[str, str], kind: str) -> None:
    for key, value in values.items():
        check_value(value, kind, check_key(key, kind))


def _order(text: str) -> dict[str, Any]:
    order = parse_order_by(text, LOGGED_MODEL_FIELDS)
    field = order.field
    if field.kind not in (FieldKind.ATTRIBUTE, FieldKind.METRIC):
        raise InvalidFilter(text, "An MLflow server orders models by attributes and metrics only.")
    name = field.key if field.kind is FieldKind.ATTRIBUTE else f"metrics.{field.key}"
    return {"field_name": name, "ascending": not order.descending}


def _place(server_model_id: str) -> str:
    return f"logged-models/{quote(server_model_id, safe='')}"

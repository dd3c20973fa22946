"""Bringing logged models to the server, what was measured of them, and which runs used and made them.

A model with a place of its own becomes one of the server's logged models. A folder among a run's artifacts does not:
the server would give it another place, empty, to load it from. A tag of its run describes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import msgspec

from nbtrack.entities import Batch, LoggedModel, ModelMetric, ModelStatus
from nbtrack.errors import InvalidInput, InvalidName, InvalidState, ModelNotFound
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import tags
from nbtrack.store.http.mlflow.api import MlflowApi, listed
from nbtrack.store.http.mlflow.chunks import chunks, measured
from nbtrack.store.http.mlflow.documents import OWN, model_histories
from nbtrack.store.http.mlflow.limits import check_measured
from nbtrack.store.http.mlflow.model_documents import STATUSES, Own
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.http.mlflow.sending import Sender
from nbtrack.store.http.mlflow.telling import Telling

_NAMES = {status: name for name, status in STATUSES.items()}


class ModelWriter:
    def __init__(self, api: MlflowApi, ledger: Ledger, ids: RunIds, sender: Sender, telling: Telling) -> None:
        self._api, self._ledger, self._ids = api, ledger, ids
        self._sender, self._telling = sender, telling

    def write(self, model: LoggedModel) -> None:
        """Write a model with all that it carries; written again, nothing is doubled."""
        if model.path:
            self._describe(model)
            return
        server_id = self._made(model)
        if model.status is not ModelStatus.PENDING:
            self.set_status(server_id, model.status)
        self.measure(model.metrics)

    def set_status(self, server_model_id: str, status: ModelStatus) -> None:
        body = {"model_id": server_model_id, "status": _NAMES[status]}
        self._api.send("PATCH", f"logged-models/{server_model_id}", body, is_repeatable=True)

    def measure(self, points: Sequence[ModelMetric], *, run_id: str | None = None) -> None:
        """Bring what runs measured of models; the server keeps it as measured by the run, too.

        Raises
        ------
        InvalidInput
            No run measured it.
        """
        by_run: dict[str, list[tuple[ModelMetric, str]]] = {}
        for point in points:
            server_id = self._known_or_told(point.model_id)
            if server_id is not None and self._is_fit_or_told(point):
                by_run.setdefault(run_that_measured(point, run_id), []).append((point, server_id))
        for of_run, found in by_run.items():
            for chunk in chunks(measured(found)):
                self._sender.send(self._ids.of_server(of_run), chunk)

    def link(self, run_id: str, batch: Batch) -> None:
        """Note which models a run used and made."""
        server_run_id = self._ids.of_server(run_id)
        used = [found for model_id in batch.model_inputs if (found := self._known_or_told(model_id)) is not None]
        if used:
            self._post("runs/log-inputs", run_id=server_run_id, models=[{"model_id": each} for each in used])
        made = {model.model_id: None for model in batch.models if not model.path} | {
            output.model_id: output.step for output in batch.model_outputs
        }
        there = {found: step for model_id, step in made.items() if (found := self._known_or_told(model_id)) is not None}
        if there:
            self._link_outputs(server_run_id, there)

    def _link_outputs(self, server_run_id: str, made: Mapping[str, int | None]) -> None:
        """Link outputs that are not linked yet: the server takes each once, and never changes its step."""
        run = self._api.get("runs/get", run_id=server_run_id)["run"]
        known = {str(each["model_id"]): each for each in listed(run.get("outputs") or {}, "model_outputs")}
        for server_id, step in made.items():
            if server_id in known and step is not None and int(known[server_id].get("step", 0)) != step:
                self._telling.tell(
                    f"{self._api.url} keeps model {self._ids.models.here(server_id)!r} as an output of its run at the "
                    f"step of the first time; step {step} is not kept."
                )
        new = [{"model_id": each, "step": step or 0} for each, step in made.items() if each not in known]
        if new:
            self._post("runs/outputs", run_id=server_run_id, models=new)

    def _made(self, model: LoggedModel) -> str:
        """Make a model, unless it was made by an attempt whose answer did not arrive; return the server's id."""
        experiment_id = self._experiment_of(model)
        server_id = self._ledger.server_model_id(model.model_id)
        if server_id is None and self._ledger.is_model_begun(model.model_id):
            server_id = self._ids.models.tagged(model.model_id, [experiment_id])
        if server_id is None:
            self._ledger.begin_model(model.model_id)
            made = self._api.post(
                "logged-models",
                experiment_id=experiment_id,
                name=model.name,
                model_type=model.model_type or None,
                source_run_id=None if model.run_id is None else self._ids.of_server(model.run_id),
                params=_pairs(model.params),
                tags=_pairs({**model.tags, tags.MODEL_ID: model.model_id, tags.MODEL: _own(model)}),
            )
            server_id = str(made["model"]["info"]["model_id"])
        self._ledger.note_model(model.model_id, server_id)
        self._ids.models.note(model.model_id, server_id)
        return server_id

    def _experiment_of(self, model: LoggedModel) -> str:
        if model.experiment_id is not None:
            return model.experiment_id
        if model.run_id is None:
            raise InvalidInput(f"The model {model.model_id} has neither an experiment nor a run.")
        run = self._api.get("runs/get", run_id=self._ids.of_server(model.run_id))["run"]
        return str(run["info"]["experiment_id"])

    def _describe(self, model: LoggedModel) -> None:
        """Describe a model folder among its run's artifacts, as MLflow's clients did before models had ids."""
        if model.run_id is None:
            raise InvalidState(f"The model {model.model_id} lies at {model.path!r}, but in no run.")
        server_run_id = self._ids.of_server(model.run_id)
        if model.params or model.tags or model.metrics:
            self._telling.tell(
                f"{self._api.url} keeps no params, tags and metrics of a model folder among a run's artifacts: those "
                f"of model {model.model_id!r} are left out. Log them to its run."
            )
        document = self._api.get("runs/get", run_id=server_run_id)["run"]
        run_tags = {str(tag["key"]): str(tag.get("value", "")) for tag in listed(document["data"], "tags")}
        if model.model_id in [history.get("model_uuid") for history in model_histories(run_tags)]:
            return
        # The server keeps what a flavor says of itself, and drops what it does not know elsewhere.
        own = {"name": model.name, "size_bytes": model.size_bytes, "signature": model.signature}
        created = datetime.fromtimestamp(model.created_at_ms / 1000, timezone.utc)
        history = {
            "run_id": server_run_id,
            "artifact_path": model.path,
            "utc_time_created": created.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "flavors": {model.flavor: {OWN: own}, "python_function": {"loader_module": f"mlflow.{model.flavor}"}},
            "model_uuid": model.model_id,
        }
        self._post("runs/log-model", run_id=server_run_id, model_json=json.dumps(history))

    def _known_or_told(self, model_id: str) -> str | None:
        try:
            return self._ids.models.of_server(model_id)
        except ModelNotFound as missing:
            self._telling.tell(f"something that was logged of a model is not kept. {missing}")
            return None

    def _is_fit_or_told(self, point: ModelMetric) -> bool:
        try:
            check_measured(point)
        except InvalidName as refusal:
            self._telling.tell(str(refusal))
            return False
        return True

    def _post(self, path: str, **body: Any) -> None:
        self._api.send("POST", path, body, is_repeatable=True)


def run_that_measured(point: ModelMetric, run_id: str | None = None) -> str:
    """Return the run that a point names, else the given one.

    Raises
    ------
    InvalidInput
        There is none.
    """
    of_run = point.run_id or run_id
    if of_run is None:
        raise InvalidInput(f"The metric {point.key!r} of model {point.model_id} names no run that measured it.")
    return of_run


def _own(model: LoggedModel) -> str:
    own = Own(model.flavor, model.size_bytes, model.created_at_ms, model.signature, model.status_message)
    return msgspec.json.encode(own).decode()


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
